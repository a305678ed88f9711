package keys

import (
	"maps"

	"keyhall/backoffice/ra"
)

// Person is in whose name the back office is asked: a session in one membership. The zero Person is nobody.
type Person struct{ Session, Membership string }

// listener is one who subscribed.
type listener struct {
	since  uint64 // looks begun before they came tell them nothing
	person Person
	news   chan Snapshot
}

// Subscribe returns a channel that holds the newest snapshot until it is taken; what nobody took is replaced. Only looks that
// began after the call are told of, so that nothing from before is taken for what is there now, and one begins at once; the back
// office is asked again. It is asked in the name of each person who listens, and what it tells to one is told to their own listeners
// only; when somebody else comes, what it told to those who left is forgotten. After leave nothing comes any more.
func (w *Watcher) Subscribe(person Person) (news <-chan Snapshot, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &listener{since: w.begun, person: person, news: make(chan Snapshot, 1)}
	w.listeners[l] = struct{}{}
	persons := w.persons()
	for _, p := range w.known {
		p.askAgain(person, persons)
	}
	word(w.wake)
	return l.news, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, l)
	}
}

// persons are those in whose name the back office is asked; w.mu is held.
func (w *Watcher) persons() map[Person]bool {
	all := map[Person]bool{}
	for l := range w.listeners {
		all[l.person] = true
	}
	return all
}

// told is what the back office told of a key: to everybody, and to each who asked.
type told struct {
	everybody ra.KeyStatus // as it was told last, to whomever
	to        map[Person]*question[ra.KeyStatus]
}

// asks is what a person asks the back office.
func (t *told) asks(person Person) *question[ra.KeyStatus] {
	q := t.to[person]
	if q == nil {
		q = &question[ra.KeyStatus]{}
		if person.Session == "" { // nobody keeps a session alive by leaving a key plugged in
			q.every = refreshed
		}
		t.to[person] = q
	}
	return q
}

// askAgain asks for what the back office tells to a person who comes. What it told to those who left goes.
func (t *told) askAgain(person Person, listening map[Person]bool) {
	maps.DeleteFunc(t.to, func(p Person, _ *question[ra.KeyStatus]) bool { return !listening[p] })
	q := t.asks(person)
	q.due, q.wanted = 0, true
}

// show adds to a key what a person may know of it.
func (t *told) show(k *Seen, person Person) {
	k.Status = t.everybody
	if q := t.to[person]; q != nil {
		k.Status.Operation = q.answer.Operation
		k.Answered, k.Away = q.answered, q.err
	}
}

// tell never waits: only the Watcher sends, under w.mu, and what is in the channel is older.
func (w *Watcher) tell(looked bool) {
	for l := range w.listeners {
		if w.done <= l.since {
			continue
		}
		s := w.snapshot(l.person)
		s.Looked = looked
		select {
		case older := <-l.news:
			s.Looked = looked || older.Looked
		default:
		}
		l.news <- s
	}
}
