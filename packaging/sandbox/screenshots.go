package main

import (
	"context"
	"os"

	"keyhall/packaging/sandbox/shots"
)

type screenshotsCmd struct {
	Out     string `default:"screenshots" type:"path" help:"Folder for the pictures."`
	Only    string `help:"Only kiosk pages whose name contains this."`
	Console bool   `default:"true" negatable:"" help:"The console's pages too; needs the sources and go."`
}

// Run draws and tells how many pictures lie where.
func (s screenshotsCmd) Run(ctx context.Context, c *commands) error {
	o := shots.Options{Out: s.Out, Bin: c.Bin, Only: s.Only, Say: os.Stdout}
	if err := shots.Kiosk(ctx, o); err != nil || !s.Console {
		return err
	}
	return shots.Console(ctx, o)
}
