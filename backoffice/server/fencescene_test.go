package server_test

import (
	"crypto/tls"
	"fmt"
	"math/big"
	"net/http"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// caller is who sends a request: the client certificate, the session's token, and what it makes of a hold on an operation.
type caller struct {
	web   *http.Client
	token string
	hold  func(ra.Hold, request) ra.Hold // nil: shows it as it is
}

// fenceScene is a hall with everybody who may come to its fence. The hall's kiosk is the one whose requests are good; its person is
// a member of two organisations here, and of one in another project.
type fenceScene struct {
	*servicetest.Hall
	t       *testing.T
	bench   *bench
	callers map[string]caller       // by column
	clients map[string]*http.Client // by who shows the certificate
	near    servicetest.Identity    // another kiosk of the hall
	far     servicetest.Identity    // a kiosk of another hall, which offers another project

	login, password string // of the person
	mine            ra.Membership
	otherOrg        ra.Membership    // of the same person, in another organisation
	elsewhere       ra.Membership    // of the same person, in the other project
	colleague       ra.Membership    // confirmed, of the same organisation
	claimed         ra.Membership    // only claimed, of the same organisation
	held            *servicetest.Key // that the person holds
	badge           *servicetest.Key // the supervisor's
	n               int              // running number for what must differ
}

func newFenceScene(t *testing.T) *fenceScene {
	t.Helper()
	hall, b := realBench(t)
	s := &fenceScene{Hall: hall, t: t, bench: b, clients: map[string]*http.Client{}, password: "hangzhou2027"}
	hall.Elsewhere(t)
	s.kiosks()
	s.people()
	s.logIn()
	return s
}

// kiosks enrols them two years before the test begins, so that each may ask for its next certificate.
func (s *fenceScene) kiosks() {
	before := s.IdentityAt(s.t, "XH05", servicetest.HallID)
	s.used(before)
	own := s.Reenrolled(s.t, before, servicetest.HallID)
	replaced := s.IdentityAt(s.t, "XH06", servicetest.HallID)
	s.IdentityAt(s.t, "XH06", servicetest.HallID)
	blocked := s.IdentityAt(s.t, "XH07", servicetest.HallID)
	s.near = s.IdentityAt(s.t, "XH08", servicetest.HallID)
	s.far = s.IdentityAt(s.t, "BJ01", servicetest.OtherHallID, servicetest.OtherProjectID)
	for _, who := range []servicetest.Identity{own, replaced, blocked, s.near, s.far} {
		s.used(who)
	}
	s.must(s.BlockKiosk(s.t.Context(), s.Admin, blocked.Kiosk.ID, "x"))
	s.Clock.Advance(2 * 365 * 24 * time.Hour)
	s.Kiosk = own.Kiosk
	for _, who := range []servicetest.Identity{own, blocked, s.near, s.far} { // seen again after that time, which is noted
		s.used(who)
	}
	for name, who := range map[string]servicetest.Identity{"own": own, "old": before, "gone": replaced, "shut": blocked, "near": s.near,
		"far": s.far, "alien": s.alien()} {
		s.clients[name] = s.client(who.Key)
	}
	s.clients["none"] = s.client(nil)
}

// used shows the kiosk's certificate, for the first time or again.
func (s *fenceScene) used(who servicetest.Identity) {
	s.t.Helper()
	if _, err := s.KioskByCertificate(s.t.Context(), who.Key.Certificate); err != nil && ra.CodeOf(err) != ra.CodeKioskUnknown && ra.CodeOf(err) != ra.CodeKioskBlocked {
		s.t.Fatal(err)
	}
}

// alien has a certificate that looks as a kiosk's does, of another CA.
func (s *fenceScene) alien() servicetest.Identity {
	key := servicetest.NewKey(s.t)
	now := s.Clock.Now()
	var err error
	key.Certificate, err = servicetest.NewIssuer(s.t).IssueKiosk(s.t.Context(), book.KioskIssueRequest{PublicKey: key.Private.Public(),
		CommonName: s.Kiosk.ID, SerialNumber: big.NewInt(7), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)})
	s.must(err)
	return servicetest.Identity{Key: key}
}

// client shows the key's certificate whatever CA the server asks for; nil: none.
func (s *fenceScene) client(key *servicetest.Key) *http.Client {
	config := s.bench.tls(nil)
	if key != nil {
		own := &tls.Certificate{Certificate: [][]byte{key.Certificate}, PrivateKey: key.Private}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	transport := &http.Transport{TLSClientConfig: config}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// people registers everybody and makes one key, whose certificate is the customer's.
func (s *fenceScene) people() {
	mine := s.Hall.Registration(s.t)
	mine.Password, s.login = s.password, mine.Login
	s.mine = s.registered(s.Kiosk, mine)
	other := s.joining()
	s.otherOrg = s.registered(s.Kiosk, other)
	there := mine
	there.ID, there.ProjectID = servicetest.ID(s.t), servicetest.OtherProjectID
	s.elsewhere = s.registered(s.far.Kiosk, there)
	s.colleague, s.claimed = s.Registered(s.t), s.Registered(s.t)
	s.Approved(s.t, s.colleague, 1)
	order, code := s.Approved(s.t, s.mine, 1)
	_, _, key := s.Made(s.t, s.mine, order, code)
	s.clients["buyer"], s.held = s.client(key), key
}

func (s *fenceScene) registered(kiosk ra.Kiosk, r ra.Registration) ra.Membership {
	s.t.Helper()
	m, err := s.Register(s.t.Context(), kiosk, r)
	s.must(err)
	return m
}

// joining is the person's registration for an organisation that nobody acts for.
func (s *fenceScene) joining() ra.Registration {
	r := s.Hall.Registration(s.t)
	s.n++
	first17 := fmt.Sprintf("91110000MA%07d", s.n)
	r.Organisation.CreditCode = first17 + string(ra.CreditCheck(first17))
	r.Login, r.Password, r.Handler.Mobile = s.login, s.password, s.login
	return r
}

// logIn opens everybody's session afresh and lays out the columns.
func (s *fenceScene) logIn() {
	at := func(kiosk ra.Kiosk, m ra.Membership) string {
		return s.LoggedIn(s.t, kiosk, s.login, s.password, m.ID)
	}
	colleague := func(m ra.Membership) string {
		return s.LoggedIn(s.t, s.Kiosk, m.Login, servicetest.Password, m.ID)
	}
	own, second, ended := at(s.Kiosk, s.mine), at(s.near.Kiosk, s.mine), at(s.Kiosk, s.mine)
	s.must(s.LogOut(s.t.Context(), s.Kiosk, ended))
	s.callers = map[string]caller{
		"near": {web: s.clients["near"], token: second},
		"far":  {web: s.clients["far"], token: at(s.far.Kiosk, s.elsewhere)},
	}
	for _, column := range []string{"own", "none", "alien", "buyer", "old", "gone", "shut"} {
		s.callers[column] = caller{web: s.clients[column], token: own}
	}
	for column, token := range map[string]string{"out": "", "ended": ended, "stray": second, "mate": colleague(s.colleague),
		"claim": colleague(s.claimed), "other": at(s.Kiosk, s.otherOrg), "unset": at(s.Kiosk, ra.Membership{}), "key": s.KeySession(s.t, s.Kiosk, s.held), "slip": s.slipSession()} {
		s.callers[column] = caller{web: s.clients["own"], token: token}
	}
	for column, hold := range map[string]func(ra.Hold, request) ra.Hold{
		"blank": func(h ra.Hold, _ request) ra.Hold { h.Ticket = ""; return h },
		"dead":  func(h ra.Hold, r request) ra.Hold { h.Ticket = r.dead; return h },
		"alone": func(h ra.Hold, _ request) ra.Hold { h.Presence = ""; return h },
	} {
		s.callers[column] = caller{web: s.clients["own"], token: own, hold: hold}
	}
}

// slipSession is a session that is about an order of the person's which no request is about.
func (s *fenceScene) slipSession() string {
	s.forgetResets()
	number := s.Placed(s.t, s.mine, 1).Number
	s.must(s.AskSlipCode(s.t.Context(), s.Kiosk, number))
	session, err := s.LogInBySlip(s.t.Context(), s.Kiosk, number, s.lastCode())
	s.must(err)
	return session.Token
}

// moved makes the request at one more kiosk of the hall, which is then enrolled anew where the project is not offered.
func (s *fenceScene) moved(good func(*fenceScene) request) (caller, request) {
	s.n++
	who := s.IdentityAt(s.t, fmt.Sprintf("XM%02d", s.n%100), servicetest.HallID)
	token := s.LoggedIn(s.t, who.Kiosk, s.login, s.password, s.mine.ID)
	kiosk, own := s.Kiosk, s.clients["own"]
	s.Kiosk, s.clients["own"] = who.Kiosk, s.client(who.Key)
	r := good(s)
	s.Kiosk, s.clients["own"] = kiosk, own
	next := s.Reenrolled(s.t, who, servicetest.OtherHallID, servicetest.OtherProjectID)
	s.used(next)
	return caller{web: s.client(next.Key), token: token}, r
}

func (s *fenceScene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
