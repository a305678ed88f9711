package console_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2/memstore"

	"keyhall/backoffice/console"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// fenceScene is a hall with a console, an order in the middle of its review and one whose key is being made, both of the customer
// mine. Its people are hired when they are needed.
type fenceScene struct {
	*servicetest.Hall
	t      *testing.T
	server *httptest.Server
	client *http.Client
	mine   ra.Registration
	member ra.Membership
	order  ra.Order // everything handed in
	page   string   // SHA-256 of a scan
	issued ra.Issued
	begun  ra.Release
	staff  map[string]ra.Staff // who was hired, by role and column
	tokens map[string]string   // of their sessions
	n      int                 // running number for what must differ
}

func newFenceScene(t *testing.T) *fenceScene {
	t.Helper()
	s := &fenceScene{Hall: servicetest.New(t), t: t, staff: map[string]ra.Staff{}, tokens: map[string]string{}}
	handler, err := console.New(console.Config{People: s.People, Review: s.Review, Cashier: s.Cashier, Issuing: s.Issuing, Fleet: s.Fleet, Jobs: s.Board, Access: s.Access, SessionStore: memstore.NewWithCleanupInterval(0), Now: s.Clock.Now, Secure: true})
	s.must(err)
	s.server = httptest.NewTLSServer(handler)
	t.Cleanup(s.server.Close)
	s.client = s.server.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if status, _, _ := s.send("", request{path: "/login"}, http.MethodGet); status == http.StatusServiceUnavailable && os.Getenv("CI") == "" {
		t.Skip("static/vendor is not built")
	}
	s.Elsewhere(t)
	s.mine = s.Registration(t)
	s.member, err = s.Register(t.Context(), s.Kiosk, s.mine)
	s.must(err)
	s.order = s.Submitted(t, s.member, 1)
	s.page = s.order.Papers[0].Pages[0].SHA256
	key := servicetest.NewKey(t)
	s.begun = s.reserved(key)
	s.issued = s.Certified(t, s.begun, key)
	return s
}

func (s *fenceScene) reserved(key *servicetest.Key) ra.Release {
	s.t.Helper()
	order, code := s.Approved(s.t, s.member, 1)
	return s.Reserved(s.t, s.member, order, code, key)
}

// right is the role that a route's own staff have in the table.
func right(act ra.Act) ra.Role {
	if act == "" {
		return ra.RoleCounter
	}
	return act.Roles()[0]
}

// token is the session of who stands in a column of a row with that act; "" for nobody.
func (s *fenceScene) token(column string, act ra.Act) string {
	s.t.Helper()
	role, everywhere := fenceRoles[column]
	if !everywhere {
		role = right(act)
	}
	who := string(role) + " " + column
	if _, hired := s.staff[who]; !hired && column != "nobody" {
		m := s.hire(column, role)
		s.staff[who], s.tokens[who] = m, s.logIn(m.Login)
		s.after(column, m, s.tokens[who])
	}
	return s.tokens[who]
}

// forget makes the next one in the column of a row with that act somebody else.
func (s *fenceScene) forget(column string, act ra.Act) {
	role, everywhere := fenceRoles[column]
	if !everywhere {
		role = right(act)
	}
	delete(s.staff, string(role)+" "+column)
}

// hire is who stands in a column, with the role.
func (s *fenceScene) hire(column string, role ra.Role) ra.Staff {
	s.t.Helper()
	s.n++
	m := ra.Staff{ID: servicetest.ID(s.t), Login: fmt.Sprintf("%s%d@hall.example", column, s.n), Name: "新人", Temporary: column == "temp"}
	grant := ra.Grant{Role: role}
	switch column {
	case "proj":
		grant.ProjectID = servicetest.OtherProjectID
	case "hall":
		grant.HallID = servicetest.OtherHallID
	case "own":
		m.Mobile = s.mine.Handler.Mobile
	case "member": // of the organisation, under the address that they log in with
		r := s.Registration(s.t)
		r.Handler.Email = m.Login
		_, err := s.Register(s.t.Context(), s.Kiosk, r)
		s.must(err)
	}
	s.must(s.AddStaff(s.t.Context(), s.command(), m, servicetest.Password))
	by := s.command()
	if column == "wait" {
		by = s.Admin
	}
	grant.ID, grant.StaffID = servicetest.ID(s.t), m.ID
	s.must(s.Grant(s.t.Context(), by, grant))
	return m
}

// after is what happened to a session since its login.
func (s *fenceScene) after(column string, m ra.Staff, token string) {
	s.t.Helper()
	ctx := s.t.Context()
	switch column {
	case "left":
		s.send(token, request{path: "/logout"}, http.MethodPost)
	case "off":
		s.must(s.DisableStaff(ctx, s.command(), m.ID, true))
	case "epoch": // a second grant was withdrawn
		m, err := s.Staff(ctx, m.ID)
		s.must(err)
		more := ra.Grant{ID: servicetest.ID(s.t), StaffID: m.ID, Role: m.Grants[0].Role, HallID: servicetest.HallID}
		s.must(s.Grant(ctx, s.command(), more))
		s.must(s.WithdrawGrant(ctx, s.command(), more.ID))
	}
}

func (s *fenceScene) logIn(login string) string {
	s.t.Helper()
	_, _, header := s.send("", request{path: "/login", form: url.Values{"login": {login}, "password": {servicetest.Password}}}, http.MethodPost)
	for _, c := range (&http.Response{Header: header}).Cookies() {
		if c.Name == "keyhall_console" && c.Value != "" {
			return c.Value
		}
	}
	s.t.Fatalf("%s is not let in", login)
	return ""
}

// request is a good request for a route, but for who sends it.
type request struct {
	path   string // with the query
	form   url.Values
	files  map[string][]byte // come with the form
	header http.Header
	mark   string // stands in the answer to whom it concerns
	still  bool   // changes nothing in the register, whoever sends it
}

// body is the form as a browser sends it.
func (r request) body(t *testing.T) (body io.Reader, contentType string) {
	t.Helper()
	if r.files == nil {
		return strings.NewReader(r.form.Encode()), "application/x-www-form-urlencoded"
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name := range r.form {
		servicetest.Must(t, form.WriteField(name, r.form.Get(name)))
	}
	for name, file := range r.files {
		part, err := form.CreateFormFile(name, name+".png")
		servicetest.Must(t, err)
		_, err = part.Write(file)
		servicetest.Must(t, err)
	}
	servicetest.Must(t, form.Close())
	return &b, form.FormDataContentType()
}

// send sends a request in a session and returns the answer; of a stream only that it began.
func (s *fenceScene) send(token string, r request, method string) (status int, body string, header http.Header) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	content, kind := r.body(s.t)
	req, err := http.NewRequestWithContext(ctx, method, s.server.URL+r.path, content)
	s.must(err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.AddCookie(&http.Cookie{Name: "keyhall_console", Value: token})
	}
	for name := range r.header {
		req.Header.Set(name, r.header.Get(name))
	}
	resp, err := s.client.Do(req)
	s.must(err)
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp.StatusCode, "", resp.Header
	}
	text, err := io.ReadAll(resp.Body)
	s.must(err)
	return resp.StatusCode, string(text), resp.Header
}

func (s *fenceScene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// failed is a message about the order that the gateway refused for good.
func (s *fenceScene) failed() (id string) {
	s.t.Helper()
	s.must(s.Store.Pool().QueryRow(s.t.Context(), `
		INSERT INTO outbox (id, order_id, project_id, hall_id, mobile, template, body, state, created_at, ended_at, answer)
		SELECT $1, id, project_id, hall_id, '13800138000', 'returned', 'x', 'failed', now(), now(), 400 FROM orders WHERE id = $2 RETURNING id::text`, servicetest.ID(s.t), s.order.ID).Scan(&id))
	return id
}
