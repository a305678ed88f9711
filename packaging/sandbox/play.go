package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// playCmd plays a story in a hall of its own, on a display without a monitor.
type playCmd struct {
	Story     string `arg:"" enum:"lost-key,check-key" help:"lost-key: somebody gets a key, loses it, reports it at the kiosk, finds it and restores it with its PIN. check-key: a key is checked while it is good, repaired once its certificate is gone, and told apart from a stranger's and from one that was reported lost."`
	Out       string `type:"path" help:"Folder for a picture of the end of each scene; none without."`
	Catalogue string `default:"kiosk/screen/po/zh_CN.po" type:"path" help:"The words on the screen."`
}

// stage is what a story is played on.
type stage struct {
	*house.House
	customer *visit.Customer
}

// Run plays it scene by scene and tells which one went wrong.
func (p playCmd) Run(ctx context.Context, c *commands) error {
	dir, err := os.MkdirTemp("", "keyhall-play-")
	if err != nil {
		return err
	}
	return errors.Join(p.play(ctx, c, dir), os.RemoveAll(dir))
}

func (p playCmd) play(ctx context.Context, c *commands, dir string) error {
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
	customer, err := visit.NewCustomer(ctx, d.Bus, p.Catalogue)
	if err != nil {
		return err
	}
	defer customer.Leave()
	if p.Out != "" {
		if err := os.MkdirAll(p.Out, 0o755); err != nil {
			return err
		}
	}
	for i, scene := range stories[p.Story](stage{h, customer}) {
		fmt.Println(scene.Name)
		err := scene.Do(ctx)
		if p.Out != "" {
			err = errors.Join(err, d.Shot(ctx, filepath.Join(p.Out, fmt.Sprintf("%s-%d.png", p.Story, i+1))))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", scene.Name, err)
		}
	}
	return nil
}

// stories are what can be played.
var stories = map[string]func(stage) []visit.Step{"lost-key": lostKey, "check-key": checkKey}

// holderPIN is the PIN of the key in every story.
const holderPIN = "24681357"

// wish is who the stories are about, and what they want.
func wish() visit.Application {
	return visit.Application{Company: house.Customer(), Project: house.Project, Service: house.Service, Keys: 1,
		Login: house.Customer().Handler.Mobile, Password: "abcd2026"}
}

// made are the scenes up to a key that is plugged in and works.
func (s stage) made(want visit.Application) []visit.Step {
	c := s.customer
	return []visit.Step{
		{Name: "a certificate is applied for", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.Register(ctx, want) }, func() error { return c.Order(ctx, want) }, func() error { return c.Scan(ctx, s) })
		}},
		{Name: "a supervisor approves it", Do: s.approve},
		{Name: "the key is made", Do: func(ctx context.Context) error {
			code, err := s.code(ctx)
			if err != nil {
				return err
			}
			return inTurn(func() error { return c.Press(ctx, "action.make") }, func() error { return s.Hub.Plug(1) }, func() error { return c.Make(ctx, code, holderPIN) })
		}},
	}
}

// lostKey is the story of a key that is lost and found.
func lostKey(s stage) []visit.Step {
	want, c := wish(), s.customer
	return append(s.made(want), []visit.Step{
		{Name: "it is lost, and reported", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.Press(ctx, "action.logout") }, func() error { return s.Hub.Pull(1) },
				func() error { return c.FindCertificate(ctx, want) }, func() error { return c.ReportLost(ctx, want) })
		}},
		{Name: "it is found, and restored with its PIN", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.Press(ctx, "action.logout") }, func() error { return s.Hub.Plug(1) },
				func() error { return c.FindCertificate(ctx, want) }, func() error { return c.RestoreLost(ctx, want, holderPIN) })
		}},
	}...)
}

// approve is the supervisor's part, in a browser.
func (s stage) approve(ctx context.Context) error {
	boss, err := visit.NewSupervisor(ctx, s.ConsoleURL(), 1600, 1000)
	if err != nil {
		return err
	}
	defer boss.Leave()
	if err := inTurn(func() error { return boss.LogIn(house.Supervisor, house.DemoPassword) }, boss.TakeNext); err != nil {
		return err
	}
	for _, material := range []string{"business_licence", "handler_identity", "registration_form"} {
		if err := boss.Accept(material); err != nil {
			return err
		}
	}
	return inTurn(func() error { return boss.ConfirmPayment(house.Price(1), "2026112300981") }, boss.Approve)
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

var authorizationCode = regexp.MustCompile(`授权码 ([0-9]{8})`)

// code waits for the text message with the authorization code.
func (s stage) code(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		for _, m := range s.Messages.All() {
			if code := authorizationCode.FindStringSubmatch(m.Text); code != nil {
				return code[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no text message with an authorization code came")
		case <-time.After(100 * time.Millisecond):
		}
	}
}
