package ipp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
	"keyhall/printer/convert"
	"keyhall/printer/ipp"
	"keyhall/printer/printertest"
)

func openTrusting(t *testing.T, uri string, trust ipp.Trust) *ipp.Printer {
	t.Helper()
	p, err := ipp.New(ipp.Config{URI: uri, Poll: 5 * time.Millisecond, Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCertificateOfItsOwn: printers make their own certificates. One is trusted when its fingerprint or itself is in the configuration;
// a refusal says what to put there.
func TestCertificateOfItsOwn(t *testing.T) {
	t.Parallel()
	server, certificate := printertest.NewEncrypted(t)
	sum := sha256.Sum256(certificate.Raw)
	pin, own := hex.EncodeToString(sum[:]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	colons := strings.ToUpper(pin[:2])
	for i := 2; i < len(pin); i += 2 {
		colons += ":" + strings.ToUpper(pin[i:i+2])
	}
	for name, tt := range map[string]struct {
		trust ipp.Trust
		why   string
	}{
		"pinned": {ipp.Trust{Fingerprint: pin}, "pinned"}, "pinned with colons": {ipp.Trust{Fingerprint: "SHA256:" + colons}, "pinned"},
		"named": {ipp.Trust{PEM: own}, "named"}, "unknown": {ipp.Trust{}, ""}, "another one pinned": {ipp.Trust{Fingerprint: strings.Repeat("0", 64)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openTrusting(t, server.URI, tt.trust)
			s, err := p.Status(t.Context())
			if tt.why == "" {
				if !errors.Is(err, printer.ErrCertificate) || !strings.Contains(err.Error(), pin) {
					t.Errorf("got %v, want ErrCertificate with the fingerprint %s", err, pin)
				}
				_, err = p.Print(t.Context(), form())
				if !errors.Is(err, printer.ErrCertificate) {
					t.Errorf("print: got %v, want ErrCertificate", err)
				}
				return
			}
			if err != nil || s.Shown == nil || s.Shown.SHA256 != pin || s.Shown.Trust != tt.why || !s.Shown.Until.Equal(certificate.NotAfter) {
				t.Fatalf("got %+v, %v", s.Shown, err)
			}
			if _, err := p.Print(t.Context(), form()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTrustThatIsNone(t *testing.T) {
	t.Parallel()
	for _, trust := range []ipp.Trust{{Fingerprint: "abc"}, {Fingerprint: strings.Repeat("g", 64)}, {PEM: []byte("no certificate")},
		{PEM: []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}} {
		if _, err := ipp.New(ipp.Config{URI: "ipps://p/", Trust: trust}); err == nil {
			t.Errorf("%+v was taken", trust)
		}
	}
}

// TestWrongLine: a printer that wants the other kind of line is told as such.
func TestWrongLine(t *testing.T) {
	t.Parallel()
	plain := printertest.NewServer(t)
	_, err := open(t, strings.Replace(plain.URI, "ipp:", "ipps:", 1)).Status(t.Context())
	if !errors.Is(err, printer.ErrOffline) || !strings.Contains(err.Error(), "ipp://") {
		t.Errorf("ipps to a plain line: got %v", err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUpgradeRequired) }))
	t.Cleanup(web.Close)
	_, err = open(t, "ipp"+strings.TrimPrefix(web.URL, "http")).Status(t.Context())
	if !errors.Is(err, printer.ErrOffline) || !strings.Contains(err.Error(), "ipps://") {
		t.Errorf("a printer that wants encryption: got %v", err)
	}
}

func dots(n int) goipp.Resolution { return goipp.Resolution{Xres: n, Yres: n, Units: goipp.UnitsDpi} }

// TestFormats: a printer that takes no PDF gets what it takes; one for which nothing can be made says so before and while printing.
func TestFormats(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("poppler-utils is not installed")
	}
	resolutions := goipp.MakeAttr("pwg-raster-document-resolution-supported", goipp.TagResolution, dots(150), dots(600), dots(1200))
	words := func(name string, w ...string) goipp.Attribute {
		a := goipp.Attribute{Name: name}
		for _, v := range w {
			a.Values.Add(goipp.TagKeyword, goipp.String(v))
		}
		return a
	}
	for name, tt := range map[string]struct {
		formats []string
		says    []goipp.Attribute
		begins  string
		format  convert.Format
	}{
		"nothing said":   {nil, nil, "%PDF-", convert.Format{MIME: convert.PDF}},
		"PDF and others": {[]string{convert.PWG, convert.PDF, "application/octet-stream"}, nil, "%PDF-", convert.Format{MIME: convert.PDF}},
		"PWG raster": {[]string{"image/jpeg", convert.URF, convert.PWG}, []goipp.Attribute{resolutions, words("pwg-raster-document-type-supported", "sgray_8", "srgb_8")},
			"RaS2PwgRaster\x00", convert.Format{MIME: convert.PWG, DPI: 600}},
		"PWG raster in colour only": {[]string{convert.PWG}, []goipp.Attribute{words("pwg-raster-document-type-supported", "srgb_8")},
			"RaS2PwgRaster\x00", convert.Format{MIME: convert.PWG, DPI: 300, Color: true}},
		"Apple raster": {[]string{"image/jpeg", convert.URF}, []goipp.Attribute{words("urf-supported", "V1.4", "W8", "SRGB24", "RS300-600")},
			"UNIRAST\x00\x00\x00\x00\x01\x08", convert.Format{MIME: convert.URF, DPI: 300}},
		"PostScript":       {[]string{"text/plain", convert.PostScript}, nil, "%!PS-Adobe-", convert.Format{MIME: convert.PostScript}},
		"PCL and text":     {[]string{"application/vnd.hp-PCL", "text/plain", "application/octet-stream"}, nil, "", convert.Format{}},
		"pictures only":    {[]string{"image/jpeg", "image/png"}, nil, "", convert.Format{}},
		"something unsaid": {[]string{""}, nil, "", convert.Format{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := printertest.NewServer(t)
			if tt.formats != nil {
				server.Formats(tt.formats...)
			}
			server.Says(tt.says...)
			p := open(t, server.URI)
			s, err := p.Status(t.Context())
			want := ""
			if tt.begins != "" {
				want = tt.format.String()
			}
			if err != nil || s.Format != want {
				t.Errorf("got format %q, %v; want %q", s.Format, err, want)
			}
			_, err = p.Print(t.Context(), form())
			if tt.begins == "" {
				if !errors.Is(err, printer.ErrFormat) || !errors.Is(s.Problem(), printer.ErrFormat) || len(server.Printed()) != 0 {
					t.Errorf("got %v, before it %v, %d printed; want ErrFormat and nothing", err, s.Problem(), len(server.Printed()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := server.Printed(); len(got) != 1 || !bytes.HasPrefix(got[0], []byte(tt.begins)) {
				t.Errorf("got %d documents, %.20q; want one that begins with %q", len(got), got[0], tt.begins)
			}
		})
	}
}

// TestTrays: a printer with two trays calls an empty one an error and prints from the other. What it says counts when none has paper,
// or when it gets no further.
func TestTrays(t *testing.T) {
	t.Parallel()
	complaint := func(keywords ...string) goipp.Attribute {
		a := goipp.Attribute{Name: "printer-state-reasons"}
		for _, k := range keywords {
			a.Values.Add(goipp.TagKeyword, goipp.String(k))
		}
		return a
	}
	for name, tt := range map[string]struct {
		levels  []int
		reasons []string
		slow    bool
		want    error
	}{
		"one of two empty":              {[]int{0, 120}, []string{"media-empty-error"}, false, nil},
		"one of two empty, some left":   {[]int{0, printer.AnySheets}, []string{"media-empty"}, false, nil},
		"both empty":                    {[]int{0, 0}, []string{"media-empty-error"}, false, printer.ErrNoPaper},
		"trays unknown":                 {nil, []string{"media-empty-error"}, false, nil},
		"trays unknown, nothing comes":  {nil, []string{"media-empty-error"}, true, printer.ErrNoPaper},
		"other tray pulled out":         {[]int{100}, []string{"input-tray-missing-error"}, false, nil},
		"a colour is empty":             {[]int{100}, []string{"marker-supply-empty-error"}, false, nil},
		"paper asked for all the same":  {[]int{0, 50}, []string{"media-empty-error", "media-needed"}, false, printer.ErrNoPaper},
		"pulled out, and nothing comes": {[]int{100}, []string{"input-tray-missing-error"}, true, printer.ErrCoverOpen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := printertest.NewServer(t)
			server.Says(complaint(tt.reasons...))
			for i, level := range tt.levels {
				server.Tray("tray "+string(rune('1'+i)), level)
			}
			if tt.slow {
				server.Put(printertest.Slow)
			}
			p, err := ipp.New(ipp.Config{URI: server.URI, Poll: 5 * time.Millisecond, Stall: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Print(t.Context(), form()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestPrinterOfTheFirstVersion is asked in its own once it has said so, and prints once.
func TestPrinterOfTheFirstVersion(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	server.Old()
	p := open(t, server.URI)
	if s, err := p.Status(t.Context()); err != nil || s.State != printer.Idle {
		t.Fatalf("got %+v, %v", s, err)
	}
	if _, err := p.Print(t.Context(), form()); err != nil || len(server.Printed()) != 1 {
		t.Errorf("printed %d times, %v", len(server.Printed()), err)
	}
}
