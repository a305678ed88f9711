package bench

import (
	"context"
	"fmt"
	"time"

	"keyhall/packaging/sandbox/atspi"
	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// change is a tap on the screen and what stands on the page that it brings, both by their message keys.
type change struct{ press, see string }

// tour goes from the home page and back to it.
var tour = []change{
	{"kind.new", "projects.title"}, {"action.home", "home.title"},
	{"action.orders", "form.login.title"}, {"action.home", "home.title"},
}

const patience = 30 * time.Second

// Screens starts the kiosk so many times and goes so many tours, and adds how long the screen took.
func Screens(ctx context.Context, h *house.House, d *display.Display, catalogue string, starts, tours int, t *Table) error {
	var cold, changes Sample
	for n := range starts {
		took, err := start(ctx, h, d, catalogue)
		if err != nil {
			return err
		}
		cold.Add(took)
		if n == starts-1 {
			if changes, err = goRound(ctx, d, catalogue, tours); err != nil {
				return err
			}
		}
		h.StopKiosk()
	}
	t.Seconds("cold start to the home page", cold, "process start to the page's title, by AT-SPI (looks every 60 ms)")
	t.Seconds("screen change", changes, "tap to the last widget of the next page on the screen, by AT-SPI events")
	return nil
}

// start measures from the start of the process until the home page's title is there.
func start(ctx context.Context, h *house.House, d *display.Display, catalogue string) (time.Duration, error) {
	c, err := visit.NewCustomer(ctx, d.Bus, catalogue)
	if err != nil {
		return 0, err
	}
	defer c.Leave()
	begun := time.Now()
	if err := h.StartKiosk(ctx); err != nil {
		return 0, err
	}
	if err := c.See(ctx, "home.title"); err != nil {
		return 0, fmt.Errorf("cold start: %w", err)
	}
	return time.Since(begun), nil
}

func goRound(ctx context.Context, d *display.Display, catalogue string, tours int) (s Sample, err error) {
	desktop, err := atspi.Open(ctx, d.Bus)
	if err != nil {
		return nil, err
	}
	defer desktop.Close()
	c, err := visit.NewCustomer(ctx, d.Bus, catalogue)
	if err != nil {
		return nil, err
	}
	defer c.Leave()
	watch, err := desktop.Watch(ctx)
	if err != nil {
		return nil, err
	}
	defer watch.End()
	for n := range tours + 1 {
		for _, step := range tour {
			took, err := step.measure(ctx, desktop, watch, c)
			if err != nil {
				return nil, fmt.Errorf("%s to %s: %w", step.press, step.see, err)
			}
			if n > 0 { // in the first, each page is made
				s.Add(took)
			}
		}
	}
	return s, nil
}

// measure taps and waits until the next page stands; the time is that of the page's last widget.
func (ch change) measure(ctx context.Context, desktop *atspi.Desktop, watch *atspi.Watch, c *visit.Customer) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	button, err := desktop.Find(ctx, c.Word(ch.press), "push button")
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := button.Click(ctx); err != nil {
		return 0, err
	}
	if _, err := desktop.Find(ctx, c.Word(ch.see)); err != nil {
		return 0, err
	}
	at, ok := watch.LastShown(begun, time.Now())
	if !ok {
		return 0, fmt.Errorf("the page stands there, but no widget was told to have come")
	}
	return at.Sub(begun), nil
}
