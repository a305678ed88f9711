package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"keyhall/backoffice/ra"
)

// stream tells the browser that something changed ("changed"), and when the session is over ("over"). What changed, the
// browser asks itself, so that nothing personal goes down the stream.
func (c *console) stream(w http.ResponseWriter, r *http.Request, v visit) error {
	if !c.streams.take(v.staff.ID) {
		return ra.E(ra.CodeOfficeBusy)
	}
	defer c.streams.leave(v.staff.ID)
	watch, err := c.review.Watch(r.Context(), v.staff)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	send := func(event string) bool {
		// A stream goes on for as long as somebody reads it. Not every writer has deadlines; those of the servers have.
		_ = out.SetWriteDeadline(time.Now().Add(c.answer))
		_, err := fmt.Fprintf(w, "event: %s\ndata: \n\n", event)
		return err == nil && out.Flush() == nil
	}
	ticker := time.NewTicker(c.pulse)
	defer ticker.Stop()
	for ok := send("hello"); ok; {
		select {
		case <-r.Context().Done():
			return nil
		case _, open := <-watch:
			if !open {
				return nil
			}
			ok = send("changed")
		case <-ticker.C:
			if !c.stillIn(r) {
				send("over")
				return nil
			}
			ok = send("pulse")
		}
	}
	return nil
}

// tabs is how many streams a member of staff has at a time: one for each page that is open.
const tabs = 24

// streams counts them.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

func (s *streams) take(staffID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]int{}
	}
	if s.open[staffID] == tabs {
		return false
	}
	s.open[staffID]++
	return true
}

func (s *streams) leave(staffID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[staffID]--; s.open[staffID] == 0 {
		delete(s.open, staffID)
	}
}

// stillIn reads the session from its store again. The request's own context carries it as it was at the start.
func (c *console) stillIn(r *http.Request) bool {
	cookie, err := r.Cookie(c.sessions.Cookie.Name)
	if err != nil {
		return false
	}
	fresh, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ctx, err := c.sessions.Load(fresh, cookie.Value)
	if err != nil {
		return false
	}
	_, err = c.member(ctx)
	return ra.CodeOf(err) != ra.CodeSessionOver
}

func (c *console) liveCounts(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.render(w, v, http.StatusOK, "queue", "counts", c.frame(r, v, "", ""))
}

func (c *console) liveQueue(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.queuePage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "queue", "rows", p)
}

type newsPart struct {
	Order   ra.Order
	Changes []change
	Taken   string
}

// liveCase tells what changed in an order since the version the reviewer has, without touching the page: 204 when
// nothing did.
func (c *console) liveCase(w http.ResponseWriter, r *http.Request, v visit) error {
	found, err := c.review.Case(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(r.FormValue("version"))
	if err != nil {
		return ra.E(ra.CodeInvalid).At("version").Because(err)
	}
	differs := changes(r.FormValue("seen"), found, v.words) // a wrong code is no new version
	if found.Order.Version == version && len(differs) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	part := newsPart{Order: found.Order, Changes: differs}
	return c.render(w, v, http.StatusOK, "case", "news", part)
}
