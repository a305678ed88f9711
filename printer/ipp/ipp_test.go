package ipp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keyhall/printer"
	"keyhall/printer/ipp"
	"keyhall/printer/printertest"
)

func open(t *testing.T, uri string) *ipp.Printer {
	t.Helper()
	p, err := ipp.New(ipp.Config{URI: uri, Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConformance(t *testing.T) {
	t.Parallel()
	printertest.Run(t, func(t *testing.T, c printertest.Condition) printer.Printer {
		if c == printertest.Offline {
			return open(t, nobody(t))
		}
		server := printertest.NewServer(t)
		server.Put(c)
		return open(t, server.URI)
	})
}

// nobody is the address of a printer that has just been switched off.
func nobody(t *testing.T) string {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	return "ipp" + strings.TrimPrefix(web.URL, "http") + "/ipp/print"
}

func form() printer.Document {
	return printer.Document{Name: "form", PDF: []byte(printertest.A4)}
}

func TestPrintedOnce(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	p := open(t, server.URI)
	server.Put(printertest.RunsOut)
	if _, err := p.Print(t.Context(), form()); !errors.Is(err, printer.ErrNoPaper) {
		t.Fatalf("got %v, want ErrNoPaper", err)
	}
	server.Put(printertest.Ready) // somebody has filled in paper: nothing of the first try may come out
	if _, err := p.Print(t.Context(), form()); err != nil {
		t.Fatal(err)
	}
	if got := len(server.Printed()); got != 1 {
		t.Errorf("printed %d times, want once", got)
	}
	if got := string(server.Printed()[0]); got != printertest.A4 {
		t.Errorf("printed %q", got)
	}
}

// TestPrintedOnceThoughTheAnswerIsLost: a printer that took the document and did not say so prints it once, whether it is still there
// to be asked or only at the next try; what is printed again later comes out again.
func TestPrintedOnceThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	p := open(t, server.URI)
	printed := func(want int) {
		t.Helper()
		if _, err := p.Print(t.Context(), form()); err != nil {
			t.Fatal(err)
		}
		if got := len(server.Printed()); got != want {
			t.Errorf("printed %d times, want %d", got, want)
		}
	}
	server.Put(printertest.HangsUp)
	printed(1)
	server.Put(printertest.Ready)
	printed(2)
	server.Put(printertest.Dies)
	for range 2 {
		if _, err := p.Print(t.Context(), form()); !errors.Is(err, printer.ErrOffline) {
			t.Fatalf("got %v, want ErrOffline", err)
		}
	}
	server.Put(printertest.Ready)
	printed(3)
	printed(4)
}

// TestTakenBackWhenTheAnswerDoesNotCome: the caller gave up before the job's number was known.
func TestTakenBackWhenTheAnswerDoesNotCome(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	silent := make(chan struct{}, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
		if bytes.Contains(body, []byte("%PDF")) {
			silent <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(web.Close)
	p := open(t, "ipp"+strings.TrimPrefix(web.URL, "http")+"/ipp/print")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-silent
		cancel()
	}()
	server.Put(printertest.Slow)
	if _, err := p.Print(ctx, form()); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	server.Put(printertest.Ready)
	if _, err := open(t, server.URI).Print(t.Context(), form()); err != nil {
		t.Fatal(err)
	}
	if got := len(server.Printed()); got != 1 {
		t.Errorf("printed %d times, want once", got)
	}
}

func TestTakenBackWhenTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	server.Put(printertest.Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := open(t, server.URI).Print(ctx, form()); !errors.Is(err, printer.ErrTimeout) {
		t.Fatalf("got %v, want ErrTimeout", err)
	}
	server.Put(printertest.Ready)
	if _, err := open(t, server.URI).Print(t.Context(), form()); err != nil {
		t.Fatal(err)
	}
	if got := len(server.Printed()); got != 1 {
		t.Errorf("printed %d times, want once", got)
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    error
	}{
		{"a web page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, printer.ErrAnswer},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, printer.ErrAnswer},
		{"an error page", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, printer.ErrOffline},
		{"hanging up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, printer.ErrOffline},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(tt.handler)
			t.Cleanup(web.Close)
			uri := "ipp" + strings.TrimPrefix(web.URL, "http") + "/ipp/print"
			if _, err := open(t, uri).Status(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "localhost", "http://localhost/", "ipp:///ipp/print", "ipp://a b/"} {
		if _, err := ipp.New(ipp.Config{URI: uri}); err == nil {
			t.Errorf("%q was taken for a printer's address", uri)
		}
	}
}
