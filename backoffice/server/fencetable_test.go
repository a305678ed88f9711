package server_test

import (
	"encoding/base64"
	"strconv"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// fence is the contract of who may ask for what: a row for each route that the server answers to, a column for each caller, who
// sends the same request as own does, good in everything but the caller. Each part is tried in a hall of its own. What somebody else
// makes with such a request, an order or a session, is theirs.
//
// A new route is a line here and its request in fenceRequests, below.
//
// The columns, by what is not as it is with own:
//
//	own    nothing: the hall's kiosk, a person logged in there for the organisation that the request is of, a live ticket
//	none   no client certificate
//	alien  a client certificate of another CA
//	buyer  a customer's certificate of the hall's own CA
//	old    the kiosk's certificate from before it was enrolled anew
//	gone   a kiosk whose prefix another one has by now
//	shut   a kiosk that an administrator keeps out
//	out    no session
//	ended  a session that was logged out
//	stray  a session of the person at another kiosk
//	mate   another person, confirmed, of the same organisation
//	claim  another person, who only claims the organisation
//	other  the same person for another organisation
//	unset  the same person before they chose for whom
//	key    a session of another key of the organisation, which the person holds, at the hall's kiosk
//	slip   a session of another order of the person, which a code opened, at the hall's kiosk
//	near   another kiosk of the hall, with a session of the person there
//	far    a kiosk of a hall without the project, with a session of the person there
//	moved  the kiosk was enrolled anew in a hall without the project since the request was made
//	blank  no ticket
//	dead   the ticket from before another kiosk had the operation
//	alone  no proof that the person is there
//
// The words, besides those of fenceWords for a refusal:
//
//	ok     allowed
//	=      allowed, as own is: the request has nothing of it
//	less   allowed, and tells nothing of what own is told of
//	idle   allowed, and changes nothing
const fence = `
                                                            own   none  alien buyer old   gone  shut  out   ended stray mate  claim other unset key   slip  near  far   moved blank dead  alone
GET /healthz                                                ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /openapi.json                                           ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /openapi.yaml                                           ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /openapi-3.0.json                                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /openapi-3.0.yaml                                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /crl                                                    ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /crl/{authority}                                        ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /crl.pem                                                ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /ca.pem                                                 ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /ca/{authority}                                         ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
POST /ocsp                                                  ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /ocsp/{request}                                         ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
POST /v1/enrolments                                         ok    ok    away  ok    ok    ok    ok    =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
GET /v1/kiosk                                               ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     less  less  ok    =     =     =
POST /v1/kiosk/certificate                                  ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     ok    ok    early =     =     =
GET /v1/projects                                            ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     less  less  =     =     =
GET /                                                       404   cert  away  cert  cert  cert  block 404   404   404   404   404   404   404   404   404   404   404   404   404   404   404

POST /v1/memberships                                        ok    cert  away  cert  cert  cert  block ok    login login phone phone ok    ok    keyed order ok    place login =     =     =
POST /v1/accounts                                           ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
PUT /v1/session/membership/applicant                        ok    cert  away  cert  cert  cert  block login login login place place place unset keyed ok    ok    ok    login =     =     =
POST /v1/sessions                                           ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     less  less  =     =     =
GET /v1/session                                             ok    cert  away  cert  cert  cert  block login login login less  less  ok    ok    ok    ok    ok    less  login =     =     =
DELETE /v1/session                                          ok    cert  away  cert  cert  cert  block idle  idle  idle  ok    ok    ok    ok    ok    ok    ok    ok    idle  =     =     =
PUT /v1/session/membership                                  ok    cert  away  cert  cert  cert  block login login login 404   404   ok    ok    keyed order ok    404   login =     =     =
GET /v1/session/membership/agreements/{agreement}/{version} ok    cert  away  cert  cert  cert  block login login login ok    ok    ok    unset keyed order ok    ok    login =     =     =
PUT /v1/session/password                                    ok    cert  away  cert  cert  cert  block login login login wrong wrong ok    ok    keyed order ok    ok    login ok    ok    ok

POST /v1/password-codes                                     ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
POST /v1/passwords                                          ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
POST /v1/mobile-codes                                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     place place =     =     =
POST /v1/mobile-proofs                                      ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     place place =     =     =
POST /v1/slip-codes                                         ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     idle  =     =     =     =
POST /v1/slip-sessions                                      ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     sms   sms   =     =     =

POST /v1/key-challenges                                     ok    cert  away  cert  cert  cert  block ok    login login ok    ok    ok    ok    keyed order ok    kproj login =     =     =
POST /v1/key-sessions                                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     stale stale kproj =     =     =
POST /v1/session/membership/key                             ok    cert  away  cert  cert  cert  block login login login stale stale korg  unset keyed order stale stale login =     =     =

POST /v1/orders                                             ok    cert  away  cert  cert  cert  block login login login ok    ok    ok    unset keyed order bad   bad   login =     =     =
GET /v1/orders                                              ok    cert  away  cert  cert  cert  block login login login less  less  less  unset less  less  ok    less  login =     =     =
GET /v1/orders/{order}                                      ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
GET /v1/certificates                                        ok    cert  away  cert  cert  cert  block login login login ok    less  less  unset less  order ok    less  login =     =     =
POST /v1/certificates/{certificate}/lost                    ok    cert  away  cert  cert  cert  block login login login ok    404   404   unset keyed order idle  404   login =     =     =
POST /v1/certificates/{certificate}/found                   ok    cert  away  cert  cert  cert  block login login login stale 404   404   unset keyed order stale 404   login =     =     =
GET /v1/work                                                ok    cert  away  cert  cert  cert  block login login login less  less  less  unset less  order ok    less  login =     =     =
GET /v1/orders/{order}/certificates                         ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
POST /v1/orders/{order}/code                                ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset keyed 404   ok    404   login =     =     =
POST /v1/orders/{order}/account                             ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
POST /v1/orders/{order}/cancel                              ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
POST /v1/orders/{order}/submit                              ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
PUT /v1/orders/{order}/papers/{kind}/pages/{page}           ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
DELETE /v1/orders/{order}/papers/{kind}/pages/{page}        ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   404   ok    404   login =     =     =
PUT /v1/mandates/{order}                                    ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     over  over  place =     =     =
PUT /v1/mandates/{order}/pages/{page}                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     over  over  place =     =     =
POST /v1/mandates/{order}/submit                            ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     over  over  place =     =     =
HEAD /v1/blobs/{sha256}                                     ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     =     =     =     =     =     =
POST /v1/uploads/                                           ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     ok    ok    ok    =     =     =
HEAD /v1/uploads/{sha256}                                   ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     404   404   ok    =     =     =
PATCH /v1/uploads/{sha256}                                  ok    cert  away  cert  cert  cert  block ok    ok    ok    ok    ok    ok    ok    ok    ok    404   404   ok    ok    ok    ok
GET /v1/changes                                             ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     less  less  ok    =     =     =

GET /v1/key                                                 ok    cert  away  cert  cert  cert  block less  login login less  less  less  less  less  less  ok    less  login =     =     =
GET /v1/key/record                                          ok    cert  away  cert  cert  cert  block login login login ok    404   404   unset kkey  order ok    404   login =     =     =
PUT /v1/pin-changes/{change}                                ok    cert  away  cert  cert  cert  block ok    login login ok    ok    ok    ok    ok    ok    ok    ok    login =     =     =
PUT /v1/operations/{operation}                              ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset kkey  404   ok    404   login =     =     =
GET /v1/operations/{operation}                              ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  =
POST /v1/operations/{operation}/resume                      ok    cert  away  cert  cert  cert  block code  login login 404   404   404   code  404   code  code  404   login code  code  =
POST /v1/operations/{operation}/takeover                    ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   order ok    404   login =     =     =
POST /v1/operations/{operation}/takeover/code               ok    cert  away  cert  cert  cert  block login login login 404   404   404   unset 404   order ok    404   login =     =     =
POST /v1/operations/{operation}/administrator               ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  proof
POST /v1/operations/{operation}/give-back                   ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  proof
POST /v1/operations/{operation}/certificate                 ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  proof
POST /v1/operations/{operation}/challenge                   ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  =
PUT /v1/operations/{operation}/proof                        ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     dead  dead  place dead  dead  =

POST /v1/staff-sessions                                     ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     stale stale ok    =     =     =
GET /v1/staff-session                                       ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     login login login =     =     =
DELETE /v1/staff-session                                    ok    cert  away  cert  cert  cert  block =     =     =     =     =     =     =     =     =     idle  idle  idle  =     =     =
`

// fenceWords are the refusals: none of them leaves anything.
var fenceWords = map[string]ra.Code{
	"away":  ra.CodeOfficeAway, // no connection comes about
	"cert":  ra.CodeKioskUnknown,
	"block": ra.CodeKioskBlocked,
	"login": ra.CodeSessionOver,
	"unset": ra.CodeMembershipUnset,
	"404":   ra.CodeNotFound,  // or the upload protocol's own
	"place": ra.CodeForbidden, // the project is not offered here
	"dead":  ra.CodeTicketDead,
	"proof": ra.CodePresenceOver,
	"over":  ra.CodeMandateOver, // it was given to another kiosk
	"code":  ra.CodeRequired,    // the authorization code
	"bad":   ra.CodeInvalid,     // the order's number is another kiosk's
	"phone": ra.CodeMobileDiffers,
	"wrong": ra.CodePasswordWrong,
	"early": ra.CodeRenewalEarly, // its certificate is new
	"keyed": ra.CodeKeySession,   // not by a key: a person has to log in
	"order": ra.CodeOrderSession, // the session is about one order
	"sms":   ra.CodeSMSCodeOver,  // as of a code that was never sent
	"kkey":  ra.CodeKeyWrong,     // not the key whose session it is
	"korg":  ra.CodeKeyOtherOrganisation,
	"kproj": ra.CodeKeyOtherProject,
	"stale": ra.CodeChallengeStale, // given to another kiosk, or for another person
}

// fenceRequests make a good request for each route, of the person at the hall's kiosk.
var fenceRequests = map[string]func(*fenceScene) request{
	"GET /healthz":          plain,
	"GET /openapi.json":     plain,
	"GET /openapi.yaml":     plain,
	"GET /openapi-3.0.json": plain,
	"GET /openapi-3.0.yaml": plain,
	"GET /crl":              plain,
	"GET /crl.pem":          plain,
	"GET /ca.pem":           plain,
	"GET /crl/{authority}":  func(*fenceScene) request { return in("authority", "ca") },
	"GET /ca/{authority}":   func(*fenceScene) request { return in("authority", "ca") },
	"POST /ocsp":            func(s *fenceScene) request { return request{body: s.ocsp()} },
	"GET /ocsp/{request}":   func(s *fenceScene) request { return in("request", base64.StdEncoding.EncodeToString(s.ocsp())) },
	"POST /v1/enrolments":   (*fenceScene).enrol,
	"GET /v1/kiosk":         func(s *fenceScene) request { return request{mark: s.Kiosk.ID} },
	"GET /v1/projects":      func(*fenceScene) request { return request{mark: `"id":"` + servicetest.ProjectID + `"`} },
	"GET /":                 plain,
	"POST /v1/kiosk/certificate": func(s *fenceScene) request {
		return request{body: api.RenewRequest{CSR: servicetest.NewKey(s.t).Request(s.t, nil)}}
	},

	"POST /v1/memberships": func(s *fenceScene) request { return request{body: s.joining()} },
	"POST /v1/accounts": func(s *fenceScene) request {
		return request{body: api.LogInRequest{Login: s.login, Password: s.password}}
	},
	"POST /v1/key-challenges": func(s *fenceScene) request {
		return request{body: s.held.Asked(ra.KeyPurposeLogin), mark: `"nonce"`}
	},
	"POST /v1/key-sessions": func(s *fenceScene) request {
		return request{body: s.answers(ra.KeyPurposeLogin), mark: s.held.Identity.Serial}
	},
	"POST /v1/session/membership/key": func(s *fenceScene) request {
		return request{body: s.answers(ra.KeyPurposeMember), mark: s.mine.ID}
	},
	"POST /v1/password-codes": func(s *fenceScene) request {
		s.forgetResets()
		return request{body: api.ForgotRequest{Login: s.login}}
	},
	"POST /v1/passwords": func(s *fenceScene) request {
		return request{body: api.RecoverRequest{Login: s.login, Code: s.resetCode(), Password: s.password + "x"}}
	},
	"POST /v1/mobile-codes": func(s *fenceScene) request {
		s.provesMobiles()
		return request{body: api.MobileCodeRequest{RegistrationID: servicetest.ID(s.t), ProjectID: servicetest.ProjectID, Mobile: s.login, Name: "李四"}}
	},
	"POST /v1/mobile-proofs": func(s *fenceScene) request {
		s.provesMobiles()
		id := servicetest.ID(s.t)
		s.must(s.AskMobileCode(s.t.Context(), s.Kiosk, id, servicetest.ProjectID, ra.Person{Name: "李四", Mobile: s.login}))
		return request{body: api.MobileProofRequest{RegistrationID: id, ProjectID: servicetest.ProjectID, Mobile: s.login, Code: s.lastCode()}}
	},
	"POST /v1/slip-codes":    (*fenceScene).asksSlipCode,
	"POST /v1/slip-sessions": (*fenceScene).opensSlip,
	"PUT /v1/session/membership/applicant": func(s *fenceScene) request {
		return request{body: api.AmendRequest{Applicant: s.mine.Applicant()}}
	},
	"POST /v1/sessions": func(s *fenceScene) request {
		return request{body: api.LogInRequest{Login: s.login, Password: s.password}, mark: s.mine.ID}
	},
	"GET /v1/session":            func(s *fenceScene) request { return request{mark: s.mine.ID} },
	"DELETE /v1/session":         plain,
	"PUT /v1/session/membership": func(s *fenceScene) request { return request{body: api.ChooseRequest{ID: s.mine.ID}} },
	"GET /v1/session/membership/agreements/{agreement}/{version}": func(s *fenceScene) request {
		return request{path: map[string]string{"agreement": s.mine.Agreed[0].AgreementID, "version": strconv.Itoa(s.mine.Agreed[0].Version)}, mark: "\"version\""}
	},
	"PUT /v1/session/password": (*fenceScene).newPassword,

	"POST /v1/orders":        (*fenceScene).place,
	"GET /v1/orders":         func(s *fenceScene) request { return request{mark: s.Placed(s.t, s.mine, 1).ID} },
	"GET /v1/orders/{order}": (*fenceScene).anOrder,
	"POST /v1/orders/{order}/code": func(s *fenceScene) request {
		order, _ := s.Approved(s.t, s.mine, 1)
		return in("order", order.ID)
	},
	"GET /v1/orders/{order}/certificates":       (*fenceScene).anOrder,
	"GET /v1/certificates":                      (*fenceScene).holding,
	"POST /v1/certificates/{certificate}/lost":  func(s *fenceScene) request { return in("certificate", s.holding().mark) },
	"POST /v1/certificates/{certificate}/found": (*fenceScene).restoring,
	"GET /v1/work": func(s *fenceScene) request {
		order, _ := s.Approved(s.t, s.mine, 1)
		return request{mark: order.ID}
	},
	"POST /v1/orders/{order}/account": (*fenceScene).anOrder,
	"POST /v1/orders/{order}/submit":  (*fenceScene).submit,
	"POST /v1/orders/{order}/cancel": func(s *fenceScene) request {
		r := s.anOrder()
		r.body = api.CancelRequest{Version: 1}
		return r
	},
	"PUT /v1/orders/{order}/papers/{kind}/pages/{page}":    (*fenceScene).addPage,
	"DELETE /v1/orders/{order}/papers/{kind}/pages/{page}": (*fenceScene).removePage,
	"PUT /v1/mandates/{order}":                             (*fenceScene).mandate,
	"PUT /v1/mandates/{order}/pages/{page}":                (*fenceScene).mandatePage,
	"POST /v1/mandates/{order}/submit":                     func(s *fenceScene) request { return s.given(s.submit()) },
	"HEAD /v1/blobs/{sha256}":                              func(s *fenceScene) request { return in("sha256", s.scan().SHA256) },
	"POST /v1/uploads/":                                    func(s *fenceScene) request { _, r := s.upload(); return r },
	"HEAD /v1/uploads/{sha256}":                            func(s *fenceScene) request { r, _ := s.begun(); return r },
	"PATCH /v1/uploads/{sha256}": func(s *fenceScene) request {
		r, data := s.begun()
		r.header["Content-Type"], r.header["Upload-Offset"], r.body = "application/offset+octet-stream", "0", data
		return r
	},
	"GET /v1/changes": (*fenceScene).changes,

	"GET /v1/key":                    (*fenceScene).key,
	"GET /v1/key/record":             (*fenceScene).made,
	"PUT /v1/pin-changes/{change}":   (*fenceScene).pinChange,
	"PUT /v1/operations/{operation}": (*fenceScene).reserve,
	"GET /v1/operations/{operation}": func(s *fenceScene) request { return s.reserved().request },
	"POST /v1/operations/{operation}/resume": func(s *fenceScene) request {
		o := s.reserved()
		o.body = ra.Resumption{OperationID: o.hold.OperationID}
		return o.request
	},
	"POST /v1/operations/{operation}/takeover":      (*fenceScene).extending,
	"POST /v1/operations/{operation}/takeover/code": (*fenceScene).extending,
	"POST /v1/operations/{operation}/administrator": func(s *fenceScene) request {
		o := s.reserved()
		o.body = servicetest.Attempt(s.t)
		return o.request
	},
	"POST /v1/operations/{operation}/give-back": func(s *fenceScene) request {
		o := s.reserved()
		o.body = api.GiveBackRequest{Because: ra.CodeKeyNotBlank}
		return o.request
	},
	"POST /v1/operations/{operation}/certificate": func(s *fenceScene) request {
		o := s.reserved()
		o.body = api.CertifyRequest{CSR: o.key.Request(s.t, o.release.Subject), AdminPIN: o.release.Opening.Set.Version}
		return o.request
	},
	"POST /v1/operations/{operation}/challenge": func(s *fenceScene) request { return s.certified().request },
	"POST /v1/staff-sessions":                   func(s *fenceScene) request { return request{body: s.staffLogIn(), mark: s.Supervisor.Name} },
	"GET /v1/staff-session":                     func(s *fenceScene) request { return request{header: s.staffed(), mark: s.Supervisor.Name} },
	"DELETE /v1/staff-session":                  func(s *fenceScene) request { return request{header: s.staffed()} },
	"PUT /v1/operations/{operation}/proof": func(s *fenceScene) request {
		o := s.certified()
		o.body = s.Proof(s.t, o.release, o.key)
		return o.request
	},
}
