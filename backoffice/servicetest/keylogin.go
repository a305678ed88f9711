package servicetest

import (
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
)

// Asked is what a kiosk asks for a key with its certificate.
func (k *Key) Asked(purpose ra.KeyPurpose) ra.KeyAsked {
	sum := sha256.Sum256(k.Certificate)
	return ra.KeyAsked{Purpose: purpose, Key: k.Identity, Certificates: [][]byte{sum[:]}}
}

// Answer has a key sign for a purpose at a kiosk, in who is logged in's session.
func (h *Hall) Answer(t testing.TB, kiosk ra.Kiosk, caller intake.Caller, purpose ra.KeyPurpose, key *Key) ra.KeyAnswer {
	t.Helper()
	asked, err := h.KeyChallenge(t.Context(), kiosk, caller, key.Asked(purpose))
	Must(t, err)
	return ra.KeyAnswer{Nonce: asked.Nonce, Signature: key.SignText(t, ra.LoginMessage(purpose, kiosk.ID, asked.Nonce))}
}

// KeySession logs a key in at a kiosk.
func (h *Hall) KeySession(t testing.TB, kiosk ra.Kiosk, key *Key) string {
	t.Helper()
	session, err := h.LogInByKey(t.Context(), kiosk, h.Answer(t, kiosk, intake.Caller{}, ra.KeyPurposeLogin, key))
	Must(t, err)
	return session.Token
}

// ActingKey is the membership that a key acts in, in a session of its own.
func (h *Hall) ActingKey(t testing.TB, kiosk ra.Kiosk, key *Key) ra.Membership {
	t.Helper()
	caller, err := h.Session(t.Context(), kiosk, h.KeySession(t, kiosk, key))
	Must(t, err)
	return caller.Membership
}

// BoundKey is a new key that counts as a member of staff's.
func (h *Hall) BoundKey(t testing.TB, m ra.Staff) *Key {
	t.Helper()
	key := NewKey(t)
	Must(t, h.BindKey(t.Context(), book.Command(), ra.StaffKey{ID: ID(t), StaffID: m.ID, Name: key.Identity.Serial}, key.PublicPEM(t)))
	return key
}

// AskedOfStaff is what a kiosk asks for a key of staff.
func (k *Key) AskedOfStaff(t testing.TB) ra.KeyAsked {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Private.Public())
	Must(t, err)
	sum := sha256.Sum256(der)
	return ra.KeyAsked{Purpose: ra.KeyPurposeStaff, Key: k.Identity, Certificates: [][]byte{sum[:]}}
}

// StaffAnswer has a key of staff sign at a kiosk.
func (h *Hall) StaffAnswer(t testing.TB, kiosk ra.Kiosk, key *Key) *ra.KeyAnswer {
	t.Helper()
	asked, err := h.StaffKeyChallenge(t.Context(), kiosk, key.AskedOfStaff(t))
	Must(t, err)
	return &ra.KeyAnswer{Nonce: asked.Nonce, Signature: key.SignText(t, ra.LoginMessage(ra.KeyPurposeStaff, kiosk.ID, asked.Nonce))}
}

// StaffAt logs a member of staff in at a kiosk, with their key or, for nil, without.
func (h *Hall) StaffAt(t testing.TB, kiosk ra.Kiosk, m ra.Staff, key *Key) ra.StaffSession {
	t.Helper()
	in := ra.StaffLogIn{Login: m.Login, Password: Password}
	if key != nil {
		in.Key = h.StaffAnswer(t, kiosk, key)
	}
	s, err := h.LogInAt(t.Context(), kiosk, in)
	Must(t, err)
	return s
}
