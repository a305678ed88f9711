package worker

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestCallsAreObserved(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	var mu sync.Mutex
	var methods []string
	r := rack.reader(t, func(c *Config) {
		c.LookAgain = true
		c.Observe = func(method string, waited, driver time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			methods = append(methods, method)
			if driver <= 0 || waited < driver {
				t.Errorf("%s: the caller waited %v, the driver took %v", method, waited, driver)
			}
		}
	})
	if _, err := r.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	token, err := r.Open(t.Context(), rack.identity("1"))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if _, err := token.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"list", "open", "info", "look"}; !slices.Equal(methods, want) {
		t.Errorf("observed %v, want %v", methods, want)
	}
}
