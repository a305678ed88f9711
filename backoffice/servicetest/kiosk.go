package servicetest

import (
	"crypto/sha256"
	"testing"

	"keyhall/backoffice/ra"
)

// Enrolled enrols one more kiosk.
func (h *Hall) Enrolled(t testing.TB, prefix string) ra.Kiosk {
	t.Helper()
	return h.EnrolledAt(t, prefix, HallID)
}

// EnrolledAt enrols one more kiosk at a hall.
func (h *Hall) EnrolledAt(t testing.TB, prefix, hallID string, projects ...string) ra.Kiosk {
	t.Helper()
	return h.IdentityAt(t, prefix, hallID, projects...).Kiosk
}

// Identity is who a kiosk is, as it knows it: the key's certificate is the one that it shows.
type Identity struct {
	Kiosk ra.Kiosk
	Key   *Key
}

// IdentityAt is EnrolledAt with the kiosk's own key.
func (h *Hall) IdentityAt(t testing.TB, prefix, hallID string, projects ...string) Identity {
	t.Helper()
	key := NewKey(t)
	enrolled, err := h.Enrol(t.Context(), h.CodeFor(t, prefix, hallID, projects...), key.Request(t, nil), nil)
	Must(t, err)
	key.Certificate = enrolled.Certificate
	return Identity{Kiosk: enrolled.Kiosk, Key: key}
}

// Renewed asks for the kiosk's next certificate with a fresh key and returns it; the kiosk does not use it yet.
func (h *Hall) Renewed(t testing.TB, who Identity) Identity {
	t.Helper()
	key := NewKey(t)
	renewed, err := h.Renew(t.Context(), who.Key.Certificate, key.Request(t, nil))
	Must(t, err)
	key.Certificate = renewed.Certificate
	return Identity{Kiosk: who.Kiosk, Key: key}
}

// Previous is what a kiosk adds to an enrolment to go on as itself.
func (who Identity) Previous(t testing.TB, code string, csr []byte) *ra.Previous {
	t.Helper()
	sum := sha256.Sum256(who.Key.Certificate)
	return &ra.Previous{Fingerprint: sum[:], Signature: who.Key.SignText(t, ra.EnrolmentMessage(code, csr))}
}

// CodeFor is a fresh enrolment code.
func (h *Hall) CodeFor(t testing.TB, prefix, hallID string, projects ...string) string {
	t.Helper()
	if len(projects) == 0 {
		projects = []string{ProjectID}
	}
	window := ra.Text{ZH: "西湖窗口 " + prefix, EN: "West Lake " + prefix}
	code, err := h.EnrolmentCode(t.Context(), h.Admin, prefix, hallID, window, projects)
	Must(t, err)
	return code
}
