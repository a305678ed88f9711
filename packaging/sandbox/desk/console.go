package desk

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"keyhall/packaging/sandbox/house"
)

// console is a supervisor's session in the console.
type console struct {
	url  string
	http *http.Client
}

func openConsole(ctx context.Context, h *house.House) (*console, error) {
	roots, err := h.Line().Roots()
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &console{url: strings.TrimRight(h.ConsoleURL(), "/"), http: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}}
	return c, c.post(ctx, "/login", "login", house.Supervisor, "password", house.DemoPassword)
}

// post sends a form and follows where it leads; a refusal is an error that quotes the page's problem.
func (c *console) post(ctx context.Context, path string, fields ...string) error {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK && resp.Request.URL.Path != "/login" {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	page, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		return err
	}
	return fmt.Errorf("console %s: %s: %s", path, resp.Status, strings.Join(strings.Fields(page.Find(".problem").Text()), " "))
}

// get looks at something.
func (c *console) get(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("console %s: %s", path, resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
