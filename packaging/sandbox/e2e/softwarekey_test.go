package e2e

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// softwareKey is a pair in a program's memory that is passed off as the UKey.
type softwareKey struct{ pair *rsa.PrivateKey }

func newSoftwareKey(t *testing.T) *softwareKey {
	t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	return &softwareKey{pair}
}

// request is a PKCS#10 that nothing is wrong with but whose it is.
func (k *softwareKey) request(t *testing.T, subject []byte) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: subject}, k.pair)
	must(t, err)
	return der
}

// proof claims everything that a kiosk claims of a good key, with the true certificate where there is one.
func (k *softwareKey) proof(t *testing.T, w ra.Write, challenge []byte) ra.Proof {
	t.Helper()
	certificate := w.Certificate
	if certificate == nil {
		certificate = k.certificate(t)
	}
	digest := sha256.Sum256(ra.ProofMessage(challenge))
	signature, err := k.pair.Sign(rand.Reader, digest[:], crypto.SHA256)
	must(t, err)
	return ra.Proof{OperationID: w.ID, Challenge: challenge, Signature: signature, Certificate: certificate, Inside: true,
		LeftOvers: []string{}, AdminPIN: max(w.AdminPIN, 1), Durations: []ra.Lap{}}
}

// hash is by which the register would know the public key.
func (k *softwareKey) hash(t *testing.T) []byte {
	t.Helper()
	hash, err := pki.KeyHash(k.pair.Public())
	must(t, err)
	return hash
}

// softwareKeyEarly: before a certificate was asked for, the ticket alone binds no public key, wherever it is shown.
func (s *strangers) softwareKeyEarly(ctx context.Context, t *testing.T) {
	request := s.forged.request(t, s.subject)
	_, err := s.first.Certify(ctx, s.ticket(), request, 1)
	s.refused(t, "its certificate at the ticket's kiosk", err, ra.CodePresenceOver, "ticket.refuse presence_over")
	// What is not issued needs no proof; the ticket's kiosk is told so, as it would be after a mistake of its own.
	_, err = s.first.Challenge(ctx, s.ticket())
	s.refused(t, "a challenge at the ticket's kiosk", err, ra.CodeState, "")
	_, err = s.first.Confirm(ctx, s.ticket(), s.forged.proof(t, s.write, make([]byte, 32)))
	s.refused(t, "its proof at the ticket's kiosk", err, ra.CodeState, "")
	s.nothingAtAnotherKiosk(ctx, t)
	s.unharmed(ctx, t, ra.OperationReserved)
}

// nothingAtAnotherKiosk: a copied ticket is of no use there.
func (s *strangers) nothingAtAnotherKiosk(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, c := range s.withHold(t) {
		s.refused(t, c.name+" at another kiosk", c.do(ctx, s.second, s.ticket()), ra.CodeTicketDead, "ticket.refuse ticket_dead")
	}
}

// softwareKeyLate: once there is a certificate, it is the one of the true key and only that one proves it.
func (s *strangers) softwareKeyLate(ctx context.Context, t *testing.T) {
	_, err := s.first.Certify(ctx, s.ticket(), s.forged.request(t, s.subject), 1)
	s.refused(t, "its certificate", err, ra.CodeRequestDiffers, "request.refuse request_differs")
	challenge, err := s.first.Challenge(ctx, s.ticket())
	must(t, err)
	proof := s.forged.proof(t, s.write, challenge)
	_, err = s.first.Confirm(ctx, s.ticket(), proof)
	s.refused(t, "its proof for the true certificate", err, ra.CodeProofBad, "proof.refuse")
	proof.Certificate = s.forged.certificate(t)
	_, err = s.first.Confirm(ctx, s.ticket(), proof)
	s.refused(t, "its proof for a certificate of its own", err, ra.CodeProofBad, "proof.refuse")
	s.nothingAtAnotherKiosk(ctx, t)
	s.unharmed(ctx, t, ra.OperationIssued)
}

// certificate is one that the key signed for itself.
func (k *softwareKey) certificate(t *testing.T) []byte {
	t.Helper()
	template := &x509.Certificate{}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.pair.Public(), k.pair)
	must(t, err)
	return der
}
