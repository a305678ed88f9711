package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Hall is one of the demonstration's, where a kiosk of the house stands.
type Hall struct {
	ID             string // in the catalogue
	prefix, zh, en string // of its windows
}

// The halls. Both offer the same projects.
var (
	FirstHall  = Hall{"xihu", "XH", "西湖", "West Lake"}
	SecondHall = Hall{"binjiang", "BJ", "滨江", "Riverside"}
)

// The windows at which the two kiosks stand.
const (
	firstWindow  = "03"
	secondWindow = "01"
)

// Era is a time in a new hall's past, and what happened then.
type Era struct {
	DaysAgo int
	Do      func(context.Context, *House) error
}

// begins sets the clock of a new hall's back office to its first era.
func (h *House) begins() {
	if _, err := os.Stat(h.path("settled")); len(h.Past) > 0 && os.IsNotExist(err) {
		h.daysAgo = h.Past[0].DaysAgo
	}
}

// settle lets the eras of a new hall pass, once. A hall in which that was broken off opens all the same.
func (h *House) settle(ctx context.Context) error {
	file := h.path("settled")
	if _, err := os.Stat(file); len(h.Past) == 0 || err == nil {
		return nil
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	for _, era := range append(h.Past, Era{Do: func(context.Context, *House) error { return nil }}) {
		if err := h.liveDaysAgo(ctx, era.DaysAgo); err != nil {
			return err
		}
		if err := era.Do(ctx, h); err != nil {
			h.Log.Warn("the demonstration's customers are not all there; `make reset` begins anew", slog.Any("err", err))
			return h.liveDaysAgo(ctx, 0)
		}
	}
	return nil
}

// liveDaysAgo starts the back office again with its clock so many days ago.
func (h *House) liveDaysAgo(ctx context.Context, days int) error {
	if days == h.daysAgo {
		return nil
	}
	h.StopOffice()
	h.daysAgo = days
	if err := h.writeOfficeConfig(); err != nil {
		return err
	}
	return h.StartOffice(ctx)
}

// sign is what a running hall hangs out for other programs.
type sign struct {
	Ports   Ports
	Display string   // "" where the kiosks are pages
	Buses   []string // the session buses on which the kiosks' windows can be seen, the first hall's first
}

func signIn(dir string) string { return filepath.Join(dir, "hall.json") }

// Announce lets other programs find the hall; Stop takes the sign down.
func (h *House) Announce() error {
	s := sign{Ports: h.Ports, Display: h.Kiosk.Display}
	for _, t := range h.Terminals() {
		s.Buses = append(s.Buses, t.address)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return writeWhole(signIn(h.Dir), text)
}

// ErrClosed says that no hall is open in a folder.
var ErrClosed = errors.New("no hall is open there")

// Visit opens what another program's running hall in a folder has for its visitors: keys, glass, messages, database and addresses. Leave it
// with Stop; the hall goes on. ErrClosed when there is none.
func Visit(ctx context.Context, dir, bin string) (_ *House, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(signIn(dir))
	if err != nil {
		return nil, ErrClosed
	}
	var s sign
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	h := &House{Options: Options{Dir: dir, Bin: bin, Ports: s.Ports, Kiosk: KioskOptions{Display: s.Display}, Log: slog.New(slog.DiscardHandler)}, visited: true}
	if answers(ctx, h.BenchURL()) != nil {
		return nil, ErrClosed
	}
	for _, open := range []func(context.Context) error{h.openHub, h.openGlass, h.openMessages, h.startDatabase} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, h.Stop())
		}
	}
	h.first.address = s.Buses[0]
	if len(s.Buses) > 1 {
		if h.second, err = h.besides(&h.Kiosk); err != nil {
			return nil, errors.Join(err, h.Stop())
		}
		h.second.address = s.Buses[1]
	}
	return h, nil
}

// Terminals are the kiosks, the first hall's first.
func (h *House) Terminals() []*Terminal {
	all := []*Terminal{h.first}
	if h.second != nil {
		all = append(all, h.second)
	}
	return all
}

// Bus is the address of the session bus on which the kiosk's window can be seen, once it was started.
func (t *Terminal) Bus() string { return t.address }

// Name is where the kiosk stands.
func (t *Terminal) Name() string {
	return fmt.Sprintf("%s窗口 %s %s, window %s", t.hall.zh, t.window, t.hall.en, strings.TrimLeft(t.window, "0"))
}
