package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/soak"
)

type soakCmd struct {
	Minutes float64 `default:"10" help:"How long; the order in hand is finished."`
	Seed    uint64  `help:"Repeat the choices of an earlier run; by default a new one, which is printed."`
	Keep    bool    `help:"Keep the house's folder, also when nothing was found."`
}

// Run makes keys in a house of its own. A finding keeps the house's folder and names it.
func (s soakCmd) Run(ctx context.Context, c *commands) error {
	if s.Seed == 0 {
		s.Seed = rand.Uint64N(1_000_000)
	}
	dir, err := os.MkdirTemp("", "keyhall-soak-")
	if err != nil {
		return err
	}
	fmt.Println("seed", s.Seed)
	counts, err := s.soak(ctx, c, dir)
	fmt.Println(counts)
	if found := (*soak.Finding)(nil); errors.As(err, &found) || s.Keep {
		fmt.Println("the house is kept in", dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(dir))
}

func (s soakCmd) soak(ctx context.Context, c *commands, dir string) (soak.Counts, error) {
	self, err := os.Executable()
	if err != nil {
		return soak.Counts{}, err
	}
	h, err := ownHouse(ctx, c, dir, house.KioskOptions{}, false)
	if err != nil {
		return soak.Counts{}, err
	}
	defer h.Stop()
	end := time.Now().Add(time.Duration(s.Minutes * float64(time.Minute)))
	return soak.Run(ctx, soak.Options{House: h, Seed: s.Seed, Command: []string{self, "soak-child"}, Say: os.Stdout,
		More: func(soak.Counts) bool { return time.Now().Before(end) }})
}

// ownHouse starts a house that is not the one of `make run`.
func ownHouse(ctx context.Context, c *commands, dir string, kiosk house.KioskOptions, fast bool) (*house.House, error) {
	ports, err := house.FreePorts()
	if err != nil {
		return nil, err
	}
	return house.Start(ctx, house.Options{Dir: filepath.Join(dir, "house"), Bin: c.Bin, Ports: ports, Fast: fast, Kiosk: kiosk,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// soakChildCmd is the kiosk's process of a soak.
type soakChildCmd struct{}

// Run serves one task.
func (soakChildCmd) Run(ctx context.Context) error { return soak.Child(ctx, os.Stdin, os.Stdout) }
