// Package notify tells customers by text message what became of their order: the words, the outbox where they wait, and the
// gateway that sends them, which takes JSON over HTTP. What is in a message is secret and never appears in errors or logs.
package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"keyhall/backoffice/book"
)

// Config says where the gateway is.
type Config struct {
	URL     string        // http:// or https://
	Token   string        // goes into "Authorization: Bearer"; "": none
	Timeout time.Duration // of one message; 0: 10 s
}

// Webhook sends messages as POSTed JSON: {"id", "mobile", "template", "signature", "parameters", "text"}; text is the whole message, for a
// gateway without templates. Messages may arrive twice; the gateway tells them apart by id, which stands in the Idempotency-Key header, too.
// Any 2xx answer means accepted, a 4xx other than 408, 425 and 429 refused for good.
type Webhook struct {
	url     string
	token   string
	timeout time.Duration
	client  *http.Client
}

// New checks the address.
func New(c Config) (*Webhook, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("message gateway: an address beginning with http:// or https:// is needed")
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Webhook{url: c.URL, token: c.Token, timeout: cmp.Or(c.Timeout, 10*time.Second),
		client: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(), CheckRedirect: refuse}}, nil
}

type body struct {
	ID         string            `json:"id"`
	Mobile     string            `json:"mobile"`
	Template   string            `json:"template"`
	Signature  string            `json:"signature"`
	Parameters map[string]string `json:"parameters"`
	Text       string            `json:"text"`
}

// RefusedError is an answer of the gateway other than 2xx.
type RefusedError struct{ Status int }

func (e *RefusedError) Error() string { return fmt.Sprintf("gateway answered %d", e.Status) }

// HTTPStatus is the answer's.
func (e *RefusedError) HTTPStatus() int { return e.Status }

// Is tells which answers are book.ErrForGood: the same message would be refused again.
func (e *RefusedError) Is(target error) bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return target == book.ErrForGood && e.Status >= 400 && e.Status < 500
}

// Send hands one message over: *RefusedError for an answer other than 2xx. The error tells neither number nor text.
func (w *Webhook) Send(ctx context.Context, m book.Message) error {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	b, err := json.Marshal(body(m))
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("message %s: gateway: %w", m.ID, withoutURL(err))
	}
	defer resp.Body.Close()
	// Reading the rest lets the connection be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode < 200 || resp.StatusCode >= 300 {
		return fmt.Errorf("message %s: %w", m.ID, &RefusedError{resp.StatusCode})
	}
	return nil
}

// withoutURL: gateways put keys into their address.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
