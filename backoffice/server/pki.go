package server

import (
	"bytes"
	"encoding/pem"
	"net/http"

	"keyhall/backoffice/api"
)

func (s *Server) pkiRoutes(mux *layout) {
	mux.HandleFunc("GET "+api.PathCRL, s.crl)
	mux.HandleFunc("GET "+api.PathCRLPEM, s.crlPEM)
	mux.HandleFunc("GET "+api.PathCA, s.ca)
	mux.HandleFunc("POST "+api.PathOCSP, s.ocspPost)
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

func write(w http.ResponseWriter, contentType string, b []byte) {
	w.Header().Set("Content-Type", contentType)
	// The caller is gone when this fails.
	_, _ = w.Write(b)
}
