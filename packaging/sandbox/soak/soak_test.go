package soak

import (
	"context"
	"os"
	"strings"
	"testing"

	"keyhall/packaging/sandbox/house/housetest"
)

// childMode tells the test's binary that it is a kiosk.
const childMode = "KEYHALL_SOAK_CHILD=1"

func TestMain(m *testing.M) {
	if os.Getenv("KEYHALL_SOAK_CHILD") != "" {
		if err := Child(context.Background(), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKeysAreMadeWhateverHappens is a short soak.
func TestKeysAreMadeWhateverHappens(t *testing.T) {
	t.Parallel()
	const keys = 4
	h := housetest.New(t)
	var said strings.Builder
	counts, err := Run(t.Context(), Options{House: h, Seed: 20261123, Command: []string{os.Args[0]}, Env: []string{childMode},
		More: func(c Counts) bool { return c.Keys < keys }, Say: &said})
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Log(counts)
	if counts.Keys < keys || counts.Audits <= counts.Keys {
		t.Errorf("%d keys made and %d audits passed, want %d keys and an audit for each key and each order", counts.Keys, counts.Audits, keys)
	}
	if troubled := counts.Crashes + counts.Cuts + counts.Pulls + counts.Away; troubled == 0 {
		t.Error("nothing ever happened to an attempt")
	}
}
