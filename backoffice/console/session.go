package console

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"keyhall/backoffice/ra"
)

const (
	idleTimeout    = 30 * time.Minute
	sessionLife    = 12 * time.Hour
	maxForm        = 64 << 10 // bytes; the longest form holds a note
	staffKey       = "staff"
	epochKey       = "epoch" // of the member of staff at the login; a later one ends the session
	languageCookie = "keyhall_language"
)

func newSessions(store scs.Store, secure bool) *scs.SessionManager {
	s := scs.New()
	s.Store = store
	s.IdleTimeout = idleTimeout
	s.Lifetime = sessionLife
	s.HashTokenInStore = true
	s.Cookie.Name = "keyhall_console"
	s.Cookie.Secure = secure
	s.Cookie.HttpOnly = true
	s.Cookie.SameSite = http.SameSiteStrictMode
	s.Cookie.Persist = false
	return s
}

// visit is one request of one person: who they are and what language they read.
type visit struct {
	staff ra.Staff // zero before the login
	words words
}

// action answers a request; an error it returns is shown by the wrapper.
type action func(w http.ResponseWriter, r *http.Request, v visit) error

// guard puts on what every answer carries and refuses requests that another site made.
func (c *console) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.showError(w, r, visit{words: c.wordsOf(r)}, ra.E(ra.CodeForbidden))
	}))
	inner := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if c.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		// Not every writer has deadlines; those of the servers have. A deadline for reading is only for what comes with a request of any
		// method, also unasked: it would end a stream, with which nothing comes.
		control, now := http.NewResponseController(w), time.Now()
		_ = control.SetWriteDeadline(now.Add(c.answer))
		most, within := int64(maxForm), c.form
		if strings.HasPrefix(r.URL.Path, pathDesk) {
			most, within = maxPapers, c.answer
		}
		if r.ContentLength != 0 {
			_ = control.SetReadDeadline(now.Add(within))
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		inner.ServeHTTP(w, r)
	})
}

// open serves whether or not somebody is logged in.
func (c *console) open(a action) http.Handler {
	return c.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visit{words: c.wordsOf(r)}
		err := checkTexts(r)
		if err == nil {
			err = a(w, r, v)
		}
		if err != nil {
			c.showError(w, r, v, err)
		}
	}))
}

// page serves staff with a grant for the act only; who is not logged in is sent to the login and comes back afterwards, who
// has a password to begin with changes it first.
func (c *console) page(act ra.Act, a action) http.Handler {
	return c.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := c.visit(r)
		if ra.CodeOf(err) == ra.CodeSessionOver {
			c.toLogin(w, r)
			return
		}
		if v.staff.Temporary && r.URL.Path != "/password" && r.URL.Path != "/logout" {
			redirect(w, r, "/password")
			return
		}
		if err == nil {
			err = v.may(act)
		}
		if err == nil {
			err = checkTexts(r)
		}
		if err == nil {
			err = a(w, r, v)
		}
		if err != nil {
			c.showError(w, r, v, err)
		}
	}))
}

// checkTexts refuses the first text of a request, in its address or its form, that the database cannot hold or nobody writes
// (ra.CheckText), with the field's name. CodeInvalid for a form that is none, or is too long.
func checkTexts(r *http.Request) error {
	if err := ra.FieldError("path", ra.CheckText(r.URL.Path)); err != nil {
		return err
	}
	if err := parseForm(r); err != nil {
		return ra.E(ra.CodeInvalid).Because(err)
	}
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { // one with a file
		return ra.E(ra.CodeInvalid).Because(err)
	}
	for _, field := range slices.Sorted(maps.Keys(r.Form)) {
		if ra.CheckText(field) != nil {
			return ra.E(ra.CodeInvalid)
		}
		for _, text := range r.Form[field] {
			if err := ra.FieldError(field, ra.CheckText(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseForm reads a form. Scans that come with one stay in memory, which how long a request may be bounds: on disk nothing is in the clear.
func parseForm(r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseMultipartForm(maxPapers)
	}
	return r.ParseForm()
}

// may is CodeForbidden for who has no grant for the act anywhere.
func (v visit) may(act ra.Act) error {
	if act == anybody || v.staff.MayAnywhere(act) {
		return nil
	}
	return ra.E(ra.CodeForbidden)
}

// quiet reads the session without prolonging it, so that an open tab nobody sits at still times out. Who has a password to begin
// with gets nothing.
func (c *console) quiet(act ra.Act, a action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := c.loadQuietly(r)
		if err != nil {
			c.log.ErrorContext(r.Context(), "session cannot be read", "err", err)
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		r = r.WithContext(ctx)
		v, err := c.visit(r)
		if ra.CodeOf(err) == ra.CodeSessionOver {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		if err == nil && v.staff.Temporary {
			err = ra.E(ra.CodeForbidden)
		}
		if err == nil {
			err = v.may(act)
		}
		if err == nil {
			err = checkTexts(r)
		}
		if err == nil {
			err = a(w, r, v)
		}
		if err != nil {
			c.log.WarnContext(ctx, "live update", slog.String("path", r.URL.Path), "err", err)
			http.Error(w, "", statusOf(err))
		}
	})
}

func (c *console) loadQuietly(r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(c.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	return c.sessions.Load(r.Context(), token)
}

// visit finds the staff member of the session: ra.CodeSessionOver.
func (c *console) visit(r *http.Request) (visit, error) {
	staff, err := c.member(r.Context())
	return visit{staff: staff, words: c.wordsOf(r)}, err
}

// member is who the session in ctx belongs to: ra.CodeSessionOver for nobody, for who was disabled, and when something
// happened since the login that ends sessions.
func (c *console) member(ctx context.Context) (ra.Staff, error) {
	id := c.sessions.GetString(ctx, staffKey)
	if id == "" {
		return ra.Staff{}, ra.E(ra.CodeSessionOver)
	}
	staff, err := c.people.Staff(ctx, id)
	if ra.CodeOf(err) == ra.CodeNotFound || err == nil && (staff.Disabled || staff.Epoch != c.sessions.GetInt(ctx, epochKey)) {
		return ra.Staff{}, ra.E(ra.CodeSessionOver)
	}
	return staff, err
}

func (c *console) toLogin(w http.ResponseWriter, r *http.Request) {
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?to=" + queryEscape(r.URL.RequestURI())
	}
	redirect(w, r, to)
}

func (c *console) wordsOf(r *http.Request) words {
	if cookie, err := r.Cookie(languageCookie); err == nil && language(cookie.Value) == english {
		return c.views.words[english]
	}
	return c.views.words[chinese]
}

func (c *console) setLanguage(w http.ResponseWriter, r *http.Request, _ visit) error {
	l := chinese
	if r.FormValue("language") == string(english) {
		l = english
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	redirect(w, r, localPath(r.FormValue("to")))
	return nil
}
