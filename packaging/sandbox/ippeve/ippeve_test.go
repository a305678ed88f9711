package ippeve_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"keyhall/packaging/sandbox/ippeve"
	"keyhall/printer"
	"keyhall/printer/ipp"
	"keyhall/printer/printertest"
)

func start(t *testing.T) *ippeve.Printer { return startTaking(t, "application/pdf") }

func startTaking(t *testing.T, formats string) *ippeve.Printer {
	t.Helper()
	p, err := ippeve.StartTaking(t.Context(), t.TempDir(), 0, formats)
	if errors.Is(err, ippeve.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func driver(t *testing.T, uri string) *ipp.Printer {
	t.Helper()
	d, err := ipp.New(ipp.Config{URI: uri, Poll: 20 * time.Millisecond, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The IPP driver on a printer that others have written.
func TestConformance(t *testing.T) {
	t.Parallel()
	printertest.Run(t, func(t *testing.T, c printertest.Condition) printer.Printer {
		p := start(t)
		var err error
		switch c {
		case printertest.Ready:
			// as it comes
		case printertest.NoPaper:
			err = p.SetPaper(t.Context(), 0)
		case printertest.Jams:
			err = p.Break("media-jam")
		case printertest.CoverOpen:
			err = p.Break("cover-open")
		case printertest.TonerEmpty:
			err = p.Break("toner-empty")
		case printertest.Offline:
			err = p.Stop()
		default:
			t.Skipf("this printer is never %q", c)
		}
		if err != nil {
			t.Fatal(err)
		}
		return driver(t, p.URI)
	})
}

// TestPrinterWithoutPDF: a real printer that takes raster only prints a form.
func TestPrinterWithoutPDF(t *testing.T) {
	t.Parallel()
	for formats, begins := range map[string]string{"image/pwg-raster": "RaS2PwgRaster", "image/urf,image/jpeg": "UNIRAST", "image/jpeg": ""} {
		t.Run(formats, func(t *testing.T) {
			t.Parallel()
			p := startTaking(t, formats)
			_, err := driver(t, p.URI).Print(t.Context(), form())
			if begins == "" {
				if !errors.Is(err, printer.ErrFormat) {
					t.Errorf("got %v, want ErrFormat", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			files, err := p.Printed()
			if err != nil || len(files) != 1 {
				t.Fatalf("printed %d, %v; want one document", len(files), err)
			}
			if got, err := os.ReadFile(files[0]); err != nil || !strings.HasPrefix(string(got), begins) {
				t.Errorf("printed %.20q, %v, want %q", got, err, begins)
			}
		})
	}
}

func form() printer.Document {
	return printer.Document{Name: "form", PDF: []byte(printertest.A4)}
}

func TestPrintedOnceAfterAJam(t *testing.T) {
	t.Parallel()
	p := start(t)
	d := driver(t, p.URI)
	if err := p.Break("media-jam"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Print(t.Context(), form()); !errors.Is(err, printer.ErrJam) {
		t.Fatalf("got %v, want ErrJam", err)
	}
	if err := p.Mend(); err != nil {
		t.Fatal(err)
	}
	wait(t, d)
	if _, err := d.Print(t.Context(), form()); err != nil {
		t.Fatal(err)
	}
	files, err := p.Printed()
	if err != nil || len(files) != 1 {
		t.Fatalf("printed %d, %v; want one document", len(files), err)
	}
	if got, err := os.ReadFile(files[0]); err != nil || string(got) != printertest.A4 {
		t.Errorf("printed %q, %v", got, err)
	}
}

// TestPrintedOnceThoughTheAnswerIsLost: the line breaks after the printer took the document and before it said so.
func TestPrintedOnceThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	p := start(t)
	line := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: strings.Split(p.URI, "/")[2]})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte(printertest.A4)) {
			line.ServeHTTP(w, r)
			return
		}
		line.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(web.Close)
	d := driver(t, "ipp"+strings.TrimPrefix(web.URL, "http")+"/ipp/print")
	for want := 1; want <= 2; want++ {
		if _, err := d.Print(t.Context(), form()); err != nil {
			t.Fatal(err)
		}
		if files, err := p.Printed(); err != nil || len(files) != want {
			t.Fatalf("printed %d, %v; want %d", len(files), err, want)
		}
	}
}

func TestPaperFilledIn(t *testing.T) {
	t.Parallel()
	p := start(t)
	d := driver(t, p.URI)
	if err := p.SetPaper(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Print(t.Context(), form()); !errors.Is(err, printer.ErrNoPaper) {
		t.Errorf("got %v, want ErrNoPaper", err)
	}
	if err := p.SetPaper(t.Context(), 250); err != nil {
		t.Fatal(err)
	}
	wait(t, d)
	if _, err := d.Print(t.Context(), form()); err != nil {
		t.Error(err)
	}
	if files, err := p.Printed(); err != nil || len(files) != 1 {
		t.Errorf("printed %d, %v; want one document", len(files), err)
	}
}

// TestJamOverAnothersDocument: the printer takes no document because it stands still over one from before.
func TestJamOverAnothersDocument(t *testing.T) {
	t.Parallel()
	p := start(t)
	d := driver(t, p.URI)
	if err := p.SetPaper(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Print(t.Context(), form()); !errors.Is(err, printer.ErrNoPaper) {
		t.Fatalf("got %v, want ErrNoPaper", err)
	}
	if err := p.Break("media-jam"); err != nil {
		t.Fatal(err)
	}
	if err := p.SetPaper(t.Context(), 250); err != nil {
		t.Fatal(err)
	}
	err := printer.ErrNoPaper // until it has noticed the paper
	for deadline := time.Now().Add(time.Minute); errors.Is(err, printer.ErrNoPaper) && time.Now().Before(deadline); {
		_, err = d.Print(t.Context(), form())
	}
	if !errors.Is(err, printer.ErrJam) {
		t.Errorf("got %v, want ErrJam", err)
	}
}

// wait until the printer has noticed that it is mended.
func wait(t *testing.T, d *ipp.Printer) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if s, err := d.Status(t.Context()); err == nil && s.Problem() == nil && s.State == printer.Idle {
			return
		}
	}
	t.Fatal("the printer stays broken")
}
