package server_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// registration is one that passes every check.
func registration() ra.Registration {
	return ra.Registration{
		ID: "01920000-0000-7000-8000-000000000010", ProjectID: "eseal", Login: "13800138000", Password: "correct1",
		Organisation: ra.Organisation{Name: "杭州西湖信息技术有限公司", CreditCode: "91330106MA2CFLNB8T"},
		Legal:        ra.Person{Name: "李明", IDNumber: "11010519491231002X"},
		Handler:      ra.Person{Name: "王芳", IDNumber: "11010519491231002X", Mobile: "13800138000"},
	}
}

// TestEveryMutationTwice sends each mutation twice: the answers are equal and it happened once.
func TestEveryMutationTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	scan := picture(1)
	page := ra.Page{ID: pageID, SHA256: hash(scan), Bytes: int64(len(scan)), Width: 8, Height: 8, At: fixed}
	reg := registration()
	reg.Organisation.CreditCode = validCreditCode(t)
	calls := []struct {
		name, effect string
		do           func(ctx context.Context) (any, error)
	}{
		{"enrol", "enrol", func(ctx context.Context) (any, error) {
			return b.client.Enrol(ctx, api.EnrolRequest{Code: "12345678", CSR: []byte("csr"),
				Previous: &ra.Previous{Fingerprint: []byte("fingerprint"), Signature: []byte("signature")}})
		}},
		{"renew", "renew", func(ctx context.Context) (any, error) { return b.client.Renew(ctx, []byte("csr")) }},
		{"register", reg.ID, func(ctx context.Context) (any, error) { return b.client.Register(ctx, "", reg) }},
		{"join", "join-1", func(ctx context.Context) (any, error) {
			return b.client.Register(ctx, token, ra.Registration{ID: "join-1"})
		}},
		{"choose a membership", "", func(ctx context.Context) (any, error) { return b.client.Choose(ctx, "unset", member.ID) }},
		{"an agreement", "", func(ctx context.Context) (any, error) { return b.client.Agreement(ctx, token, "service", 3) }},
		{"change the password", "", func(ctx context.Context) (any, error) {
			return nil, b.client.ChangePassword(ctx, token, "correct1", "correct2")
		}},
		{"log out", "", func(ctx context.Context) (any, error) { return nil, b.client.LogOut(ctx, token) }},
		{"place", "a-1", func(ctx context.Context) (any, error) {
			return b.client.Place(ctx, token, ra.Application{ID: "a-1", Kind: ra.KindNew})
		}},
		{"upload a page", pageID, func(ctx context.Context) (any, error) {
			return b.client.UploadPage(ctx, token, orderID, ra.MaterialLicence, page, scan)
		}},
		{"submit", "submit " + orderID, func(ctx context.Context) (any, error) { return b.client.Submit(ctx, token, orderID) }},
		{"cancel", "cancel " + orderID, func(ctx context.Context) (any, error) { return b.client.Cancel(ctx, token, orderID, 1) }},
		{"remove a page", "remove " + pageID, func(ctx context.Context) (any, error) {
			return b.client.RemovePage(ctx, token, orderID, ra.MaterialLicence, pageID)
		}},
		{"reserve", operationID, func(ctx context.Context) (any, error) {
			return b.client.Reserve(ctx, token, ra.Reservation{OperationID: operationID, OrderID: orderID, Key: ra.KeyIdentity{Model: "m", Serial: "S1"}, AuthCode: "87654321"})
		}},
		{"resume", "", func(ctx context.Context) (any, error) {
			return b.client.Resume(ctx, token, ra.Resumption{OperationID: operationID})
		}},
		{"resume by code", "", func(ctx context.Context) (any, error) {
			return b.client.Resume(ctx, "", ra.Resumption{OperationID: operationID, Ticket: "ticket-secret", AuthCode: "87654321"})
		}},
		{"takeover", "", func(ctx context.Context) (any, error) { return b.client.Takeover(ctx, token, operationID) }},
		{"takeover code", "", func(ctx context.Context) (any, error) { return nil, b.client.TakeoverCode(ctx, token, operationID) }},
		{"operation", "", func(ctx context.Context) (any, error) { return b.client.Operation(ctx, hold) }},
		{"administrator", "attempt a1", func(ctx context.Context) (any, error) {
			return b.client.Administrator(ctx, hold, ra.AdminAttempt{ID: "a1", State: ra.TokenPINOK})
		}},
		{"give back", "give back " + operationID, func(ctx context.Context) (any, error) {
			return nil, b.client.GiveBack(ctx, hold, ra.CodeKeyNotBlank)
		}},
		{"certify", "certify " + operationID, func(ctx context.Context) (any, error) {
			return b.client.Certify(ctx, hold, []byte("csr"), 1)
		}},
		{"challenge", "", func(ctx context.Context) (any, error) { return b.client.Challenge(ctx, hold) }},
		{"confirm", "confirm " + operationID, func(ctx context.Context) (any, error) {
			return b.client.Confirm(ctx, hold, ra.Proof{OperationID: operationID, Challenge: make([]byte, 32), Signature: []byte{1}, Certificate: []byte{2}})
		}},
	}
	for _, c := range calls {
		first, err := c.do(t.Context())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		second, err := c.do(t.Context())
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("%s again: got %v, %v, want %v", c.name, second, err, first)
		}
		if c.effect != "" && b.ra.effects(c.effect) != 1 {
			t.Errorf("%s: happened %d times, want once", c.name, b.ra.effects(c.effect))
		}
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	if err := b.client.Ping(ctx); err != nil {
		t.Error(err)
	}
	shown := b.ra.known()
	if renewal, err := b.client.Renew(ctx, []byte("csr")); err != nil || string(renewal.Certificate) != shown+"csr" {
		t.Errorf("renewal: got %x, %v, want it made of the certificate that was shown", renewal.Certificate, err)
	}
	kiosk, err := b.client.Kiosk(ctx)
	if err != nil || kiosk.ID != "k1" {
		t.Errorf("kiosk: got %v, %v", kiosk, err)
	}
	projects, err := b.client.Projects(ctx)
	if err != nil || len(projects) != 1 || projects[0].Name.ZH != "电子印章" {
		t.Errorf("projects: got %v, %v", projects, err)
	}
	session, err := b.client.LogIn(ctx, "13800138000", "correct1")
	if err != nil || session.Token != token || !session.Expires.Equal(fixed.Add(30*time.Minute)) {
		t.Errorf("log in: got %v", err)
	}
	if session, err := b.client.Session(ctx, token); err != nil || session.Membership.ID != member.ID || session.Token != "" {
		t.Errorf("session: got %v", err)
	}
	if orders, err := b.client.Orders(ctx, token); err != nil || len(orders) != 1 {
		t.Errorf("orders: got %v, %v", orders, err)
	}
	if order, err := b.client.Order(ctx, token, orderID); err != nil || order.Number != "XH03-000127-8" {
		t.Errorf("order: got %v, %v", order, err)
	}
	key := ra.KeyIdentity{Manufacturer: "a maker & co", Model: "m", Serial: "S1"}
	if s, err := b.client.KeyStatus(ctx, token, key); err != nil || s.Operation == nil || s.Operation.ID != operationID || s.Operation.Key != key {
		t.Errorf("a key, logged in: got %+v, %v", s, err)
	}
	if s, err := b.client.KeyStatus(ctx, "", key); err != nil || !s.Waiting || s.Operation != nil {
		t.Errorf("a key, by nobody: got %+v, %v", s, err)
	}
	if r, err := b.client.KeyRecord(ctx, token, key); err != nil || r.Key != key || len(r.Certificates) != 1 {
		t.Errorf("a key's record: got %+v, %v", r, err)
	}
	if err := b.client.PINChange(ctx, "", ra.PINChange{ID: operationID, Key: key, As: ra.PINBegun}); err != nil {
		t.Errorf("a change of PIN: got %v", err)
	}
	if s, err := b.client.KeyStatus(ctx, "", ra.KeyIdentity{Serial: "S2"}); err != nil || s.Known {
		t.Errorf("another key: got %+v, %v", s, err)
	}
}

func TestErrorsKeepTheirCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	cases := []struct {
		name string
		do   func() error
		want *ra.Error
	}{
		{"a wrong password", func() error { _, err := b.client.LogIn(ctx, "x", "wrong"); return err }, ra.E(ra.CodeLoginWrong, "left", "4").At("password")},
		{"an expired session", func() error { _, err := b.client.Orders(ctx, "old"); return err }, ra.E(ra.CodeSessionOver)},
		{"no membership chosen", func() error { _, err := b.client.Orders(ctx, "unset"); return err }, ra.E(ra.CodeMembershipUnset)},
		{"another's membership", func() error { _, err := b.client.Choose(ctx, token, "m2"); return err }, ra.E(ra.CodeNotFound)},
		{"joining with an expired session", func() error { _, err := b.client.Register(ctx, "old", registration()); return err }, ra.E(ra.CodeSessionOver)},
		{"a wrong old password", func() error { return b.client.ChangePassword(ctx, token, "x", "correct2") }, ra.E(ra.CodePasswordWrong, "left", "4").At("old")},
		{"no session", func() error { _, err := b.client.Orders(ctx, ""); return err }, ra.E(ra.CodeSessionOver)},
		{"another's order", func() error { _, err := b.client.Order(ctx, token, "else"); return err }, ra.E(ra.CodeNotFound)},
		{"an old version", func() error { _, err := b.client.Cancel(ctx, token, orderID, 7); return err }, ra.E(ra.CodeConflict)},
		{"an empty registration", func() error { _, err := b.client.Register(ctx, "", ra.Registration{}); return err }, ra.E(ra.CodeRequired).At("login")},
		{"a wrong authorization code", func() error {
			_, err := b.client.Reserve(ctx, token, ra.Reservation{OperationID: operationID, AuthCode: "0"})
			return err
		}, ra.E(ra.CodeAuthCodeWrong, "left", "2")},
		{"the issuer away", func() error { _, err := b.client.Certify(ctx, hold, []byte("away"), 1); return err }, ra.E(ra.CodeIssuerAway)},
		{"a wrong enrolment code", func() error { _, err := b.client.Enrol(ctx, api.EnrolRequest{Code: "1", CSR: []byte("x")}); return err }, ra.E(ra.CodeEnrolmentCode)},
		{"enrolled anew with another's signature", func() error {
			_, err := b.client.Enrol(ctx, api.EnrolRequest{Code: "12345678", CSR: []byte("x"), Previous: &ra.Previous{Fingerprint: []byte("x"), Signature: []byte("x")}})
			return err
		}, ra.E(ra.CodeRequestBad).At("previous")},
		{"a renewal too early", func() error { _, err := b.client.Renew(ctx, []byte("early")); return err }, ra.E(ra.CodeRenewalEarly)},
		{"an id that is a path", func() error { _, err := b.client.Order(ctx, token, "../kiosk"); return err }, ra.E(ra.CodeNotFound)},
	}
	for _, c := range cases {
		var got *ra.Error
		if err := c.do(); !errors.As(err, &got) || got.Code != c.want.Code || got.Field != c.want.Field || got.Args["left"] != c.want.Args["left"] {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	unknown := b.ca.leaf(t, "k2", x509.ExtKeyUsageClientAuth)
	for name, client := range map[string]*api.Client{"no certificate": b.dial(t, nil), "not enrolled": b.dial(t, &unknown)} {
		if err := client.Ping(t.Context()); err != nil {
			t.Errorf("%s: ping: %v", name, err)
		}
		if _, err := client.Enrol(t.Context(), api.EnrolRequest{Code: "12345678", CSR: []byte("csr")}); err != nil {
			t.Errorf("%s: enrol: %v", name, err)
		}
		if _, err := client.Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeKioskUnknown {
			t.Errorf("%s: got %v, want %q", name, err, ra.CodeKioskUnknown)
		}
		if _, err := client.Renew(t.Context(), []byte("csr")); ra.CodeOf(err) != ra.CodeKioskUnknown {
			t.Errorf("%s: renew: got %v, want %q", name, err, ra.CodeKioskUnknown)
		}
		if err := client.Upload(t.Context(), hash(picture(1)), picture(1)); err == nil {
			t.Errorf("%s: an upload went through", name)
		}
	}
	foreign := newAuthority(t).leaf(t, "k1", x509.ExtKeyUsageClientAuth)
	if _, err := b.dial(t, &foreign).Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeOfficeAway && ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("another CA's certificate: got %v", err)
	}
}

func TestPanicIsAnInternalErrorAndTellsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ra.panics = true
	_, err := b.client.Projects(t.Context())
	if ra.CodeOf(err) != ra.CodeOfficeError || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want %q", err, ra.CodeOfficeError)
	}
	if err := b.client.Ping(t.Context()); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	_, _ = b.client.LogIn(ctx, "13800138000", "correct1")
	_, _ = b.client.Reserve(ctx, token, ra.Reservation{OperationID: operationID, AuthCode: "87654321", Key: ra.KeyIdentity{Serial: "S1"}})
	_, _ = b.client.Challenge(ctx, hold)
	_, _ = b.client.KeyStatus(ctx, "", ra.KeyIdentity{Serial: "SERIAL-9"})
	log := b.log.String()
	for _, secret := range []string{"13800138000", "correct1", token, "87654321", "SERIAL-9", "admin-secret", "ticket-secret", "presence-secret"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log, "route=\"PUT /v1/operations/{operation}\"") || !strings.Contains(log, "kiosk=k1") {
		t.Errorf("got %s, want a line per request", log)
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cases := map[string]string{
		"no JSON":      `{"code":`,
		"a wrong type": `{"code":98765431,"csr":"QQ=="}`,
		"too long":     `{"code":"` + strings.Repeat("7", api.MaxJSONBytes) + `","csr":"QQ=="}`,
		"missing":      `{}`,
	}
	for name, body := range cases {
		resp, err := b.plain(t).Post(b.http.URL+api.CallEnrol.Path(), "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || resp.Header.Get("Content-Type") != api.ProblemType ||
			!strings.Contains(string(got), `"code":"invalid"`) || strings.Contains(string(got), "98765431") {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, got)
		}
	}
}

func TestChangesWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	changes, cursor, err := b.client.Changes(t.Context(), "", time.Minute)
	if err != nil || len(changes) != 0 || cursor != "10" {
		t.Fatalf("got %v, %q, %v, want a cursor at once", changes, cursor, err)
	}
	go func() { b.ra.news <- struct{}{} }()
	changes, cursor, err = b.client.Changes(t.Context(), cursor, time.Minute)
	if err != nil || len(changes) != 1 || cursor != "11" {
		t.Errorf("got %v, %q, %v, want one change", changes, cursor, err)
	}
	changes, cursor, err = b.client.Changes(t.Context(), cursor, time.Millisecond)
	if err != nil || len(changes) != 0 || cursor != "11" {
		t.Errorf("got %v, %q, %v, want nothing new", changes, cursor, err)
	}
}

func TestChangesEndWhenTheServerCloses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.Close()
	changes, cursor, err := b.client.Changes(t.Context(), "10", time.Minute)
	if err != nil || len(changes) != 0 || cursor != "10" {
		t.Errorf("got %v, %q, %v, want the same cursor", changes, cursor, err)
	}
}

func TestPKIIsOpenToAnybody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{
		api.PathCRL: "crl", api.PathCRLPEM: "BEGIN X509 CRL", api.PathCA: "BEGIN CERTIFICATE",
	} {
		resp, err := b.plain(t).Get(b.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(got), want) {
			t.Errorf("GET %s: got %d %q", path, resp.StatusCode, got)
		}
	}
}

// TestPKIOfOneCA: lists and certificates of each CA have addresses of their own, and caches learn how long a list is good.
func TestPKIOfOneCA(t *testing.T) {
	t.Parallel()
	b := setup(t)
	get := func(path, tag string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.http.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", tag)
		resp, err := b.plain(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	for path, kind := range map[string]string{"/crl/ca": "application/pkix-crl", "/ca/ca": "application/pkix-cert", "/crl/other": "", "/ca/other": ""} {
		want := http.StatusOK
		if kind == "" {
			want, kind = http.StatusNotFound, "application/problem+json"
		}
		if resp := get(path, ""); resp.StatusCode != want || resp.Header.Get("Content-Type") != kind {
			t.Errorf("GET %s: got %d %s, want %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"), want, kind)
		}
	}
	list := get("/crl/ca", "").Header
	if got := list.Get("Cache-Control"); !strings.HasPrefix(got, "max-age=60, public") {
		t.Errorf("a list: got %q, want a minute", got)
	}
	if again := get("/crl/ca", list.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same list again: got %d, want %d", again.StatusCode, http.StatusNotModified)
	}
}

func TestNobodyAnswersAWrongAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	resp, err := b.plain(t).Get(b.http.URL + "/wp-login.php")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %d, want %d", resp.StatusCode, http.StatusForbidden)
	}
}
