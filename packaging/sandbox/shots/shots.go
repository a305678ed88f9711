// Package shots draws the pictures of `make screenshots`: every page of the kiosk by its gallery on a screen in memory,
// in both orientations and languages, and every page of the console in a browser.
package shots

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"keyhall/packaging/sandbox/display"
)

// Options say what to draw and where to.
type Options struct {
	Out  string // kiosk/ and console/ are made in it
	Bin  string // folder of keyhall-kiosk
	Only string // kiosk pages whose name contains it
	Say  io.Writer
}

// screen is an orientation of the kiosk, px.
type screen struct {
	name          string
	width, height int
}

var screens = []screen{{"landscape", 1920, 1080}, {"portrait", 1080, 1920}}

// set is one run of the gallery.
type set struct {
	folder   string
	language string
	look     []string
}

// sets are what is drawn on a screen: both languages, and in landscape the looks for people who see badly.
func (s screen) sets() []set {
	all := []set{{"zh_CN", "zh_CN", nil}, {"en", "en", nil}}
	if s.name == "landscape" {
		all = append(all, set{"zh_CN-large", "zh_CN", []string{"--large"}}, set{"en-large", "en", []string{"--large"}}, set{"zh_CN-contrast", "zh_CN", []string{"--contrast"}})
	}
	return all
}

// Kiosk draws every page of the kiosk into kiosk/<orientation>/<set>/.
func Kiosk(ctx context.Context, o Options) error {
	for _, s := range screens {
		if err := s.draw(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (s screen) draw(ctx context.Context, o Options) error {
	d, err := display.Start(ctx, s.width, s.height)
	if err != nil {
		return err
	}
	defer d.Stop()
	for _, set := range s.sets() {
		folder := filepath.Join(o.Out, "kiosk", s.name, set.folder)
		args := append([]string{"gallery", "--out", folder, "--language", set.language, "--only", o.Only,
			"--width", fmt.Sprint(s.width), "--height", fmt.Sprint(s.height)}, set.look...)
		cmd := exec.CommandContext(ctx, filepath.Join(o.Bin, "keyhall-kiosk"), args...)
		// Nobody listens to the pictures: without the accessibility bridge they come faster.
		cmd.Env = append(os.Environ(), append(d.Env(), "NO_AT_BRIDGE=1")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("gallery %s: %w: %s", set.folder, err, out)
		}
		if err := say(o.Say, folder); err != nil {
			return err
		}
	}
	return nil
}

// Console draws every page of the console into console/<language>/. The pages with their made-up data live in the
// console's tests, so this needs the sources in the working directory, and go.
func Console(ctx context.Context, o Options) error {
	all, err := os.MkdirTemp("", "keyhall-console-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(all)
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "./backoffice/console", "-run", "^TestScreenshots$", "-screenshots", all)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("console pages: %w: %s", err, out)
	}
	folders, err := sort(all, filepath.Join(o.Out, "console"))
	for _, f := range folders {
		err = say(o.Say, f)
	}
	return err
}

// sort puts PAGE.LANGUAGE[.LOOK].png as PAGE[.LOOK].png into a folder for each language, and returns those folders.
func sort(from, to string) (folders []string, err error) {
	files, err := filepath.Glob(filepath.Join(from, "*.png"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		parts := strings.SplitN(filepath.Base(f), ".", 3)
		if len(parts) < 3 {
			return nil, fmt.Errorf("picture %s does not name its language", filepath.Base(f))
		}
		folder := filepath.Join(to, parts[1])
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		if !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
		picture, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, parts[0]+"."+parts[2]), picture, 0o644); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// say prints how many pictures a folder has now.
func say(w io.Writer, folder string) error {
	pictures, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		return err
	}
	if len(pictures) == 0 {
		return fmt.Errorf("%s: nothing was drawn", folder)
	}
	_, err = fmt.Fprintf(w, "%4d  %s\n", len(pictures), folder)
	return err
}
