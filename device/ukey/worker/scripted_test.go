package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/device/ukey"
)

// The scripted driver's keys are files in a folder, so that all workers see the same: KEY.key is plugged in, KEY.pulled is not.
// What goes wrong is told by other files in it, named by the call as the wire names it, and the test sees there what was
// reached.
const (
	scriptHold = "hold-" // the call does not end before the file is gone; beside it stands "holding-"
	scriptFail = "fail-" // text: what the key reports, once
	scriptDie  = "die-"  // the process ends in the call, once
)

const (
	scriptedTries = 3
	adminPIN      = "87654321"
	customerPIN   = "12345678"
)

// rack is a folder of scripted keys.
type rack struct{ dir string }

// scriptedKey is what a key's file holds.
type scriptedKey struct {
	ukey.Info
	Admin, Customer           []byte
	AdminWrong, CustomerWrong int
	Objects                   []ukey.Object
	Private                   map[string][]byte // PKCS#8, by the pair's id
}

var scripted = Drivers{"scripted": func(options []byte) (Driver, error) {
	var d scriptedDriver
	return &d, json.Unmarshal(options, &d.rack.dir)
}}

// newRack makes a rack of blank keys. What an able one can do more see ableSession.
func newRack(t *testing.T, serials ...string) *rack {
	t.Helper()
	r := &rack{dir: t.TempDir()}
	for _, serial := range serials {
		k := &scriptedKey{Info: ukey.Info{Manufacturer: "Script", Model: "Key", Serial: serial, Initialized: true,
			UserPINSet: true, PINPad: strings.HasPrefix(serial, "able"), MinPIN: 4, MaxPIN: 16, FreePublic: -1},
			Admin: []byte(adminPIN), Customer: []byte(customerPIN), Private: map[string][]byte{}}
		if err := r.save(serial, k); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rack) identity(serial string) ukey.Identity {
	return ukey.Identity{Manufacturer: "Script", Model: "Key", Serial: serial}
}

// reader starts workers of this test binary.
func (r *rack) reader(t *testing.T, change func(*Config)) *Reader {
	t.Helper()
	cfg := Config{Driver: "scripted", Options: r.dir, Env: []string{"GORACE=atexit_sleep_ms=0"}}
	if change != nil {
		change(&cfg)
	}
	return start(t, cfg)
}

func start(t *testing.T, cfg Config) *Reader {
	t.Helper()
	r, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rack) file(name string) string { return filepath.Join(r.dir, name) }

func (r *rack) set(t *testing.T, fault, text string) {
	t.Helper()
	if err := os.WriteFile(r.file(fault), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *rack) clear(t *testing.T, fault string) {
	t.Helper()
	if err := os.Remove(r.file(fault)); err != nil {
		t.Fatal(err)
	}
}

// reached waits until a call is being held.
func (r *rack) reached(call string) {
	for {
		if _, err := os.Stat(r.file("holding-" + call)); err == nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (r *rack) move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(r.file(from), r.file(to)); err != nil {
		t.Fatal(err)
	}
}

func (r *rack) save(name string, k *scriptedKey) error {
	content, err := json.Marshal(k)
	if err != nil {
		return err
	}
	mine := r.file(fmt.Sprintf("%s.%d", name, os.Getpid()))
	return errors.Join(os.WriteFile(mine, content, 0o600), os.Rename(mine, r.file(name+".key")))
}

func (r *rack) load(name string) (*scriptedKey, error) {
	content, err := os.ReadFile(r.file(name + ".key"))
	if err != nil {
		return nil, ukey.ErrRemoved
	}
	k := &scriptedKey{}
	if err := json.Unmarshal(content, k); err != nil {
		return nil, err
	}
	k.UserLeft, k.AdminLeft = scriptedTries-k.CustomerWrong, scriptedTries-k.AdminWrong
	k.UserPIN, k.AdminPIN = pinStateOf(k.Customer, k.CustomerWrong), pinStateOf(k.Admin, k.AdminWrong)
	return k, nil
}

func pinStateOf(pin []byte, wrong int) ukey.PINState {
	switch {
	case pin == nil:
		return ukey.PINUnset
	case wrong == 0:
		return ukey.PINOK
	case wrong < scriptedTries-1:
		return ukey.PINLow
	case wrong < scriptedTries:
		return ukey.PINFinal
	}
	return ukey.PINLocked
}

// play does what the script says of a call.
func (r *rack) play(call string) error {
	if os.Remove(r.file(scriptDie+call)) == nil {
		os.Exit(3)
	}
	for {
		if _, err := os.Stat(r.file(scriptHold + call)); err != nil {
			break
		}
		_ = os.WriteFile(r.file("holding-"+call), nil, 0o600)
		time.Sleep(2 * time.Millisecond)
	}
	text, err := os.ReadFile(r.file(scriptFail + call))
	if err == nil && os.Remove(r.file(scriptFail+call)) == nil {
		return &ukey.DeviceError{Call: call, Code: string(text)}
	}
	return nil
}

type scriptedDriver struct{ rack rack }

func (d *scriptedDriver) List() ([]ukey.Info, error) {
	if err := d.rack.play("list"); err != nil {
		return nil, err
	}
	return d.list(func(string, ukey.Info) {})
}

func (d *scriptedDriver) list(each func(name string, info ukey.Info)) ([]ukey.Info, error) {
	files, err := filepath.Glob(d.rack.file("*.key"))
	slices.Sort(files)
	var infos []ukey.Info
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".key")
		if k, err := d.rack.load(name); err == nil {
			infos = append(infos, k.Info)
			each(name, k.Info)
		}
	}
	return infos, err
}

func (d *scriptedDriver) Open(key ukey.Identity) (Session, error) {
	if err := d.rack.play("open"); err != nil {
		return nil, err
	}
	s := &scriptedSession{d: d, key: key}
	infos, err := d.list(func(name string, info ukey.Info) {
		if info.Identity() == key {
			s.name = name
		}
	})
	if err != nil {
		return nil, err
	}
	info, err := Find(infos, key)
	s.initialized = info.Initialized
	if info.PINPad {
		return ableSession{s}, err
	}
	return s, err
}

func (d *scriptedDriver) Close() {}
