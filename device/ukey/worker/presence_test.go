package worker

import (
	"errors"
	"testing"

	"keyhall/device/ukey"
)

func TestPulledKey(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"trusted": false, "looked at again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rack := newRack(t, "1", "2")
			r := rack.reader(t, func(c *Config) { c.LookAgain = again })
			token := loggedIn(t, r, rack.identity("1"))
			rack.move(t, "1.key", "1.pulled")
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrRemoved) {
				t.Errorf("pulled: got %v, want ErrRemoved", err)
			}
			if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 || infos[0].Serial != "2" {
				t.Errorf("list: got %+v, %v, want the other key", infos, err)
			}
			rack.move(t, "1.pulled", "1.key")
			if _, err := token.Info(t.Context()); !errors.Is(err, ukey.ErrRemoved) {
				t.Errorf("plugged, not opened again: got %v, want ErrRemoved", err)
			}
			if _, err := loggedIn(t, r, rack.identity("1")).Info(t.Context()); err != nil {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}
