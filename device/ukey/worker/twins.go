package worker

import (
	"fmt"
	"sync"

	"keyhall/device/ukey"
)

// twins remembers which keys were seen twice: of two that say the same of themselves nobody knows which one is left when
// one is pulled. It is safe for concurrent use.
type twins struct {
	mu     sync.Mutex
	seen   map[ukey.Identity]int  // in how many looks
	marked map[ukey.Identity]bool // until one was opened alone
}

func (t *twins) saw(key ukey.Identity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen, t.marked = map[ukey.Identity]int{}, map[ukey.Identity]bool{}
	}
	t.seen[key]++
	t.marked[key] = true
}

// sightings counts the looks that saw the key twice. A token compares it with what it was when the key was opened.
func (t *twins) sightings(key ukey.Identity) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen[key]
}

// openedAlone takes the mark away; tokens that were open beside a twin stay dead.
func (t *twins) openedAlone(key ukey.Identity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.marked, key)
}

// mark notes the twins of a look, and marks those of former ones.
func (t *twins) mark(infos []ukey.Info) {
	for i := range infos {
		if infos[i].Twin {
			t.saw(infos[i].Identity())
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range infos {
		infos[i].Twin = infos[i].Twin || t.marked[infos[i].Identity()]
	}
}

// tellTwins sets Info.Twin where two keys of a driver have one identity.
func tellTwins(infos []ukey.Info) {
	count := map[ukey.Identity]int{}
	for _, info := range infos {
		count[info.Identity()]++
	}
	for i := range infos {
		infos[i].Twin = count[infos[i].Identity()] > 1
	}
}

func errTwin(key ukey.Identity) error { return fmt.Errorf("key %s: %w", key, ukey.ErrTwin) }
