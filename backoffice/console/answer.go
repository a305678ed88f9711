package console

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"keyhall/backoffice/ra"
)

// statuses maps codes to HTTP; a code that is not here is the person's input: 422.
var statuses = map[ra.Code]int{
	ra.CodeNotFound:           http.StatusNotFound,
	ra.CodeForbidden:          http.StatusForbidden,
	ra.CodeSelfReview:         http.StatusForbidden,
	ra.CodeGrantSecond:        http.StatusForbidden,
	ra.CodeRulingSecond:       http.StatusForbidden,
	ra.CodeRulingWaits:        http.StatusConflict,
	ra.CodeStaffKeySecond:     http.StatusForbidden,
	ra.CodeAccessWaits:        http.StatusConflict,
	ra.CodeAccessExpired:      http.StatusConflict,
	ra.CodeAccessStale:        http.StatusConflict,
	ra.CodeAccessBar:          http.StatusForbidden,
	ra.CodeStaffSelf:          http.StatusForbidden,
	ra.CodeStaffAdministrator: http.StatusForbidden,
	ra.CodeSessionOver:        http.StatusUnauthorized,
	ra.CodeLoginPaused:        http.StatusTooManyRequests,
	ra.CodeConflict:           http.StatusConflict,
	ra.CodeState:              http.StatusConflict,
	ra.CodeMessageStale:       http.StatusConflict,
	ra.CodeIssuerAway:         http.StatusServiceUnavailable,
	ra.CodeOfficeBusy:         http.StatusServiceUnavailable,
	ra.CodeTrailAway:          http.StatusServiceUnavailable,
	ra.CodeInternal:           http.StatusInternalServerError,
}

func statusOf(err error) int {
	if s, ok := statuses[ra.CodeOf(err)]; ok {
		return s
	}
	return http.StatusUnprocessableEntity
}

// asError is err as the vocabulary's error; anything else is internal.
func asError(err error) *ra.Error {
	var e *ra.Error
	if errors.As(err, &e) {
		return e
	}
	return ra.E(ra.CodeInternal).Because(err)
}

// fragment reports whether htmx asked, which wants a part of the page.
func fragment(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// redirect sends the browser to a page of ours, whether it or htmx asked.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	if fragment(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// localPath keeps a way back inside the console. It looks at what would be sent as well as at what came, since "%2f/x"
// only becomes "//x" when it is written again.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	back := u.RequestURI()
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(u.Path, "\\\r\n\t") {
		return "/"
	}
	return back
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// render writes one template of a page's set; a template that fails writes nothing but the error.
func (c *console) render(w http.ResponseWriter, v visit, status int, page, template string, data any) error {
	var b bytes.Buffer
	if err := c.views.execute(&b, v.words.language, page, template, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5") // seconds
	}
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	if err != nil {
		c.log.Debug("answer was not taken", "err", err)
	}
	return nil
}

type errorPage struct {
	frame
	Status int
	Text   string
}

// showError answers with the words of an error: a page, or for htmx a message above the page.
func (c *console) showError(w http.ResponseWriter, r *http.Request, v visit, err error) {
	e, status := asError(err), statusOf(err)
	if status == http.StatusInternalServerError || e.Code == ra.CodeTrailAway {
		c.log.ErrorContext(r.Context(), "console", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	text := v.words.problem(e)
	if fragment(r) {
		w.Header().Set("HX-Retarget", "#message")
		w.Header().Set("HX-Reswap", "innerHTML")
		err = c.render(w, v, status, "error", "message", text)
	} else {
		err = c.render(w, v, status, "error", "layout", errorPage{c.frame(r, v, "", ""), status, text})
	}
	if err != nil {
		c.log.ErrorContext(r.Context(), "error page", "err", err)
		http.Error(w, http.StatusText(status), status)
	}
}

func (c *console) showNowhere(http.ResponseWriter, *http.Request, visit) error {
	return ra.E(ra.CodeNotFound)
}
