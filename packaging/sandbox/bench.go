package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"keyhall/device/ukey"
	"keyhall/packaging/sandbox/bench"
	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
)

type benchCmd struct {
	Makes        int      `default:"20" help:"Keys to make of each algorithm."`
	Certificates int      `default:"100" help:"Certificates to issue with each number of clients."`
	Answers      int      `default:"2000" help:"OCSP answers to ask for with each number of clients."`
	Register     int      `default:"1000000" help:"Certificates in the large register, and in that whose revocation list is made, where one in twenty is revoked."`
	First        bool     `default:"true" negatable:"" help:"Build the first release too and let it issue as many; takes the repository."`
	Only         []string `sep:"none" help:"The part to measure, by its name; may be repeated. Without it all are."`
	Starts       int      `default:"5" help:"Cold starts of the kiosk."`
	Tours        int      `default:"10" help:"Tours of four screen changes each."`
	Catalogue    string   `default:"kiosk/screen/po/zh_CN.po" type:"path" help:"The words on the screen."`
}

// What the ratios are measured with: how many clients, and a register that is not large.
const (
	clients = 8
	small   = 10000
)

// Run measures in a house of its own, whose database and journal sync as in a real hall, and prints one table.
func (b benchCmd) Run(ctx context.Context, c *commands) error {
	dir, err := os.MkdirTemp("", "keyhall-bench-")
	if err != nil {
		return err
	}
	return errors.Join(b.measure(ctx, c, dir), os.RemoveAll(dir))
}

func (b benchCmd) measure(ctx context.Context, c *commands, dir string) error {
	d, err := display.Start(ctx, 1920, 1080)
	if err != nil {
		return err
	}
	defer d.Stop()
	h, err := ownHouse(ctx, c, dir, house.KioskOptions{Display: d.Name, Env: d.Env()}, false)
	if err != nil {
		return err
	}
	defer h.Stop()
	var table bench.Table
	steps := []struct {
		name string
		do   func() error
	}{
		{"makes, RSA", func() error { return bench.Makes(ctx, h, ukey.RSA2048, b.Makes, &table) }},
		{"makes, EC", func() error { return bench.Makes(ctx, h, ukey.ECP256, b.Makes, &table) }},
		{"issuing", func() error {
			first := map[int]float64{}
			if b.First {
				var err error
				if first, err = bench.First(ctx, dir, b.Certificates); err != nil {
					return err
				}
			}
			return bench.Issues(ctx, h, []int{1, 2, 4, 8}, b.Certificates, first, &table)
		}},
		{"the trail", func() error { return bench.Trail(ctx, h, clients, b.Certificates, &table) }},
		{"a large register", func() error { return bench.Large(ctx, h, clients, b.Certificates, []int{small, b.Register}, &table) }},
		{"ocsp", func() error { return bench.StatusAnswers(ctx, h, []int{1, 4, 8}, b.Answers, &table) }},
		{"revocation list", func() error { return bench.RevocationLists(ctx, h.DSN(), b.Register, b.Register/20, &table) }},
		{"screens", func() error { return bench.Screens(ctx, h, d, filepath.Clean(b.Catalogue), b.Starts, b.Tours, &table) }},
	}
	for _, s := range steps {
		if len(b.Only) > 0 && !slices.Contains(b.Only, s.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", s.name)
		if err := s.do(); err != nil { // what was measured before is told all the same
			return errors.Join(fmt.Errorf("%s: %w", s.name, err), table.Print(os.Stdout))
		}
	}
	return table.Print(os.Stdout)
}
