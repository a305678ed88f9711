//go:build cgo

package local

import (
	"errors"
	"testing"
	"time"

	"github.com/ThalesGroup/crypto11"
)

// TestNobodyWaitsForATokenThatHangs: not the one whose call hangs, and not those who come after.
func TestNobodyWaitsForATokenThatHangs(t *testing.T) {
	t.Parallel()
	k := &token{slots: make(chan struct{}, sessions), open: new(crypto11.Context)}
	release := make(chan struct{})
	hangs := func(*crypto11.Context) error { <-release; return nil }
	for range sessions + 2 {
		if err := k.do(20*time.Millisecond, hangs); !errors.Is(err, errTokenAway) {
			t.Errorf("got %v, want %v", err, errTokenAway)
		}
	}
	close(release)
	if err := k.do(time.Minute, hangs); err != nil {
		t.Errorf("once it answers again: %v", err)
	}
}
