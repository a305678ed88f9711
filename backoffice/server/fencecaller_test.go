package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// request is a good request for a route, but for who sends it.
type request struct {
	path   map[string]string // what stands in the braces
	query  url.Values
	header map[string]string
	body   any     // []byte as it is, anything else as JSON, nil for none
	hold   ra.Hold // of the operation that it is about
	dead   string  // a ticket that the operation had before
	mark   string  // stands in the answer to whom it concerns
}

// fresh is a body that is made anew each time that it is sent.
type fresh func() any

func (f fresh) MarshalJSON() ([]byte, error) { return json.Marshal(f()) }

// refused is an answer as the table's words have it: "" when it was allowed, else a problem's code, a status without one, or
// "away" where no connection comes about.
func (c caller) send(base, route string, r request) (refused, answer string) {
	req, err := c.request(base, route, r)
	if err != nil {
		return err.Error(), ""
	}
	resp, err := c.web.Do(req)
	if err != nil {
		return string(ra.CodeOfficeAway), ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err.Error(), ""
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return "", string(body)
	case resp.Header.Get(api.ProblemHeader) != "":
		return resp.Header.Get(api.ProblemHeader), ""
	case resp.Header.Get("Content-Type") == api.ProblemType:
		return string(ra.CodeOf(api.DecodeProblem(resp.StatusCode, api.ProblemType, bytes.NewReader(body)))), ""
	}
	return strconv.Itoa(resp.StatusCode), ""
}

func (c caller) request(base, route string, r request) (*http.Request, error) {
	method, path, _ := strings.Cut(route, " ")
	for name, value := range r.path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	hold := r.hold
	if c.hold != nil {
		hold = c.hold(hold, r)
	}
	body, err := r.bytes(hold)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(method, base+path+"?"+r.query.Encode(), bytes.NewReader(body)) //nolint:noctx // ends with the server
	if err != nil {
		return nil, err
	}
	if _, raw := r.body.([]byte); !raw && r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	for name, value := range map[string]string{api.TicketHeader: hold.Ticket, api.PresenceHeader: hold.Presence} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// bytes is the body as the caller with that hold sends it: a resumption has its ticket inside.
func (r request) bytes(hold ra.Hold) ([]byte, error) {
	switch body := r.body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return body, nil
	case ra.Resumption:
		body.Ticket = hold.Ticket
		return json.Marshal(body)
	}
	return json.Marshal(r.body)
}
