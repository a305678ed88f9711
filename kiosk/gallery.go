package main

import (
	"context"
	"os"

	"keyhall/kiosk/screen"
)

// galleryCmd draws every page with made-up data.
type galleryCmd struct {
	Out      string `required:"" type:"path" help:"Folder for the pictures."`
	Width    int    `default:"1920" help:"px"`
	Height   int    `default:"1080" help:"px"`
	Language string `default:"zh_CN" enum:"zh_CN,en"`
	Large    bool
	Contrast bool
	Only     string `help:"Only pages whose name contains this."`
}

// Run needs a display.
func (c galleryCmd) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	return screen.RunGallery(ctx, screen.GalleryOptions{Out: c.Out, Width: c.Width, Height: c.Height, Language: c.Language,
		Large: c.Large, Contrast: c.Contrast, Only: c.Only})
}
