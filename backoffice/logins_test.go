package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestManyLoginsAtOnce: 300 people log in to the console at one moment. Few are let in, the others are told to come again, the kiosks work
// on, and the program stays small.
func TestManyLoginsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	h.command("seed", "--demo")
	h.serve()
	if status, body := h.get("console", "/login"); status == http.StatusServiceUnavailable && strings.Contains(body, "npm ci") {
		t.Skip("the console's scripts are not vendored")
	}
	kiosk := h.client(h.enrol())
	transport := &http.Transport{TLSClientConfig: h.tls(nil), MaxConnsPerHost: 300}
	defer transport.CloseIdleConnections()
	browser := &http.Client{Transport: transport, Timeout: 2 * time.Minute}
	var wrong, later atomic.Int32
	var group errgroup.Group
	for n := range 300 {
		group.Go(func() error {
			resp, err := browser.PostForm("https://"+h.serving.address["console"]+"/login", url.Values{"login": {fmt.Sprintf("somebody-%d", n)}, "password": {"wrong"}})
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			switch {
			case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
				later.Add(1)
			case resp.StatusCode < http.StatusInternalServerError && resp.StatusCode >= http.StatusBadRequest:
				wrong.Add(1)
			default:
				return fmt.Errorf("login %d: got %d, Retry-After %q", n, resp.StatusCode, resp.Header.Get("Retry-After"))
			}
			return nil
		})
		if n%15 == 0 {
			group.Go(func() error { _, err := kiosk.Kiosk(t.Context()); return err })
		}
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if wrong.Load() == 0 || wrong.Load()+later.Load() != 300 {
		t.Errorf("%d were looked at, %d told to come again, want 300 in all", wrong.Load(), later.Load())
	}
	if peak := h.peak(); peak > 400<<20 { // with one hash for each it was 785 MiB
		t.Errorf("the program had %d MiB", peak>>20)
	}
	h.stop()
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the program had, in bytes.
func (h *hall) peak() int64 {
	h.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.serving.cmd.Process.Pid))
	if err != nil {
		h.t.Fatal(err)
	}
	found := peakLine.FindSubmatch(text)
	if found == nil {
		h.t.Fatalf("no peak in %s", text)
	}
	kB, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return kB << 10
}
