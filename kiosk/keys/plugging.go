package keys

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

const (
	longest   = 32 // ticks, at most, from one attempt that failed to the next
	refreshed = 15 // ticks after which the back office is asked again what it tells everybody
	stumbles  = 3  // attempts in a row that a key may not be there which its module lists, before that is told
)

// plugging is what was found out about a key since it was plugged in, or written to last.
type plugging struct {
	told
	carries *question[shows]   // what is on it
	leave   context.CancelFunc // ends the look at it
}

// shows is what can be seen of a key without a PIN.
type shows struct {
	blank   bool
	objects []ukey.Object
}

func newPlugging() *plugging {
	return &plugging{told: told{to: map[Person]*question[ra.KeyStatus]{}}, carries: &question[shows]{}, leave: func() {}}
}

// question is one thing to find out, by a goroutine of its own, until it is answered. What was answered stands until the next answer.
type question[A any] struct {
	answer   A
	answered bool
	err      error // of the last attempt
	failed   int   // attempts in a row
	asking   bool
	wanted   bool   // anew, although it was answered
	every    uint64 // ticks after which it is asked again, 0: never
	due      uint64 // the tick before which it is not asked
}

func (q *question[A]) ready(now uint64) bool {
	return !q.asking && now >= q.due && (!q.answered || q.wanted || q.err != nil || q.every > 0)
}

// take takes in what an attempt brought, and tells whether that is new.
func (q *question[A]) take(answer A, err error, now uint64) bool {
	q.asking = false
	if errors.Is(err, context.Canceled) {
		return false
	}
	if err != nil {
		same := q.err != nil && q.err.Error() == err.Error()
		q.err, q.failed = err, q.failed+1
		q.due = now + min(longest, uint64(1)<<min(q.failed-1, 8))
		return !same || q.failed == stumbles
	}
	same := q.answered && q.err == nil && reflect.DeepEqual(q.answer, answer)
	q.answer, q.answered, q.err, q.failed = answer, true, nil, 0
	if q.due = now + q.every; q.wanted { // it was asked for meanwhile
		q.due = now
	}
	return !same
}

// ask has everything found out that is not known of the keys that are there.
func (w *Watcher) ask(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.seen {
		if key := k.Info.Identity(); !k.Missing && !k.Twin && k.Info.Serial != "" {
			if w.known[key] == nil {
				w.known[key] = newPlugging()
			}
			w.askAbout(ctx, k.Info, w.known[key])
		}
	}
}

// askAbout has found out what is due of a key; w.mu is held.
func (w *Watcher) askAbout(ctx context.Context, i ukey.Info, p *plugging) {
	if q := p.carries; i.Initialized && w.held[i.Identity()] == 0 && q.ready(w.ticks) {
		look, leave := context.WithCancel(ctx)
		p.leave = leave
		find(look, w, q, func(ctx context.Context) (shows, error) {
			defer leave()
			return w.inspect(ctx, i.Identity())
		})
	}
	for person := range w.persons() {
		w.askOffice(ctx, i.Identity(), p, person)
	}
}

// askOffice asks the back office in a person's name, where it is time to; w.mu is held.
func (w *Watcher) askOffice(ctx context.Context, key ukey.Identity, p *plugging, person Person) {
	q := p.asks(person)
	if w.cfg.Office == nil || !q.ready(w.ticks) {
		return
	}
	q.wanted = false
	find(ctx, w, q, func(ctx context.Context) (ra.KeyStatus, error) {
		status, err := w.cfg.Office.KeyStatus(ctx, person.Session, ra.KeyIdentity(key))
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			p.everybody = status
			p.everybody.Operation = nil
		}
		return status, err
	})
}

// find finds something out on a goroutine of its own. Where the question was dropped meanwhile so is its answer. w.mu is held.
func find[A any](ctx context.Context, w *Watcher, q *question[A], how func(ctx context.Context) (A, error)) {
	q.asking = true
	w.wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, w.cfg.Patience)
		defer cancel()
		answer, err := how(ctx)
		w.mu.Lock()
		defer w.mu.Unlock()
		if q.take(answer, err, w.ticks) {
			w.tell(false)
		}
		if q.wanted {
			word(w.stir)
		}
	})
}

// inspect tells what can be seen on a key without a PIN.
func (w *Watcher) inspect(ctx context.Context, key ukey.Identity) (seen shows, err error) {
	defer func() {
		if errors.Is(err, context.DeadlineExceeded) {
			err = ukey.ErrTimeout
		}
	}()
	token, err := w.cfg.Reader.Open(ctx, key)
	if err != nil {
		return shows{}, err
	}
	defer token.Close()
	seen.blank, seen.objects, err = token.Blank(ctx)
	return seen, err
}

// snapshot is what a person may be told; w.mu is held.
func (w *Watcher) snapshot(person Person) Snapshot {
	s := Snapshot{NoDriver: w.unseen, Trouble: w.trouble}
	for _, k := range w.seen {
		key := k.Info.Identity()
		k.Held = w.held[key] > 0
		k.Model = w.modelOf(k.Info)
		if i := slices.IndexFunc(w.own, func(o ra.Write) bool { return o.Key == ra.KeyIdentity(key) }); i >= 0 {
			k.Own = w.own[i]
		}
		if p := w.known[key]; p != nil {
			p.show(&k, person)
			k.Objects = p.carries.answer.objects
		}
		k.Condition, k.Unread = condition(k, w.known[key])
		s.Keys = append(s.Keys, k)
	}
	return s
}

// modelOf recognises a key by what it says of itself; w.mu is held.
func (w *Watcher) modelOf(i ukey.Info) ra.UKeyModel {
	for _, p := range w.projects {
		if m, ok := p.ModelOf(ra.KeyIdentity(i.Identity())); ok {
			return m
		}
	}
	return ra.UKeyModel{}
}
