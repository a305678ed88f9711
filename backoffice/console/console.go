// Package console is the staff's web console: review queue, case page, searches, the few repairs a person must decide,
// kiosks and staff. It renders html/template pages, swaps parts of them with htmx and asks the rules for everything; it
// holds no rule of its own.
package console

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"keyhall/backoffice/ra"
)

// Config is what a console stands on.
type Config struct {
	People       People
	Review       Review
	Cashier      Cashier
	Issuing      Issuing
	Fleet        Fleet
	Jobs         Jobs
	Access       Access
	SessionStore scs.Store        // of staff sessions
	Now          func() time.Time // nil: time.Now
	Log          *slog.Logger     // nil: discards
	Secure       bool             // the cookies travel over HTTPS only; false on a bench without TLS

	pulse  time.Duration // how often an open stream looks whether its session still holds; 0: 20 s
	form   time.Duration // how long what comes with a request may take to arrive; 0: 30 s
	answer time.Duration // how long who asked may take to read an answer; 0: 3 minutes, for a scan over a slow line
}

type console struct {
	people   People
	review   Review
	cashier  Cashier
	issuing  Issuing
	fleet    Fleet
	jobs     Jobs
	access   Access
	now      func() time.Time
	log      *slog.Logger
	secure   bool
	pulse    time.Duration
	form     time.Duration
	answer   time.Duration
	streams  streams
	sessions *scs.SessionManager
	views    views
	assets   *assets
}

// New checks the parts, parses templates and translations, and returns the console's handler. Without the files that
// `npm ci` puts under static/vendor the handler answers 503 and says so.
func New(c Config) (http.Handler, error) {
	if c.People == nil || c.Review == nil || c.Cashier == nil || c.Issuing == nil || c.Fleet == nil || c.Jobs == nil || c.Access == nil || c.SessionStore == nil {
		return nil, errors.New("console: the parts of the rules and a session store are required")
	}
	k := &console{people: c.People, review: c.Review, cashier: c.Cashier, issuing: c.Issuing, fleet: c.Fleet, jobs: c.Jobs, access: c.Access, now: c.Now, log: c.Log, secure: c.Secure, pulse: cmp.Or(c.pulse, 20*time.Second),
		form: cmp.Or(c.form, 30*time.Second), answer: cmp.Or(c.answer, 3*time.Minute)}
	if k.now == nil {
		k.now = time.Now
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if k.assets, err = loadAssets(files); errors.Is(err, errNotVendored) {
		k.log.Error("console cannot be shown", "err", err)
		return notVendored(), nil
	} else if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if k.views, err = parseViews(files, k.assets); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	k.sessions = newSessions(c.SessionStore, c.Secure)
	return k.guard(k.routes()), nil
}

// anybody stands where a route asks for a login and for no grant.
const anybody ra.Act = ""

// way is how a route is reached.
type way int

const (
	wayOpen  way = iota // needs no login
	wayPage             // needs one
	wayQuiet            // needs one, is asked by the browser itself and does not keep the session alive
)

// route is one line of the console's table. Whoever asks needs a grant for the act somewhere; whether it reaches this order
// or kiosk, the rules know.
type route struct {
	way     way
	pattern string
	act     ra.Act
	do      action
}

// table is the whole console in page order.
func (c *console) table() []route {
	return slices.Concat(c.caseTable(), c.registerTable(), c.houseTable())
}

// caseTable is getting in, and what comes in every day.
func (c *console) caseTable() []route {
	return []route{
		// Getting in.
		{wayOpen, "GET /login", anybody, c.showLogin},
		{wayOpen, "POST /login", anybody, c.logIn},
		{wayOpen, "POST /language", anybody, c.setLanguage},
		{wayPage, "POST /logout", anybody, c.logOut},
		{wayPage, "GET /password", anybody, c.showPassword},
		{wayPage, "POST /password", anybody, c.changePassword},

		// Overview.
		{wayPage, "GET /{$}", anybody, c.showOverview},

		// Review.
		{wayPage, "GET /queue", ra.ActSee, c.showQueue},
		{wayPage, "POST /queue/next", ra.ActJudge, c.claimNext},
		{wayPage, "POST /orders/{id}/claim", ra.ActJudge, c.claim},
		{wayPage, "POST /orders/{id}/unclaim", ra.ActJudge, c.unclaim},
		{wayPage, "POST /orders/{id}/renew", ra.ActJudge, c.renewClaim},
		{wayPage, "POST /orders/{id}/takeover", ra.ActTakeOver, c.takeOver},

		// One case.
		{wayPage, "GET /orders/{id}", ra.ActSee, c.showCase},
		{wayPage, "POST /orders/{id}/verdict", ra.ActJudge, c.judge},
		{wayPage, "POST /orders/{id}/payment", ra.ActSettle, c.confirmPayment},
		{wayPage, "POST /orders/{id}/payment/refuse", ra.ActSettle, c.refusePayment},
		{wayPage, "POST /orders/{id}/return", ra.ActJudge, c.returnMaterials},
		{wayPage, "POST /orders/{id}/approve", ra.ActJudge, c.approve},
		{wayPage, "POST /orders/{id}/cancel", ra.ActJudge, c.cancel},
		{wayPage, "POST /orders/{id}/code", ra.ActSend, c.newCode},
		{wayPage, "POST /orders/{id}/note", ra.ActNote, c.addNote},
		{wayPage, "GET /orders/{id}/scans/{sha256}", ra.ActSee, c.showScan},
		{wayPage, "GET /orders/{id}/scans/{sha256}/thumb", ra.ActSee, c.showThumb},
	}
}

// registerTable is what is looked up, and what becomes of it.
func (c *console) registerTable() []route {
	return []route{
		// Lists.
		{wayPage, "GET /payments", ra.ActSee, c.showPayments},
		{wayPage, "GET /orders", ra.ActSee, c.searchOrders},
		{wayPage, "GET /certificates", ra.ActSee, c.searchCertificates},
		{wayPage, "GET /certificates/{id}", ra.ActSee, c.showCertificate},
		{wayPage, "GET /certificates/{id}/file", ra.ActSee, c.downloadCertificate},
		{wayPage, "POST /certificates/{id}/suspend", ra.ActSuspend, c.suspend},
		{wayPage, "POST /certificates/{id}/restore", ra.ActRestore, c.restore},
		{wayPage, "POST /certificates/{id}/found", ra.ActFound, c.found},
		{wayPage, "POST /certificates/{id}/revoke", ra.ActRevoke, c.revoke},
		{wayPage, "POST /rulings/{id}/confirm", ra.ActRevoke, c.confirmRuling},
		{wayPage, "POST /rulings/{id}/drop", ra.ActRevoke, c.dropRuling},

		// The desk, for who does not get in any more.
		{wayPage, "GET /desk", ra.ActAccess, c.showDesk},
		{wayPage, "GET /desk/{id}", ra.ActAccess, c.showPerson},
		{wayPage, "POST /desk/{id}/access", ra.ActAccess, c.askAccess},
		{wayPage, "GET /access/{id}", ra.ActSee, c.showAccess},
		{wayPage, "GET /access/{id}/papers/{kind}", ra.ActSee, c.showPaper},
		{wayPage, "POST /access/{id}/confirm", ra.ActAgree, c.confirmAccess},
		{wayPage, "POST /access/{id}/decline", ra.ActAgree, c.declineAccess},

		// Operations that did not end.
		{wayPage, "GET /operations", ra.ActSee, c.showOperations},
		{wayPage, "GET /operations/{id}/release", ra.ActRelease, c.showRelease},
		{wayPage, "POST /operations/{id}/release", ra.ActRelease, c.releaseUnit},
	}
}

// houseTable is the house itself: its background work, kiosks and staff.
func (c *console) houseTable() []route {
	return []route{
		// What the back office does by itself.
		{wayPage, "GET /jobs", ra.ActJobs, c.showJobs},
		{wayPage, "POST /jobs/{name}/retry", ra.ActRetry, c.retryWork},
		{wayPage, "POST /messages/{id}/retry", ra.ActResend, c.resendMessage},

		// Kiosks.
		{wayPage, "GET /kiosks", ra.ActKiosks, c.showKiosks},
		{wayPage, "POST /kiosks/code", ra.ActManage, c.newEnrolmentCode},
		{wayPage, "POST /kiosks/{id}/block", ra.ActManage, c.blockKiosk},
		{wayPage, "POST /kiosks/{id}/unblock", ra.ActManage, c.unblockKiosk},

		// Staff.
		{wayPage, "GET /staff", ra.ActStaff, c.showStaff},
		{wayPage, "POST /staff", ra.ActManage, c.addStaff},
		{wayPage, "GET /staff/{id}", ra.ActStaff, c.showMember},
		{wayPage, "POST /staff/{id}/password", ra.ActManage, c.resetPassword},
		{wayPage, "POST /staff/{id}/disable", ra.ActManage, c.disableStaff},
		{wayPage, "POST /staff/{id}/enable", ra.ActManage, c.enableStaff},
		{wayPage, "POST /staff/{id}/grants", ra.ActManage, c.giveGrant},
		{wayPage, "POST /grants/{grant}/confirm", ra.ActManage, c.confirmGrant},
		{wayPage, "POST /grants/{grant}/withdraw", ra.ActManage, c.withdrawGrant},
		{wayPage, "POST /staff/{id}/keys", ra.ActManage, c.bindKey},
		{wayPage, "POST /staff-keys/{key}/confirm", ra.ActManage, c.confirmKey},
		{wayPage, "POST /staff-keys/{key}/remove", ra.ActManage, c.removeKey},

		// What changes by itself.
		{wayQuiet, "GET /live", anybody, c.stream},
		{wayQuiet, "GET /live/counts", ra.ActSee, c.liveCounts},
		{wayQuiet, "GET /live/queue", ra.ActSee, c.liveQueue},
		{wayQuiet, "GET /live/orders/{id}", ra.ActSee, c.liveCase},
		{wayPage, "/", anybody, c.showNowhere},
	}
}

func (c *console) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range c.table() {
		switch r.way {
		case wayOpen:
			mux.Handle(r.pattern, c.open(r.do))
		case wayPage:
			mux.Handle(r.pattern, c.page(r.act, r.do))
		case wayQuiet:
			mux.Handle(r.pattern, c.quiet(r.act, r.do))
		}
	}
	mux.Handle("GET /static/", c.assets)
	return mux
}
