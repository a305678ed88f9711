package server

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// maxOCSPBytes bounds an OCSP request; real ones have a few hundred bytes.
const maxOCSPBytes = 16 << 10

func (s *Server) pkiRoutes(mux *layout) {
	mux.HandleFunc("GET "+api.PathCRL, s.crl)
	mux.HandleFunc("GET "+api.PathCRLPEM, s.crlPEM)
	mux.HandleFunc("GET "+api.PathCA, s.ca)
	mux.HandleFunc("POST "+api.PathOCSP, s.ocspPost)
}

// ocspFirst takes OCSP by GET (RFC 6960, A.1) before the mux, which would clean "//" out of the base64 in the path.
func (s *Server) ocspFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, api.PathOCSP+"/") {
			s.ocspGet(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) crl(w http.ResponseWriter, r *http.Request) {
	der, err := s.issuing.CRL(r.Context())
	if err != nil {
		writeError(w, r, err)
		return
	}
	write(w, "application/pkix-crl", der)
}

func (s *Server) crlPEM(w http.ResponseWriter, r *http.Request) {
	der, err := s.issuing.CRL(r.Context())
	if err != nil {
		writeError(w, r, err)
		return
	}
	write(w, "application/x-pem-file", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

func (s *Server) ca(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	for _, der := range s.issuing.CAChain() {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	write(w, "application/x-pem-file", b.Bytes())
}

func (s *Server) ocspPost(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOCSPBytes))
	if err != nil {
		writeError(w, r, ra.E(ra.CodeInvalid).Because(err))
		return
	}
	s.ocsp(w, r, request)
}

func (s *Server) ocspGet(w http.ResponseWriter, r *http.Request) {
	request, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.URL.Path, api.PathOCSP+"/"))
	if err == nil && len(request) > maxOCSPBytes {
		err = fmt.Errorf("OCSP request of %d bytes", len(request))
	}
	if err != nil {
		writeError(w, r, ra.E(ra.CodeInvalid).Because(err))
		return
	}
	s.ocsp(w, r, request)
}

func (s *Server) ocsp(w http.ResponseWriter, r *http.Request, request []byte) {
	der, err := s.issuing.OCSP(r.Context(), request)
	if err != nil {
		writeError(w, r, err)
		return
	}
	write(w, "application/ocsp-response", der)
}

func write(w http.ResponseWriter, contentType string, b []byte) {
	w.Header().Set("Content-Type", contentType)
	// The caller is gone when this fails.
	_, _ = w.Write(b)
}
