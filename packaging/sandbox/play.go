package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/play"
	"keyhall/packaging/sandbox/visit"
)

// playCmd plays a service or a story in the hall that is open, or where none is in one of its own, on a display without a monitor.
type playCmd struct {
	Story     string `arg:"" enum:"new,renew,extend,change-legal,change-name,change-data,reissue,unlock,lost-key,check-key,all" help:"A service: new, renew, extend, change-legal, change-name, change-data, reissue, unlock; all of them with a table at the end: all. Or a story: lost-key: somebody gets a key, loses it, reports it at the kiosk, finds it and restores it with its PIN. check-key: a key is checked while it is good, repaired once its certificate is gone, and told apart from a stranger's and from one that was reported lost."`
	Slow      bool   `help:"At a person's pace."`
	Out       string `type:"path" help:"Folder for a picture of the end of each scene; none without. Where the hall is one of its own."`
	Catalogue string `default:"kiosk/screen/po/zh_CN.po" type:"path" help:"The words on the screen."`
}

// pace is how long a person takes before each touch.
const pace = 1200 * time.Millisecond

// stage is what is played on.
type stage struct{ play.Stage }

// Run plays it scene by scene and tells which one went wrong.
func (p playCmd) Run(ctx context.Context, c *commands) error {
	h, err := house.Visit(ctx, c.Dir, c.Bin)
	if err == nil {
		return errors.Join(p.visiting(ctx, h), h.Stop())
	}
	if !errors.Is(err, house.ErrClosed) {
		return err
	}
	fmt.Fprintf(os.Stderr, "no hall is open in %s (make run): it is played in one of its own, out of sight\n", c.Dir)
	dir, err := os.MkdirTemp("", "keyhall-play-")
	if err != nil {
		return err
	}
	return errors.Join(p.inOwnHall(ctx, c, dir), os.RemoveAll(dir))
}

// visiting plays in the hall of another program.
func (p playCmd) visiting(ctx context.Context, h *house.House) error {
	kiosk, before := h.Terminals()[0], h.AtKiosk()
	if !kiosk.Watched() {
		leave, err := visit.Watch(ctx, kiosk.URL())
		if err != nil {
			return err
		}
		defer leave()
	}
	return errors.Join(p.on(ctx, h, kiosk.Bus(), nil), h.Comes(before))
}

func (p playCmd) inOwnHall(ctx context.Context, c *commands, dir string) error {
	d, err := display.Start(ctx, 1920, 1080)
	if err != nil {
		return err
	}
	defer d.Stop()
	h, err := ownHouse(ctx, c, dir, house.KioskOptions{Display: d.Name, Env: d.Env()}, true)
	if err != nil {
		return err
	}
	defer h.Stop()
	if err := h.StartKiosk(ctx); err != nil {
		return err
	}
	if p.Out == "" {
		return p.on(ctx, h, d.Bus, nil)
	}
	if err := os.MkdirAll(p.Out, 0o755); err != nil {
		return err
	}
	taken := 0
	return p.on(ctx, h, d.Bus, func(string) error {
		taken++
		return d.Shot(ctx, filepath.Join(p.Out, fmt.Sprintf("%s-%d.png", p.Story, taken)))
	})
}

// on plays in a hall whose kiosk's window is seen on a session bus.
func (p playCmd) on(ctx context.Context, h *house.House, bus string, shot func(scene string) error) error {
	customer, err := visit.NewCustomer(ctx, bus, p.Catalogue)
	if err != nil {
		return err
	}
	defer customer.Leave()
	if p.Slow {
		customer.Pause(pace)
	}
	s := stage{play.Stage{House: h, At: h.Terminals()[0], Customer: customer, Keys: spare(h), Scene: func(scene string) error {
		fmt.Println(scene)
		if shot == nil {
			return nil
		}
		return shot(scene)
	}}}
	if story, ok := stories[p.Story]; ok {
		return s.tell(ctx, story)
	}
	names := []string{p.Story}
	if p.Story == "all" {
		names = play.Services()
	}
	return s.services(ctx, names)
}

// spare are the keys of the hub that nobody needs: the last three.
func spare(h *house.House) (keys []int) {
	all := h.Hub.Keys()
	for _, k := range all[max(0, len(all)-3):] {
		keys = append(keys, k.Number)
	}
	return keys
}

// services plays some, and tells what each took.
func (s stage) services(ctx context.Context, names []string) error {
	var all []play.Tally
	for _, name := range names {
		fmt.Println("──", name)
		_, t, err := s.Stage.Run(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, t)
	}
	return table(os.Stdout, all)
}

// table is what services took, one a line.
func table(out io.Writer, all []play.Tally) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "service\ttouches\tfields\tat the kiosk, s\twith the review, s\t")
	for _, t := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f\t%.0f\t\n", t.Service, t.Touches, t.Fields, t.Kiosk.Seconds(), t.All.Seconds())
	}
	return w.Flush()
}

// stories are what can be played beside the services.
var stories = map[string]func(*play.Play) []visit.Step{"lost-key": lostKey, "check-key": checkKey}

// tell plays a story: it begins with a new certificate.
func (s stage) tell(ctx context.Context, story func(*play.Play) []visit.Step) error {
	p, _, err := s.Stage.Run(ctx, "new")
	if err != nil {
		return err
	}
	for _, scene := range story(p) {
		err := scene.Do(ctx)
		if err := errors.Join(err, s.Scene(scene.Name)); err != nil {
			return fmt.Errorf("%s: %w", scene.Name, err)
		}
	}
	return nil
}

// lostKey is the story of a key that is lost and found.
func lostKey(p *play.Play) []visit.Step {
	want, c, key := p.Application(), p.Customer, p.Written(0)
	return []visit.Step{
		{Name: "it is lost, and reported", Do: func(ctx context.Context) error {
			return inTurn(
				func() error { return c.FindCertificate(ctx, want) }, func() error { return c.ReportLost(ctx, want) })
		}},
		{Name: "it is found, and restored with its PIN", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.Press(ctx, "action.logout") }, func() error { return p.Hub.Plug(key) },
				func() error { return c.FindCertificate(ctx, want) }, func() error { return c.RestoreLost(ctx, want, play.NewPIN) })
		}},
	}
}

// inTurn does one after the other, until one fails.
func inTurn(all ...func() error) error {
	for _, do := range all {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
