package server

import (
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
)

// maxOCSPBytes bounds an OCSP request; real ones have a few hundred bytes.
const maxOCSPBytes = 16 << 10

// ocspFirst takes what is asked of OCSP before the mux, which would clean "//" out of the base64 in a path.
func (s *Server) ocspFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !asksOCSP(r) {
			next.ServeHTTP(w, r)
			return
		}
		text := strings.TrimPrefix(r.URL.Path, api.PathOCSP)
		switch {
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			s.ocspGet(w, r, text)
		case r.Method == http.MethodPost && strings.Trim(text, "/") == "":
			s.ocspPost(w, r)
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			w.Header().Set("Content-Type", "application/ocsp-response")
			w.WriteHeader(http.StatusMethodNotAllowed)
			writeOCSP(w, ocsp.MalformedRequestErrorResponse)
		}
	})
}

// asksOCSP reports whether a request wants its answer, whatever it is, in the form that OCSP has for it.
func asksOCSP(r *http.Request) bool {
	return r.URL.Path == api.PathOCSP || strings.HasPrefix(r.URL.Path, api.PathOCSP+"/")
}

func (s *Server) ocspPost(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOCSPBytes))
	if err != nil {
		writeOCSP(w, ocsp.MalformedRequestErrorResponse)
		return
	}
	if answer, ok := s.ocsp(w, r, request); ok {
		writeOCSP(w, answer.DER)
	}
}

// ocspGet answers the form of RFC 6960, A.1, as RFC 5019, 6 wants it for caches.
func (s *Server) ocspGet(w http.ResponseWriter, r *http.Request, text string) {
	answer, ok := s.ocsp(w, r, readOCSP(text))
	if !ok {
		return
	}
	if answer.Once || answer.NextUpdate.IsZero() || !s.kept(w, r, answer.ThisUpdate, answer.NextUpdate, answer.DER) {
		writeOCSP(w, answer.DER)
	}
}

// kept tells caches how long they may keep an answer of these times, and reports whether the asker has just this one: then it is answered.
func (s *Server) kept(w http.ResponseWriter, r *http.Request, thisUpdate, nextUpdate time.Time, der []byte) bool {
	if s.maxAge <= 0 {
		return false
	}
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(der))
	age := min(s.maxAge, nextUpdate.Sub(s.now()))
	h := w.Header()
	h.Set("Cache-Control", fmt.Sprintf("max-age=%d, public, no-transform, must-revalidate", max(0, int(age/time.Second))))
	h.Set("Last-Modified", thisUpdate.UTC().Format(http.TimeFormat))
	h.Set("Expires", nextUpdate.UTC().Format(http.TimeFormat))
	h.Set("ETag", tag)
	if !strings.Contains(r.Header.Get("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// ocsp asks for the answer. A failure is answered with tryLater, since clients understand nothing else.
func (s *Server) ocsp(w http.ResponseWriter, r *http.Request, request []byte) (book.StatusAnswer, bool) {
	answer, err := s.issuing.OCSP(r.Context(), request)
	if err == nil {
		return answer, true
	}
	e := entryOf(r.Context())
	e.err = err
	s.log.ErrorContext(r.Context(), "OCSP: try later", "request", e.id, "err", err)
	writeOCSP(w, ocsp.TryLaterErrorResponse)
	return answer, false
}

func writeOCSP(w http.ResponseWriter, der []byte) { write(w, "application/ocsp-response", der) }

// plainly undoes what clients and what lies between do to base64 in a path: its other alphabet, a plus sign taken for a space, padding.
var plainly = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "=", "", "\r", "", "\n", "", "\t", "")

// readOCSP finds the request, DER, in a path that was unescaped once: escaped again, too, or with slashes or spaces too many before or behind it.
// A request that is not there is nil, which is a malformed one.
func readOCSP(text string) []byte {
	for range 3 {
		more, err := url.PathUnescape(text)
		if err != nil {
			return nil
		}
		text = more
	}
	text = plainly.Replace(strings.TrimLeft(text, "/ \t\r\n")) // a request begins with "M"
	if len(text) > base64.RawStdEncoding.EncodedLen(maxOCSPBytes) {
		return nil
	}
	end := base64.RawStdEncoding.EncodedLen(announced(text))
	if end == 0 || end > len(text) || strings.Trim(text[end:], "/+") != "" {
		return nil
	}
	der, err := base64.RawStdEncoding.DecodeString(text[:end])
	if err != nil || !whole(der) {
		return nil
	}
	return der
}

// announced is how many bytes the element of DER has that base64 begins with, 0 where it begins with none of less than 64 kB.
func announced(text string) int {
	head, err := base64.RawStdEncoding.DecodeString(text[:min(len(text), 8)])
	switch {
	case err != nil || len(head) < 2:
		return 0
	case head[1] < 0x80:
		return 2 + int(head[1])
	case head[1] == 0x81 && len(head) > 2:
		return 3 + int(head[2])
	case head[1] == 0x82 && len(head) > 3:
		return 4 + int(head[2])<<8 + int(head[3])
	}
	return 0
}

// whole reports whether this is one element of DER and nothing behind it.
func whole(der []byte) bool {
	var element asn1.RawValue
	rest, err := asn1.Unmarshal(der, &element)
	return err == nil && len(rest) == 0
}
