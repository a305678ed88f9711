package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// entry is what one request leaves in the log: never paths filled in, bodies or personal data.
type entry struct {
	id     string
	kiosk  ra.Kiosk
	status int
	err    error
}

type entryKey struct{}

// entryOf returns the request's entry; every request has one.
func entryOf(ctx context.Context) *entry {
	if e, ok := ctx.Value(entryKey{}).(*entry); ok {
		return e
	}
	return &entry{}
}

// record gives the request an id and writes one line when it is answered.
func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &entry{id: requestID()}
		began := s.now()
		w.Header().Set("X-Request-Id", e.id)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		watched := &statusWriter{ResponseWriter: w, entry: e}
		r = r.WithContext(context.WithValue(r.Context(), entryKey{}, e))
		next.ServeHTTP(watched, r)
		route, took := s.route(r), s.now().Sub(began)
		if s.observe != nil {
			s.observe(route, e.status, took)
		}
		level, attrs := slog.LevelInfo, []slog.Attr{
			slog.String("request", e.id), slog.String("method", r.Method), slog.String("route", route),
			slog.Int("status", e.status), slog.Duration("took", took),
		}
		if e.kiosk.ID != "" {
			attrs = append(attrs, slog.String("kiosk", e.kiosk.ID))
		}
		if e.err != nil {
			attrs = append(attrs, slog.String("code", string(ra.CodeOf(e.err))))
		}
		if e.status >= 500 && r.Context().Err() == nil { // a caller that hung up is no fault of ours
			level = slog.LevelError
			attrs = append(attrs, slog.Any("err", e.err))
		}
		s.log.LogAttrs(r.Context(), level, "request", attrs...)
	})
}

// route is the pattern that the request matched.
func (s *Server) route(r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	_, pattern := s.mux.Handler(r)
	return pattern
}

func requestID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return ""
	}
	return id.String()
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	entry *entry
}

func (w *statusWriter) WriteHeader(status int) {
	if w.entry.status == 0 {
		w.entry.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.entry.status == 0 {
		w.entry.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered turns a panic into an internal error and keeps the program alive.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.log.ErrorContext(r.Context(), "panic", "request", entryOf(r.Context()).id, "stack", string(debug.Stack()))
			if asksOCSP(r) {
				writeOCSP(w, ocsp.InternalErrorErrorResponse)
				return
			}
			writeError(w, r, fmt.Errorf("panic: %v", p))
		}()
		next.ServeHTTP(w, r)
	})
}

// limited bounds the body and the time of a request. Uploads have their own limits, and waiting for changes takes as
// long as was asked for.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if strings.HasPrefix(r.URL.Path, api.PathUploads) {
			// An earlier request on the same connection may have left its deadline behind; tus moves the one for reading on with
			// every piece, of those that it takes.
			_ = control.SetWriteDeadline(time.Time{})
			_ = control.SetReadDeadline(time.Now().Add(s.timeout))
			next.ServeHTTP(w, r)
			return
		}
		timeout := s.timeout
		if r.URL.Path == api.CallChanges.Path() {
			timeout += api.MaxWait
		}
		// Not every writer has deadlines (HTTP/2 streams and connections do); the context's holds anyway.
		_ = control.SetReadDeadline(time.Now().Add(timeout))
		_ = control.SetWriteDeadline(time.Now().Add(timeout + 10*time.Second))
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, api.MaxJSONBytes)
		next.ServeHTTP(w, r)
	})
}

// kioskKey and badgeKey are where the context keeps who calls, and the certificate that says so.
type (
	kioskKey struct{}
	badgeKey struct{}
)

// identified finds the kiosk by its client certificate and turns others away from all that is not open.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.mux.Handler(r)
		if _, path, _ := strings.Cut(pattern, " "); s.open[r.URL.Path] || s.open[path] {
			next.ServeHTTP(w, r)
			return
		}
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			writeError(w, r, ra.E(ra.CodeKioskUnknown))
			return
		}
		badge := r.TLS.PeerCertificates[0].Raw
		kiosk, err := s.fleet.KioskByCertificate(r.Context(), badge)
		if err != nil {
			writeError(w, r, err)
			return
		}
		entryOf(r.Context()).kiosk = kiosk
		ctx := context.WithValue(context.WithValue(r.Context(), kioskKey{}, kiosk), badgeKey{}, badge)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// kioskOf returns who calls; only routes behind identified ask.
func kioskOf(ctx context.Context) ra.Kiosk {
	kiosk, _ := ctx.Value(kioskKey{}).(ra.Kiosk)
	return kiosk
}

// badgeOf returns the client certificate (DER) of who calls.
func badgeOf(ctx context.Context) []byte {
	der, _ := ctx.Value(badgeKey{}).([]byte)
	return der
}
