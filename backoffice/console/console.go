// Package console is the supervisors' web console: review queue, case page, searches and the few repairs a person must
// decide. It renders html/template pages, swaps parts of them with htmx and asks backoffice/service for everything; it
// holds no rule of its own.
package console

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Config is what a console stands on.
type Config struct {
	Service      Service          // *service.Service
	SessionStore scs.Store        // of staff sessions
	Now          func() time.Time // nil: time.Now
	Log          *slog.Logger     // nil: discards
	Secure       bool             // the cookies travel over HTTPS only; false on a bench without TLS

	pulse time.Duration // how often an open stream looks whether its session still holds; 0: 20 s
}

type console struct {
	service  Service
	now      func() time.Time
	log      *slog.Logger
	secure   bool
	pulse    time.Duration
	sessions *scs.SessionManager
	views    views
	assets   *assets
}

// New checks the parts, parses templates and translations, and returns the console's handler. Without the files that
// `npm ci` puts under static/vendor the handler answers 503 and says so.
func New(c Config) (http.Handler, error) {
	if c.Service == nil || c.SessionStore == nil {
		return nil, errors.New("console: service and session store are required")
	}
	k := &console{service: c.Service, now: c.Now, log: c.Log, secure: c.Secure, pulse: cmp.Or(c.pulse, 20*time.Second)}
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
	return k.routes(), nil
}

// routes is the whole console in page order. Ways in: `open` needs no login, `page` needs one, `quiet` is asked by the
// browser itself and does not keep a session alive.
func (c *console) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, a action) { mux.Handle(pattern, c.open(a)) }
	page := func(pattern string, a action) { mux.Handle(pattern, c.page(a)) }
	quiet := func(pattern string, a action) { mux.Handle(pattern, c.quiet(a)) }

	// Getting in.
	open("GET /login", c.showLogin)
	open("POST /login", c.logIn)
	open("POST /language", c.setLanguage)
	page("POST /logout", c.logOut)

	// Overview.
	page("GET /{$}", c.showOverview)

	// Review.
	page("GET /queue", c.showQueue)
	page("POST /queue/next", c.claimNext)
	page("POST /orders/{id}/claim", c.claim)
	page("POST /orders/{id}/unclaim", c.unclaim)
	page("POST /orders/{id}/renew", c.renewClaim)

	// One case.
	page("GET /orders/{id}", c.showCase)
	page("POST /orders/{id}/verdict", c.judge)
	page("POST /orders/{id}/payment", c.confirmPayment)
	page("POST /orders/{id}/payment/refuse", c.refusePayment)
	page("POST /orders/{id}/return", c.returnMaterials)
	page("POST /orders/{id}/approve", c.approve)
	page("POST /orders/{id}/cancel", c.cancel)
	page("POST /orders/{id}/code", c.newCode)
	page("POST /orders/{id}/note", c.addNote)
	page("GET /scans/{sha256}", c.showScan)

	// Lists.
	page("GET /payments", c.showPayments)
	page("GET /orders", c.searchOrders)
	page("GET /certificates", c.searchCertificates)
	page("GET /certificates/{id}", c.showCertificate)
	page("GET /certificates/{id}/file", c.downloadCertificate)

	// Operations that did not end.
	page("GET /operations", c.showOperations)
	page("GET /operations/{id}/release", c.showRelease)
	page("POST /operations/{id}/release", c.releaseUnit)

	// Kiosks.
	page("GET /kiosks", c.showKiosks)
	page("POST /kiosks/code", c.newEnrolmentCode)

	// What changes by itself.
	quiet("GET /live", c.stream)
	quiet("GET /live/counts", c.liveCounts)
	quiet("GET /live/queue", c.liveQueue)
	quiet("GET /live/orders/{id}", c.liveCase)

	mux.Handle("GET /static/", c.assets)
	page("/", c.showNowhere)
	return c.guard(mux)
}
