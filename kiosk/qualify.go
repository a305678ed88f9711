package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
)

// qualification is what a technician sends to the maker of a key when it does not do all that Keyhall relies upon, and what
// the configuration should say when it does.
type qualification struct {
	module string
	info   ukey.Info
	bad    []conformance.Result

	mu      sync.Mutex
	longest map[string]time.Duration // by call, inside the module
}

func newQualification(module string) *qualification {
	return &qualification{module: module, longest: map[string]time.Duration{}}
}

// observe hears of every call to a worker.
func (q *qualification) observe(call string, _, module time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.longest[call] = max(q.longest[call], module)
}

// note takes a result. fails tells whether the check does not hold.
func (q *qualification) note(r conformance.Result) (fails bool) {
	if r.Outcome == conformance.Fails || r.Outcome == conformance.Unsupported {
		q.bad = append(q.bad, r)
	}
	return r.Outcome == conformance.Fails
}

// print writes what a maker must know.
func (q *qualification) print(out io.Writer) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintln(out, plain(fmt.Sprintf(format, args...))) }
	line("")
	line("For the maker of the key")
	line("  key        %s, firmware %s", q.info.Identity(), q.info.Firmware)
	line("  module     %s", q.module)
	line("  PINs       of %d to %d characters, customer's %s, administrator's %s", q.info.MinPIN, q.info.MaxPIN,
		pinCondition(q.info.UserPIN, q.info.UserLeft), pinCondition(q.info.AdminPIN, q.info.AdminLeft))
	if q.info.PINPad {
		line("  PIN pad    the key says that PINs are typed on it; nothing was written to it")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, call := range q.slowest() {
		line("  slowest    %s took %s", call, q.longest[call].Round(time.Millisecond))
	}
	for _, r := range q.bad {
		line("  %s", strings.ToUpper(string(r.Outcome)))
		line("    wanted   %s", r.Check.Name)
		line("    needs    %s", r.Check.Needs)
		line("    got      %s", strings.ReplaceAll(r.Err.Error(), "\n", "; "))
	}
	if len(q.bad) == 0 {
		line("  nothing is missing of what was tried")
	}
}

// slowest are the three calls that took longest.
func (q *qualification) slowest() []string {
	calls := slices.SortedFunc(maps.Keys(q.longest), func(a, b string) int { return int(q.longest[b] - q.longest[a]) })
	return calls[:min(3, len(calls))]
}
