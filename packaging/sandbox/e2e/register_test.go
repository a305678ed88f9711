package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/backoffice/vault"
)

// spoiledRegister: whoever owns the database can write anything into it, and the audit finds it. Nothing is mended in between: each
// is found beside those before.
func (s *strangers) spoiledRegister(ctx context.Context, t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"one public key for two units", `UPDATE operations SET key_hash = (SELECT key_hash FROM operations ORDER BY id LIMIT 1)
			WHERE id = (SELECT id FROM operations ORDER BY id DESC LIMIT 1)`, "it was asked for by operation "},
		{"a certificate outside the register", `DELETE FROM certificates WHERE id = (SELECT id FROM certificates ORDER BY id LIMIT 1)`,
			"but it stands outside the register"},
		{"an administrator PIN that was another", `UPDATE admin_pins SET check_hash = set_byte(check_hash, length(check_hash) - 1, get_byte(check_hash, length(check_hash) - 1) # 1)
			WHERE (serial, version) = (SELECT serial, version FROM admin_pins ORDER BY serial, version LIMIT 1)`,
			"cannot be derived any more: the master key or the model's rule has changed"},
	} {
		if before := s.findings(ctx, t); strings.Contains(before, c.want) {
			t.Errorf("%s is found before it is there:\n%s", c.name, before)
		}
		s.spoil(ctx, t, c.sql)
		if found := s.findings(ctx, t); !strings.Contains(found, c.want) {
			t.Errorf("%s: the audit finds\n%s\nwant … %s", c.name, found, c.want)
		}
	}
	s.otherMasterKey(ctx, t)
}

// otherMasterKey: with another master key no command starts, and where the register was made to agree with it, the audit finds every PIN
// that would come out differently.
func (s *strangers) otherMasterKey(ctx context.Context, t *testing.T) {
	t.Helper()
	file := filepath.Join(s.OfficeData(), "master-1.key")
	must(t, os.Remove(file))
	must(t, vault.Create(s.OfficeData(), 1))
	_, err := s.Office(ctx, "audit")
	if want := "other PINs would come out"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the audit with another master key: %v, want … %s", err, want)
	}
	secrets, err := vault.Load(s.OfficeData(), 1)
	must(t, err)
	defer secrets.Close()
	fingerprint, err := secrets.Fingerprint(1)
	must(t, err)
	s.spoil(ctx, t, `UPDATE master_keys SET fingerprint = $1`, fingerprint)
	if got := strings.Count(s.findings(ctx, t), "of its administrator PIN cannot be derived any more"); got != units {
		t.Errorf("with another master key %d administrator PINs come out differently, want all %d", got, units)
	}
}

// findings is what the audit prints: a line for each, or that everything holds.
func (s *strangers) findings(ctx context.Context, t *testing.T) string {
	t.Helper()
	out, err := s.Office(ctx, "audit")
	if whole := strings.Contains(out, "all invariants hold"); whole != (err == nil) {
		t.Errorf("the audit ends with %v and says\n%s", err, out)
	}
	return out
}

// spoil runs a statement with triggers and foreign keys off.
func (s *strangers) spoil(ctx context.Context, t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := s.trail.conn.Exec(ctx, `SET session_replication_role = replica`)
	must(t, err)
	tag, err := s.trail.conn.Exec(ctx, sql, args...)
	must(t, err)
	if tag.RowsAffected() != 1 {
		t.Errorf("%d rows were spoiled, want 1", tag.RowsAffected())
	}
	_, err = s.trail.conn.Exec(ctx, `RESET session_replication_role`)
	must(t, err)
}
