package worker

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Deadlines bound the calls to a worker; one that takes longer is killed. Keys differ: they are the driver's and its models'.
type Deadlines struct {
	Call     time.Duration // default 15 s
	Generate time.Duration // of making or importing a pair, default 3 min: some keys need more than one
	Person   time.Duration // of what a person has to type on the key, default 1 min
	// Special ones come before those above; of several that fit the first counts.
	Special []Deadline
}

// Deadline is that of one call to keys of one model.
type Deadline struct {
	Model string // "": any
	Call  string // one of Calls; "": any
	Time  time.Duration
}

func (d Deadlines) withDefaults() Deadlines {
	d.Call = cmp.Or(d.Call, 15*time.Second)
	d.Generate = cmp.Or(d.Generate, 3*time.Minute)
	d.Person = cmp.Or(d.Person, time.Minute)
	return d
}

// of is how long a call to a key of this model may take.
func (d Deadlines) of(model, call string) time.Duration {
	for _, s := range d.Special {
		if (s.Model == "" || s.Model == model) && (s.Call == "" || s.Call == call) {
			return s.Time
		}
	}
	switch {
	case call == "generate" || call == "import":
		return d.Generate
	case strings.HasPrefix(call, "pad-"):
		return d.Person
	}
	return d.Call
}

// Calls lists the names of calls, for configurations.
func Calls() []string {
	calls := []string{"list", "look", "open", "close"}
	for call := range methods {
		calls = append(calls, call)
	}
	slices.Sort(calls)
	return calls
}
