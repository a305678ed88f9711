package pkcs11

import (
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/device/ukey/ukeytest"
)

func TestCallsAreObserved(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	var mu sync.Mutex
	var methods []string
	r := start(t, Config{
		Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(), HideUninitialized: true,
		Observe: func(method string, waited, module time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			methods = append(methods, method)
			if module <= 0 || waited < module {
				t.Errorf("%s: the caller waited %v, the module took %v", method, waited, module)
			}
		},
	})
	if _, err := r.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	token, err := r.Open(t.Context(), hub.Identity(0))
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
