package server_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func plain(*fenceScene) request { return request{} }

func in(name, value string) request { return request{path: map[string]string{name: value}} }

func (s *fenceScene) ocsp() []byte {
	ca, err := x509.ParseCertificate(s.CA())
	s.must(err)
	der, err := ocsp.CreateRequest(ca, ca, nil)
	s.must(err)
	return der
}

func (s *fenceScene) enrol() request {
	s.n++
	code := s.CodeFor(s.t, "NE"+strconv.Itoa(10+s.n%90), servicetest.HallID)
	return request{body: api.EnrolRequest{Code: code, CSR: servicetest.NewKey(s.t).Request(s.t, nil)}}
}

// answers are what the person's key signed at the hall's kiosk as it is now, a fresh one for each time that it is sent: each is good once.
func (s *fenceScene) answers(purpose ra.KeyPurpose) fresh { return s.answersOf(purpose, s.held) }

// answersOf is answers for another key.
func (s *fenceScene) answersOf(purpose ra.KeyPurpose, key *servicetest.Key) fresh {
	kiosk := s.Kiosk
	caller := intake.Caller{}
	if purpose.ByPerson() {
		caller.PersonID = s.mine.PersonID
	}
	next := s.Answer(s.t, kiosk, caller, purpose, key)
	sent := false
	return func() any {
		if sent {
			next = s.Answer(s.t, kiosk, caller, purpose, key)
		}
		sent = true
		return next
	}
}

func (s *fenceScene) newPassword() request {
	s.n++
	return request{body: api.PasswordRequest{Old: s.password, Password: "hangzhou" + strconv.Itoa(3000+s.n)}}
}

// asksSlipCode is a request for a code, as if nobody had asked for one before.
func (s *fenceScene) asksSlipCode() request {
	number := s.Placed(s.t, s.mine, 1).Number
	return request{body: fresh(func() any {
		s.forgetResets()
		return api.SlipCodeRequest{Number: number}
	})}
}

// opensSlip is a request for a session of one order, with another code once the one before was used.
func (s *fenceScene) opensSlip() request {
	order := s.Placed(s.t, s.mine, 1)
	code := ""
	next := func() any {
		var there bool
		s.must(s.Store.Pool().QueryRow(s.t.Context(), `SELECT EXISTS (SELECT FROM authorization_codes WHERE order_id = $1)`, order.ID).Scan(&there))
		if !there {
			s.forgetResets()
			s.must(s.AskSlipCode(s.t.Context(), s.Kiosk, order.Number))
			code = s.lastCode()
		}
		return api.SlipLogInRequest{Number: order.Number, Code: code}
	}
	next()
	return request{body: fresh(next)}
}

func (s *fenceScene) anOrder() request { return in("order", s.Placed(s.t, s.mine, 1).ID) }

func (s *fenceScene) place() request {
	s.n++
	a := s.Application(s.t, 1)
	a.Number = ra.OrderNumber(s.Kiosk.Prefix, int64(1000+s.n))
	return request{body: a}
}

func (s *fenceScene) submit() request {
	r := s.anOrder()
	for _, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialIdentity, ra.MaterialForm} {
		s.Page(s.t, s.mine, r.path["order"], kind)
	}
	return r
}

func (s *fenceScene) scan() ra.Page {
	s.n++
	scan, page := servicetest.Scan(s.t, 1000+s.n)
	s.must(s.StoreBlob(s.t.Context(), s.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes))
	return page
}

func (s *fenceScene) addPage() request {
	r, page := s.anOrder(), s.scan()
	r.path["kind"], r.path["page"], r.body = string(ra.MaterialLicence), page.ID, page
	return r
}

func (s *fenceScene) removePage() request {
	r := s.anOrder()
	order := s.Page(s.t, s.mine, r.path["order"], ra.MaterialLicence)
	r.path["kind"], r.path["page"] = string(ra.MaterialLicence), order.Paper(ra.MaterialLicence).Pages[0].ID
	return r
}

// mandate is an application that the person left with the hall's kiosk.
func (s *fenceScene) mandate() request {
	a := s.place().body.(ra.Application)
	r := in("order", a.ID)
	r.body = s.sealed(ra.Mandate{OrderID: a.ID, Application: &a})
	return r
}

// sealed is a mandate as the person gives it in a session at the hall's kiosk.
func (s *fenceScene) sealed(m ra.Mandate) ra.Mandate {
	session, err := s.LogIn(s.t.Context(), s.Kiosk, s.login, s.password)
	s.must(err)
	m.MembershipID = s.mine.ID
	m, err = session.Mandate.Seal(s.Kiosk.ID, m)
	s.must(err)
	return m
}

// given is a request about an order for which the hall's kiosk has the mandate to hand it in, with these pages.
func (s *fenceScene) given(r request, pages ...ra.MandatePage) request {
	s.must(s.GiveMandate(s.t.Context(), s.Kiosk, s.sealed(ra.Mandate{OrderID: r.path["order"], Pages: pages, Submit: true})))
	return r
}

func (s *fenceScene) mandatePage() request {
	r, page := s.anOrder(), s.scan()
	r.path["page"] = page.ID
	return s.given(r, ra.MandatePage{Material: ra.MaterialLicence, Page: page})
}

// upload begins the upload of a scan that nobody has sent yet.
func (s *fenceScene) upload() (data []byte, r request) {
	s.n++
	data, page := servicetest.Scan(s.t, 2000+s.n)
	r = in("sha256", page.SHA256)
	r.header = map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": strconv.Itoa(len(data)),
		"Upload-Metadata": "sha256 " + base64.StdEncoding.EncodeToString([]byte(page.SHA256))}
	return data, r
}

// begun is an upload that the hall's kiosk has begun.
func (s *fenceScene) begun() (request, []byte) {
	data, r := s.upload()
	if refused, _ := (caller{web: s.clients["own"]}).send(s.bench.http.URL, http.MethodPost+" "+api.PathUploads, r); refused != "" {
		s.t.Fatalf("beginning an upload: %s", refused)
	}
	r.header = map[string]string{"Tus-Resumable": "1.0.0"}
	return r, data
}

// changes waits until an order that was placed just now can be read from the feed.
func (s *fenceScene) changes() request {
	ctx := s.t.Context()
	_, cursor, err := s.Changes(ctx, s.Kiosk, "", 0)
	s.must(err)
	order := s.Placed(s.t, s.mine, 1)
	all, _, err := s.Changes(ctx, s.Kiosk, cursor, 30*time.Second)
	s.must(err)
	if len(all) == 0 {
		s.t.Fatal("the feed does not tell of the order")
	}
	return request{query: url.Values{"after": {cursor}, "wait": {"0"}}, mark: order.ID}
}

func (s *fenceScene) reserve() request {
	order, code := s.Approved(s.t, s.mine, 1)
	reservation := servicetest.Reservation(s.t, order, code, servicetest.NewKey(s.t))
	r := in("operation", reservation.OperationID)
	r.body = reservation
	return r
}

func (s *fenceScene) key() request {
	o := s.reserved()
	return request{mark: o.hold.OperationID, query: url.Values{"serial": {o.key.Identity.Serial}, "manufacturer": {o.key.Identity.Manufacturer},
		"model": {o.key.Identity.Model}}}
}

// made is a key with a certificate of the organisation, confirmed by now.
func (s *fenceScene) made() request {
	order, code := s.Approved(s.t, s.mine, 1)
	_, _, key := s.Made(s.t, s.mine, order, code)
	s.mine = s.MemberAgain(s.t, s.mine)
	return request{mark: key.Identity.Serial, query: url.Values{"serial": {key.Identity.Serial}, "manufacturer": {key.Identity.Manufacturer}, "model": {key.Identity.Model}}}
}

// pinChange begins on a key that is known.
func (s *fenceScene) pinChange() request {
	o := s.reserved()
	r := in("change", servicetest.ID(s.t))
	r.body = api.PINChangeRequest{Key: o.key.Identity, As: ra.PINBegun}
	return r
}

// onKey is a write to a key at the hall's kiosk, and the request about it.
type onKey struct {
	request
	key     *servicetest.Key
	release ra.Release
}

// reserved went to the other kiosk and came back, so that an earlier ticket of it is dead.
func (s *fenceScene) reserved() onKey {
	order, code := s.Approved(s.t, s.mine, 1)
	o := onKey{key: servicetest.NewKey(s.t)}
	o.release = s.Reserved(s.t, s.mine, order, code, o.key)
	o.request = in("operation", o.release.Operation.ID)
	o.dead = o.release.Ticket
	for _, kiosk := range []ra.Kiosk{s.near.Kiosk, s.Kiosk} {
		resumed, err := s.Resume(s.t.Context(), kiosk, s.mine, ra.Resumption{OperationID: o.release.Operation.ID, AuthCode: code})
		s.must(err)
		o.release.Ticket, o.release.Presence = resumed.Ticket, resumed.Presence
	}
	o.hold = o.release.Hold()
	return o
}

func (s *fenceScene) certified() onKey {
	o := s.reserved()
	s.Certified(s.t, o.release, o.key)
	return o
}

// extending is an extension, of a certificate that is new, that was begun at the hall's kiosk.
func (s *fenceScene) extending() request {
	s.Project.Window.BeforeDays = 5000
	s.PutProject(s.t, 1, s.Project)
	order, code := s.Approved(s.t, s.mine, 1)
	done, _, key := s.Made(s.t, s.mine, order, code)
	s.mine = s.MemberAgain(s.t, s.mine)
	order = s.Passed(s.t, s.mine, s.On(s.t, ra.KindExtend, ra.ReasonNone, done.Unit.CertificateID))
	r := servicetest.Reservation(s.t, order, "", key)
	r.CertificateID, r.Attempt.ID = done.Unit.CertificateID, ""
	_, err := s.Reserve(s.t.Context(), s.Kiosk, s.mine, r)
	s.must(err)
	return in("operation", r.OperationID)
}

// holding is the list of certificates with one of the person's that was proven just now.
func (s *fenceScene) holding() request {
	order, code := s.Approved(s.t, s.mine, 1)
	done, _, _ := s.Made(s.t, s.mine, order, code)
	s.mine = s.MemberAgain(s.t, s.mine)
	return request{mark: done.Unit.CertificateID}
}

// restoring is a key of the person's that staff suspended as lost, with what it signed.
func (s *fenceScene) restoring() request {
	order, code := s.Approved(s.t, s.mine, 1)
	done, _, key := s.Made(s.t, s.mine, order, code)
	s.mine = s.MemberAgain(s.t, s.mine)
	s.Clock.Advance(time.Second) // they were confirmed before
	_, err := s.Rule(s.t.Context(), book.Command(), book.Ruling{CertificateID: done.Unit.CertificateID, Act: ra.ActSuspend, Ground: ra.GroundLost, Note: "x"})
	s.must(err)
	r := in("certificate", done.Unit.CertificateID)
	r.body = s.answersOf(ra.KeyPurposeRestore, key)
	return r
}

// staffLogIn is a login of the supervisor by what their key signed at the hall's kiosk as it is now, a fresh one for each time.
func (s *fenceScene) staffLogIn() fresh {
	kiosk := s.Kiosk
	if s.badge == nil {
		s.badge = s.BoundKey(s.t, s.Supervisor)
	}
	next := s.StaffAnswer(s.t, kiosk, s.badge)
	sent := false
	return func() any {
		if sent {
			next = s.StaffAnswer(s.t, kiosk, s.badge)
		}
		sent = true
		return ra.StaffLogIn{Login: s.Supervisor.Login, Password: servicetest.Password, Key: next}
	}
}

// staffed shows a session of the supervisor's at the hall's kiosk.
func (s *fenceScene) staffed() map[string]string {
	if s.badge == nil {
		s.badge = s.BoundKey(s.t, s.Supervisor)
	}
	return map[string]string{api.StaffHeader: s.StaffAt(s.t, s.Kiosk, s.Supervisor, s.badge).Token}
}
