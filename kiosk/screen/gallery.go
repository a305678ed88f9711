package screen

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotk3/gotk3/gdk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/workflow"
)

// GalleryOptions says which pictures to draw.
type GalleryOptions struct {
	Out             string // an existing folder
	Width, Height   int    // px
	Language        string // "zh_CN" or "en"
	Large, Contrast bool
	Only            string // pages whose name contains it; "" for all
}

// scene is one picture of the gallery.
type scene struct {
	name  string
	frame workflow.Frame
	page  workflow.Page
	then  func(*Window) // what a person does before the picture is taken
}

// settleTime is how long a page gets to be laid out and drawn before its picture is taken.
const settleTime = 350 * time.Millisecond

// RunGallery shows every page with made-up data and saves a picture of each, NAME.png, into the folder. It needs a
// display and must be called on the main goroutine.
func RunGallery(ctx context.Context, o GalleryOptions) error {
	w, err := New(Options{Width: o.Width, Height: o.Height, Language: o.Language, Now: galleryNow, Pinyin: galleryComposer{}, Voice: galleryVoice{}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &gallery{w: w, o: o, done: cancel}
	for _, s := range scenes() {
		if strings.Contains(s.name, o.Only) {
			g.scenes = append(g.scenes, s)
		}
	}
	loop.After(settleTime, func() {
		w.setLook(o.Large, o.Contrast)
		g.next()
	})
	w.Run(ctx)
	w.destroy()
	return g.err
}

type gallery struct {
	w      *Window
	o      GalleryOptions
	scenes []scene
	done   func()
	err    error
}

// next shows the next scene, lets it settle, and takes its picture.
func (g *gallery) next() {
	if len(g.scenes) == 0 || g.err != nil {
		g.done()
		return
	}
	s := g.scenes[0]
	g.scenes = g.scenes[1:]
	g.w.forget()
	g.w.take(shown{s.frame, s.page})
	loop.WhenIdle(func() { g.w.win.Resize(g.o.Width, g.o.Height) })
	if s.then != nil {
		loop.After(settleTime, func() { s.then(g.w) })
	}
	delay := settleTime
	if s.then != nil {
		delay *= 3
	}
	loop.After(delay, func() {
		g.err = errors.Join(g.err, g.w.picture(filepath.Join(g.o.Out, s.name+".png")))
		g.next()
	})
}

// picture saves what the window shows.
func (w *Window) picture(path string) error {
	window, err := w.win.GetWindow()
	if err != nil {
		return err
	}
	width, height := w.win.GetAllocatedWidth(), w.win.GetAllocatedHeight()
	pixbuf, err := window.PixbufGetFromWindow(0, 0, width, height)
	if err != nil {
		return fmt.Errorf("picture of %d×%d: %w", width, height, err)
	}
	return savePNG(pixbuf, path)
}

func savePNG(p *gdk.Pixbuf, path string) error { return p.SavePNG(path, 6) }

// galleryNow is when all pictures are taken.
func galleryNow() time.Time { return time.Date(2026, 11, 23, 6, 32, 0, 0, time.UTC) }

// galleryComposer knows the syllables of the pictures.
type galleryComposer struct{}

func (galleryComposer) Compose(_ context.Context, letters string, _ int) (Composition, error) {
	c := Composition{Preedit: letters}
	for _, s := range strings.Fields("三 山 珊 尚 少 圣 生 书 数字 证书 上海 十 是 时") {
		c.Candidates = append(c.Candidates, Candidate{Text: s, Letters: len(letters)})
	}
	return c, nil
}

func (galleryComposer) Wipe(context.Context) error { return nil }

// galleryVoice is there, so that its button stands in the pictures, and says nothing.
type galleryVoice struct{}

func (galleryVoice) Ready() bool           { return true }
func (galleryVoice) Say(string, ...string) {}
func (galleryVoice) Hush()                 {}
