package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"keyhall/backoffice/ra"
)

// ClientConfig says where the back office is and who is calling.
type ClientConfig struct {
	BaseURL string        // "https://office.example:8443"
	TLS     *tls.Config   // roots, and the kiosk's certificate once it is enrolled; nil: the system's roots
	Timeout time.Duration // of one call, beside the waiting time of Changes; 0: 20 s
	Agent   string        // User-Agent, "" : "keyhall"
	// Heard is told the time of the back office with every answer over TLS, to the second; nil: nobody wants to know.
	Heard func(office time.Time)
}

// Client calls the back office. It is safe for concurrent use. Every error is an *ra.Error: CodeOfficeAway when nothing
// answered, CodeClockWrong when the back office's certificate is good but not at the time of this machine, CodeOfficeError when the
// answer makes no sense or the back office failed, else what the back office said.
type Client struct {
	Calls
	base    *url.URL
	tls     *tls.Config
	line    atomic.Pointer[http.Client]
	timeout time.Duration
	agent   string
	heard   func(time.Time)
}

var _ Line = (*Client)(nil)

// NewClient makes a Client; it opens no connection yet.
func NewClient(c ClientConfig) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("back office address: %w", err)
	}
	if base.Scheme != "https" && base.Scheme != "http" || base.Host == "" {
		return nil, fmt.Errorf("back office address %q: want https://host:port", c.BaseURL)
	}
	client := &Client{base: base, tls: c.TLS, timeout: cmp.Or(c.Timeout, 20*time.Second), agent: cmp.Or(c.Agent, "keyhall"),
		heard: c.Heard}
	client.Calls = Calls{client}
	client.line.Store(newLine(c.TLS))
	return client, nil
}

// newLine has connections of its own, and a copy of the configuration: a transport writes into it.
func newLine(secure *tls.Config) *http.Client {
	return &http.Client{CheckRedirect: refuseRedirect, Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     secure.Clone(),
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		MaxIdleConnsPerHost: 4,
	}}
}

// refuseRedirect: the contract has none, and a redirect must not carry a token elsewhere.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close drops idle connections; the Client stays usable.
func (c *Client) Close() { c.line.Load().CloseIdleConnections() }

// Reconnect gives every request from now on a connection that begins from now on, and so shows the certificate that the
// kiosk has now. Requests under way end on the connections that they have: one that waits for changes would otherwise keep the
// old connection, and with it the old certificate, for all that come after it.
func (c *Client) Reconnect() { c.line.Swap(newLine(c.tls)).CloseIdleConnections() }

// Ask is Line's.
func (c *Client) Ask(ctx context.Context, a *Asked) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout+a.Wait)
	defer cancel()
	path, query, body, err := encode(a.Path(), a.In)
	if err != nil {
		return err
	}
	req, err := c.request(ctx, a.Method(), path, a.Session, body)
	if err != nil {
		return err
	}
	req.URL.RawQuery = query.Encode()
	if a.Hold.Ticket != "" {
		req.Header.Set(TicketHeader, a.Hold.Ticket)
	}
	if a.Hold.Presence != "" {
		req.Header.Set(PresenceHeader, a.Hold.Presence)
	}
	if a.Staff != "" {
		req.Header.Set(StaffHeader, a.Staff)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(resp, a.Out)
}

func (c *Client) request(ctx context.Context, method, path, token string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return nil, ra.E(ra.CodeInternal).Because(err)
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", "application/json, "+ProblemType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// send turns everything that is not a 2xx answer into an *ra.Error. A request that was turned away because its connection
// showed the certificate from before Reconnect had no effect, and is sent again.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	for {
		line := c.line.Load()
		resp, err := c.sendOver(line, req)
		if ra.CodeOf(err) != ra.CodeKioskUnknown || line == c.line.Load() {
			return resp, err
		}
		if req.GetBody == nil {
			continue
		}
		if req.Body, err = req.GetBody(); err != nil {
			return nil, ra.E(ra.CodeInternal).Because(err)
		}
	}
}

func (c *Client) sendOver(line *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := line.Do(req)
	if err != nil {
		code := ra.CodeOfficeAway
		if c.untimely(err) {
			code = ra.CodeClockWrong
		}
		return nil, ra.E(code).Because(stripURL(err))
	}
	c.hear(resp)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	if code := resp.Header.Get(ProblemHeader); req.Method == http.MethodHead && codeShape.MatchString(code) && code != string(ra.CodeInternal) {
		return nil, ra.E(ra.Code(code)).Because(errProblem{status: resp.StatusCode})
	}
	return nil, DecodeProblem(resp.StatusCode, resp.Header.Get("Content-Type"), resp.Body)
}

// stripURL keeps what was asked for (a key's serial, a cursor) out of the log.
func stripURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
