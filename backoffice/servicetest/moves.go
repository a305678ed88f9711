package servicetest

import (
	"regexp"
	"slices"
	"testing"

	"keyhall/backoffice/store/storetest"
)

// keeps finds what a trigger that keeps to the moves is for: its table, the thing, the column.
var keeps = regexp.MustCompile(`ON public\.(\w+) .*keep_to_moves\('(\w+)', '(\w+)'\)`)

// WatchMoves begins to write down into which states things come, and by which moves.
func (h *Hall) WatchMoves(t testing.TB) {
	t.Helper()
	pool := storetest.Owner(t, h.DSN).Pool()
	_, err := pool.Exec(t.Context(), `
		CREATE TABLE moves_seen (what text, from_state text, to_state text);
		GRANT SELECT ON moves_seen TO PUBLIC;
		CREATE FUNCTION see_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
		BEGIN
			INSERT INTO moves_seen VALUES (TG_ARGV[0], CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ->> TG_ARGV[1] ELSE '' END, to_jsonb(NEW) ->> TG_ARGV[1]);
			RETURN NULL;
		END $$`)
	Must(t, err)
	for _, definition := range h.column(t, `SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '%_moves' ORDER BY tgname`) {
		m := keeps.FindStringSubmatch(definition)
		if m == nil {
			t.Fatalf("cannot read %s", definition)
		}
		_, err := pool.Exec(t.Context(), `CREATE TRIGGER see_`+m[2]+` AFTER INSERT OR UPDATE ON `+m[1]+
			` FOR EACH ROW EXECUTE FUNCTION see_moves('`+m[2]+`', '`+m[3]+`')`)
		Must(t, err)
	}
}

// WantMoves wants every move of the things to have been seen, and each of their states: "thing state".
func (h *Hall) WantMoves(t testing.TB, things []string, states []string) {
	t.Helper()
	for _, missing := range h.column(t, `
		SELECT m.what || ' from ' || m.from_state || ' to ' || m.to_state FROM moves m
		WHERE m.what = ANY($1) AND NOT EXISTS (
			SELECT FROM moves_seen s WHERE (s.what, s.from_state, s.to_state) = (m.what, m.from_state, m.to_state)) ORDER BY 1`, things) {
		t.Errorf("nothing moves %s", missing)
	}
	seen := h.column(t, `SELECT DISTINCT what || ' ' || to_state FROM moves_seen`)
	for _, s := range states {
		if !slices.Contains(seen, s) {
			t.Errorf("nothing brings %s about", s)
		}
	}
}

func (h *Hall) column(t testing.TB, sql string, args ...any) (all []string) {
	t.Helper()
	rows, err := h.Store.Pool().Query(t.Context(), sql, args...)
	Must(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		Must(t, rows.Scan(&text))
		all = append(all, text)
	}
	Must(t, rows.Err())
	return all
}
