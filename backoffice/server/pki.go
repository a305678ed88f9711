package server

import (
	"bytes"
	"encoding/pem"
	"net/http"

	"keyhall/backoffice/api"
)

func (s *Server) pkiRoutes(mux *layout) {
	mux.HandleFunc("GET "+api.PathCRL, s.crl)
	mux.HandleFunc("GET "+api.PathCRLOf, s.crl)
	mux.HandleFunc("GET "+api.PathCRLPEM, s.crlPEM)
	mux.HandleFunc("GET "+api.PathCA, s.caPEM)
	mux.HandleFunc("GET "+api.PathCAOf, s.ca)
	mux.HandleFunc("POST "+api.PathOCSP, s.ocspPost)
}

func (s *Server) crl(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, "application/pkix-crl", func(der []byte) []byte { return der })
}

func (s *Server) crlPEM(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, "application/x-pem-file", func(der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	})
}

// list answers with the revocation list of the CA in the path, or of the one that signs. Caches keep it as they do OCSP answers: a list
// is replaced as soon as something is revoked, long before it ends.
func (s *Server) list(w http.ResponseWriter, r *http.Request, contentType string, form func(der []byte) []byte) {
	list, err := s.issuing.CRL(r.Context(), r.PathValue("authority"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	if s.kept(w, r, list.ThisUpdate, list.NextUpdate, list.DER) {
		return
	}
	write(w, contentType, form(list.DER))
}

// caPEM gives the certificate of the CA that signs and those above it.
func (s *Server) caPEM(w http.ResponseWriter, r *http.Request) {
	chain, err := s.issuing.CAChain("")
	if err != nil {
		writeError(w, r, err)
		return
	}
	var b bytes.Buffer
	for _, der := range chain {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	write(w, "application/x-pem-file", b.Bytes())
}

// ca gives the certificate of the CA in the path, as those that it signed point to it (RFC 5280, 4.2.2.1).
func (s *Server) ca(w http.ResponseWriter, r *http.Request) {
	chain, err := s.issuing.CAChain(r.PathValue("authority"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	write(w, "application/pkix-cert", chain[0])
}

func write(w http.ResponseWriter, contentType string, b []byte) {
	w.Header().Set("Content-Type", contentType)
	// The caller is gone when this fails.
	_, _ = w.Write(b)
}
