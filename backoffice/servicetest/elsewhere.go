package servicetest

import (
	"fmt"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

// What a hall has besides, once Elsewhere made it.
const (
	OtherProjectID = "other"
	OtherHallID    = "binjiang"
)

// Elsewhere adds another project and another hall, for whoever has nothing to look for here.
func (h *Hall) Elsewhere(t testing.TB) {
	t.Helper()
	other := Project()
	other.ID = OtherProjectID
	h.PutProject(t, 2, other)
	Must(t, h.Store.PutHall(t.Context(), 2, ra.Hall{ID: OtherHallID, Name: ra.Text{ZH: "滨江服务大厅", EN: "Binjiang Hall"}}))
}

// Reenrolled enrols a kiosk anew, signed by its old key; its new certificate is not used yet.
func (h *Hall) Reenrolled(t testing.TB, who Identity, hallID string, projects ...string) Identity {
	t.Helper()
	code := h.CodeFor(t, who.Kiosk.Prefix, hallID, projects...)
	key := NewKey(t)
	csr := key.Request(t, nil)
	enrolled, err := h.Enrol(t.Context(), code, csr, who.Previous(t, code, csr))
	Must(t, err)
	key.Certificate = enrolled.Certificate
	return Identity{Kiosk: enrolled.Kiosk, Key: key}
}

// LoggedIn opens a session at a kiosk and puts it into a membership, unless that is "".
func (h *Hall) LoggedIn(t testing.TB, kiosk ra.Kiosk, login, password, membershipID string) string {
	t.Helper()
	session, err := h.LogIn(t.Context(), kiosk, login, password)
	Must(t, err)
	if membershipID == "" {
		return session.Token
	}
	caller, err := h.Session(t.Context(), kiosk, session.Token)
	Must(t, err)
	_, err = h.ChooseMembership(t.Context(), kiosk, caller, membershipID)
	Must(t, err)
	return session.Token
}

// Contents is a digest of every table of the register and of the scans, to see that a call which was refused left nothing. Left out
// are the trail, which tells of refusals too, the counts of wrong passwords and codes, what is kept of looks alone, and what
// keys were given to sign, which is used up by a try.
func (h *Hall) Contents(t testing.TB) map[string]string {
	t.Helper()
	h.placed(t)
	pool := h.Store.Pool()
	var tables string
	Must(t, pool.QueryRow(t.Context(), `
		SELECT string_agg(table_name, ',') FROM information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('audit', 'login_attempts', 'page_looks', 'key_challenges')`).Scan(&tables))
	var all []string
	for _, name := range strings.Split(tables, ",") {
		all = append(all, fmt.Sprintf(`SELECT '%[1]s', COALESCE(md5(string_agg(r::text, '|' ORDER BY r::text)), '') FROM %[1]s r`, name))
	}
	rows, err := pool.Query(t.Context(), strings.Join(all, " UNION ALL "))
	Must(t, err)
	defer rows.Close()
	contents := map[string]string{"bucket": fmt.Sprint(h.Blobs.count())}
	for rows.Next() {
		var name, sum string
		Must(t, rows.Scan(&name, &sum))
		contents[name] = sum
	}
	Must(t, rows.Err())
	return contents
}

// placed gives what was committed its place in the feed now, and not between two looks: who else is at it holds the feed's row, and is
// waited for.
func (h *Hall) placed(t testing.TB) {
	t.Helper()
	for waiting := true; waiting; {
		_, _, err := h.Store.Changes(t.Context(), "", "", 0)
		Must(t, err)
		tx, err := h.Store.Pool().Begin(t.Context())
		Must(t, err)
		_, err = tx.Exec(t.Context(), `SELECT FROM feed FOR UPDATE`)
		Must(t, err)
		Must(t, tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM changes WHERE place IS NULL)`).Scan(&waiting))
		Must(t, tx.Commit(t.Context()))
	}
}

func (b *Blobs) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for sum := range b.all {
		if !strings.HasSuffix(sum, ".thumb") {
			n++
		}
	}
	return n
}
