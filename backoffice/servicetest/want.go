package servicetest

import (
	"errors"
	"os"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store/storetest"
)

// Must ends the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// WantCode checks the code, and the field where one is given.
func WantCode(t testing.TB, what string, err error, code ra.Code, field string) {
	t.Helper()
	if got := ra.CodeOf(err); got != code {
		t.Errorf("%s: %v, want %q", what, err, code)
		return
	}
	var e *ra.Error
	if errors.As(err, &e) && field != "" && e.Field != field {
		t.Errorf("%s: field %q, want %q", what, e.Field, field)
	}
}

// Argument is one of an error's arguments, "" where it has none of that name.
func Argument(err error, name string) string {
	var e *ra.Error
	if errors.As(err, &e) {
		return e.Args[name]
	}
	return ""
}

// WantRefused wants a code, and one line among those that the trail got that tells of it.
func WantRefused(t testing.TB, what string, err error, code ra.Code, said []string, want string) {
	t.Helper()
	WantCode(t, what, err, code, "")
	if len(said) != 1 || said[0] != want {
		t.Errorf("%s: the trail says %q, want %q", what, said, want)
	}
}

// WeakRequest is one of the requests that no certificate may be issued for.
func WeakRequest(t testing.TB, name string) []byte {
	t.Helper()
	der, err := os.ReadFile("../pki/testdata/" + name)
	Must(t, err)
	return der
}

// TrailOf is what the trail tells of an order.
func (h *Hall) TrailOf(t testing.TB, orderID string) []book.AuditRow {
	t.Helper()
	rows, err := h.Store.AuditOfOrder(t.Context(), orderID)
	Must(t, err)
	return rows
}

// Lines counts the lines of the trail, those of one actor where an id is given.
func (h *Hall) Lines(t testing.TB, actorID string) (n int) {
	t.Helper()
	Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE $1 IN ('', actor_id)`, actorID).Scan(&n))
	return n
}

// WithoutTrail runs f while the program may add nothing to the trail.
func (h *Hall) WithoutTrail(t testing.TB, f func()) {
	t.Helper()
	owner := storetest.Owner(t, h.DSN).Pool()
	_, err := owner.Exec(t.Context(), `REVOKE INSERT ON audit FROM `+storetest.Role)
	Must(t, err)
	f()
	_, err = owner.Exec(t.Context(), `GRANT INSERT ON audit TO `+storetest.Role)
	Must(t, err)
}

// NewLines returns the lines "action code" that the trail got for an order since the last call.
func (h *Hall) NewLines(t testing.TB, orderID string) func() []string {
	t.Helper()
	seen := len(h.TrailOf(t, orderID))
	return func() (said []string) {
		t.Helper()
		all := h.TrailOf(t, orderID)
		for _, row := range all[seen:] {
			said = append(said, row.Action+" "+row.Facts["code"])
		}
		seen = len(all)
		return said
	}
}

// Texted wants a text message about the order with these words, and only one.
func (h *Hall) Texted(t testing.TB, number, words string) {
	t.Helper()
	_, err := h.DeliverMessages(t.Context())
	Must(t, err)
	n := 0
	for _, m := range h.Sender.Sent() {
		if strings.Contains(m.Text, number) && strings.Contains(m.Text, words) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d messages tell %q of %s, want 1", n, words, number)
	}
}

// OrderOf is a member's order as it is now.
func (h *Hall) OrderOf(t testing.TB, member ra.Membership, id string) ra.Order {
	t.Helper()
	order, err := h.Order(t.Context(), member, id)
	Must(t, err)
	return order
}

// CertificatesOf is what the back office keeps of a kiosk's certificates.
func (h *Hall) CertificatesOf(t testing.TB, kioskID string) []book.KioskCertificate {
	t.Helper()
	all, err := h.Store.KioskCertificates(t.Context(), kioskID)
	Must(t, err)
	return all
}

// Dump is every row of these tables as text, of all where none is named.
func (h *Hall) Dump(t testing.TB, tables ...string) string {
	t.Helper()
	pool := h.Store.Pool()
	if len(tables) == 0 {
		var all string
		Must(t, pool.QueryRow(t.Context(),
			`SELECT string_agg(quote_ident(table_name), ',') FROM information_schema.tables WHERE table_schema = 'public'`).Scan(&all))
		tables = strings.Split(all, ",")
	}
	var all strings.Builder
	for _, name := range tables {
		var text string
		Must(t, pool.QueryRow(t.Context(), `SELECT COALESCE(string_agg(x::text, chr(10)), '') FROM `+name+` x`).Scan(&text))
		all.WriteString(text)
	}
	return all.String()
}
