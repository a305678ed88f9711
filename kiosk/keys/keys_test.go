package keys

import (
	"errors"
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

func TestKeysAreNamedSoThatTheyCanBeToldApart(t *testing.T) {
	t.Parallel()
	one := ukey.Identity{Manufacturer: "Feitian", Model: "ePass", Serial: "1"}
	other := ukey.Identity{Manufacturer: "Longmai", Model: "GM3000", Serial: "1"}
	if a, b := Apart(one, other); a != "Feitian/ePass/1" || b != "Longmai/GM3000/1" {
		t.Errorf("one serial, two makers: got %s and %s", a, b)
	}
	var e *ra.Error
	err := Missing([]ukey.Info{{Serial: "2"}}, one)
	if !errors.As(err, &e) || e.Code != ra.CodeKeyWrong || e.Args["expected"] != "1" || e.Args["found"] != "2" {
		t.Errorf("other serials: got %v", err)
	}
	if err := Missing(nil, one); ra.CodeOf(err) != ra.CodeKeyNone || !errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("no key: got %v", err)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	key := ukey.Info{Serial: "1"}
	twin := ukey.Info{Serial: "1", Twin: true}
	for name, c := range map[string]struct {
		infos            []ukey.Info
		plugged, several bool
	}{
		"none":            {nil, false, false},
		"another":         {[]ukey.Info{{Serial: "2"}}, false, false},
		"the key":         {[]ukey.Info{key}, true, false},
		"two":             {[]ukey.Info{twin, twin}, true, true},
		"the one left":    {[]ukey.Info{twin}, true, false},
		"another's twins": {[]ukey.Info{key, {Serial: "2", Twin: true}}, true, false},
	} {
		id := key.Identity()
		if p, s := Plugged(c.infos, id), Several(c.infos, id); p != c.plugged || s != c.several {
			t.Errorf("%s: plugged %v, several %v", name, p, s)
		}
	}
}

func TestCodeKnowsEveryCondition(t *testing.T) {
	t.Parallel()
	for _, c := range errorCodes {
		if got := Code(fmt.Errorf("call: %w", c.err)); got != c.code {
			t.Errorf("%v: got %q, want %s", c.err, got, c.code)
		}
	}
	if got := Code(errors.New("disk on fire")); got != "" {
		t.Errorf("got %q for what is none of a key's", got)
	}
}
