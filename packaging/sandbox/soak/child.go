package soak

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"syscall"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
	"keyhall/kiosk/write"
	"keyhall/packaging/sandbox/maker"
)

// task is what a child is to do: make this key, or go on making it. It holds secrets, so it goes through stdin.
type task struct {
	Parts   maker.Config
	Session string
	Code    string // authorization code
	PIN     string // the customer's new one
	Write   ra.Write
	DieAt   int // boundary of a step, counted from 1, at which the child kills itself; 0: never
}

// word is a line that a child says.
type word struct {
	Point    string  `json:"point,omitempty"`     // boundary of a step that was reached
	AdminPIN string  `json:"admin_pin,omitempty"` // what the back office released, before the key is touched
	How      string  `json:"how,omitempty"`       // "begun", "resumed", "adopted" or "found done"
	Done     bool    `json:"done,omitempty"`
	Left     int     `json:"left,omitempty"` // writes that stay open in the journal
	Code     ra.Code `json:"code,omitempty"` // why it is not done
	Error    string  `json:"error,omitempty"`
}

// Child is the kiosk's part of a soak in a process of its own: it reads a task and tells what becomes of it. Its own
// error is one of the pipe; what goes wrong with the key is said.
func Child(ctx context.Context, in io.Reader, out io.Writer) error {
	var t task
	if err := json.NewDecoder(in).Decode(&t); err != nil {
		return err
	}
	c := &child{task: t, out: json.NewEncoder(out)}
	err := c.make(ctx)
	if err == nil {
		return nil
	}
	w := word{Error: err.Error()}
	if f := workflow.FaultOf(err); f != nil {
		w.Code = f.Code
	}
	return c.say(w)
}

type child struct {
	task
	mu     sync.Mutex
	out    *json.Encoder
	passed int // boundaries
}

func (c *child) say(w word) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Encode(w)
}

// make does what a kiosk does after its start, for one key: settle what is open, then take this write up wherever it is.
func (c *child) make(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	p, err := maker.Open(ctx, c.Parts, log, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	m := write.New(write.Config{Office: &office{p.Office, c}, Journal: p.Journal, Keys: p.Keys, Log: log, Hook: c.hook})
	open, err := m.Settle(ctx)
	if err != nil {
		return err
	}
	if c.Write.ID == "" { // only to settle
		return c.say(word{Done: true, Left: len(open)})
	}
	done, err := c.isDone(ctx, p)
	if done || err != nil {
		return errors.Join(err, c.say(word{How: "found done", Done: done}))
	}
	job, how, err := c.job(ctx, p, m, open)
	if err != nil {
		return err
	}
	if err := c.say(word{How: how}); err != nil {
		return err
	}
	if _, err := m.Run(ctx, job, []byte(c.PIN), nil); err != nil {
		return err
	}
	return c.say(word{Done: true})
}

// isDone asks the back office whether the unit of this write is done already.
func (c *child) isDone(ctx context.Context, p *maker.Parts) (bool, error) {
	o, err := p.Office.Order(ctx, c.Session, c.Write.OrderID)
	return slices.ContainsFunc(o.Units, func(u ra.Unit) bool {
		return u.OperationID == c.Write.ID && u.State == ra.UnitDone
	}), err
}

func (c *child) job(ctx context.Context, p *maker.Parts, m *write.Executor, open []ra.Write) (j *write.Job, how string, err error) {
	if i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == c.Write.ID }); i >= 0 {
		j, err = m.Resume(ctx, c.Session, c.Code, open[i])
		if ra.CodeOf(err) != ra.CodeNotFound { // else the reservation never arrived
			return j, "resumed", err
		}
	}
	status, err := p.Office.KeyStatus(ctx, c.Session, c.Write.Key)
	if err != nil {
		return nil, "", err
	}
	if status.Operation != nil {
		j, err = m.Adopt(ctx, c.Session, c.Code, *status.Operation)
		return j, "adopted", err
	}
	j, err = m.Reserve(ctx, c.Session, c.Code, c.Write)
	return j, "begun", err
}

// hook tells of each boundary and dies at its own.
func (c *child) hook(point string) error {
	c.passed++
	err := c.say(word{Point: point})
	if c.passed == c.DieAt {
		err = errors.Join(err, syscall.Kill(os.Getpid(), syscall.SIGKILL))
	}
	return err
}

// office lets the soak know the administrator PINs that the back office releases, so that it can try them at the end.
type office struct {
	write.Office
	child *child
}

func (o *office) Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error) {
	release, err := o.Office.Reserve(ctx, session, r)
	return release, o.tell(release.Opening, err)
}

func (o *office) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	opening, err := o.Office.Administrator(ctx, h, a)
	return opening, o.tell(&opening, err)
}

func (o *office) tell(opening *ra.Opening, err error) error {
	if err != nil {
		return err
	}
	return o.child.say(word{AdminPIN: string(opening.Set.Value)})
}
