package audit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// lived is a hall with a checkpoint, some of its life before and some after it.
func lived(t *testing.T) *servicetest.Hall {
	t.Helper()
	h := servicetest.New(t)
	h.Trail.Checkpoints = filepath.Join(t.TempDir(), "checkpoints")
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	h.Made(t, member, order, code)
	h.Sealed(t)
	h.Submitted(t, member, 1)
	h.Sealed(t)
	checkpoint(t, h)
	_, err := h.Case(t.Context(), h.Supervisor, order.ID)
	servicetest.Must(t, err)
	h.Sealed(t)
	wantWhole(t, h)
	return h
}

func checkpoint(t *testing.T, h *servicetest.Hall) {
	t.Helper()
	n, err := h.Trail.WriteCheckpoint(t.Context())
	if err != nil || n != 1 {
		t.Fatalf("%d checkpoints, %v, want one", n, err)
	}
}

func wantWhole(t *testing.T, h *servicetest.Hall) {
	t.Helper()
	if found := findings(t, h); found != "" {
		t.Errorf("found\n%s", found)
	}
}

func findings(t *testing.T, h *servicetest.Hall) string {
	t.Helper()
	found, err := h.Trail.BrokenTrail(t.Context())
	servicetest.Must(t, err)
	return servicetest.Told(found)
}

// again is the hall on a copy of its database, with the same file of checkpoints.
func again(t *testing.T, h *servicetest.Hall) *servicetest.Hall {
	t.Helper()
	c := h.Copy(t)
	text, err := os.ReadFile(h.Trail.Checkpoints)
	servicetest.Must(t, err)
	c.Trail.Checkpoints = filepath.Join(t.TempDir(), "checkpoints")
	servicetest.Must(t, os.WriteFile(c.Trail.Checkpoints, text, 0o600))
	return c
}

// TestRefusedToTheProgram: what the program's role asks for, the database does not do.
func TestRefusedToTheProgram(t *testing.T) {
	t.Parallel()
	h := lived(t)
	conn, err := pgx.Connect(t.Context(), storetest.Program(h.DSN))
	servicetest.Must(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	month := "audit_" + h.Clock.Now().Format("2006_01")
	for _, sql := range []string{
		`TRUNCATE audit`, `TRUNCATE ` + month, `TRUNCATE audit_rest`, `TRUNCATE audit_sets`, `DELETE FROM audit`, `DELETE FROM ` + month,
		`UPDATE audit SET action = 'x'`, `UPDATE ` + month + ` SET action = 'x'`, `DELETE FROM audit_sets`, `UPDATE audit_sets SET total = 0`,
		`INSERT INTO ` + month + ` SELECT * FROM audit`, `ALTER TABLE audit DISABLE TRIGGER ALL`, `DROP TABLE audit`, `ALTER TABLE audit DETACH PARTITION ` + month,
		`DROP TRIGGER audit_append_only ON audit`, `CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
		`SELECT setval('audit_id', 1)`, `SET session_replication_role = replica`, `SET ROLE keyhall`,
		`CREATE TABLE public.audit2 (id int)`, `CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING`,
		`DELETE FROM certificates`, `DELETE FROM orders`, `DELETE FROM payments`, `UPDATE payments SET amount_fen = 0`, `DELETE FROM staff_grants`, `DELETE FROM crls`,
		`TRUNCATE orders CASCADE`, `DELETE FROM master_keys`, `UPDATE admin_pins SET master = 1`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
	wantWhole(t, h)
}

// TestRefusedToTheOwner: the owner's slips, too.
func TestRefusedToTheOwner(t *testing.T) {
	t.Parallel()
	h := lived(t)
	pool := storetest.Owner(t, h.DSN).Pool()
	month := "audit_" + h.Clock.Now().Format("2006_01")
	for _, sql := range []string{`TRUNCATE audit`, `TRUNCATE ` + month, `TRUNCATE audit_rest`, `TRUNCATE audit_sets`, `DELETE FROM audit`, `DELETE FROM ` + month,
		`UPDATE audit SET action = 'x'`, `UPDATE ` + month + ` SET action = 'x'`, `DELETE FROM audit_sets`, `UPDATE audit_sets SET total = 0`} {
		if _, err := pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
	wantWhole(t, h)
}

// TestFoundFromTheProgram: what the program's role can do, the audit finds.
func TestFoundFromTheProgram(t *testing.T) {
	t.Parallel()
	whole := lived(t)
	whole.Store.Close()
	const forged = `INSERT INTO audit (at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts, moved, writer, number, mac) `
	for name, c := range map[string]struct{ sql, want string }{
		"a line of its own":       {forged + `SELECT at, actor_kind, actor_id, kiosk_id, 'order.approve', order_id, subject, facts, moved, writer, number + 1000, mac FROM audit LIMIT 1`, "was changed, or written by somebody else"},
		"a line twice":            {forged + `SELECT at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts, moved, writer, number, mac FROM audit LIMIT 1`, "stands there twice"},
		"a set of its own":        {`INSERT INTO audit_sets SELECT number + 1, month, '{[900,901)}', 1, total + 1, 900, sealed_at, digest, hash, hash, signature FROM audit_sets ORDER BY number DESC LIMIT 1`, "was changed, or made by somebody else"},
		"an order approved":       {`UPDATE orders SET materials = 'accepted', payment = 'paid', state = 'approved', approved_at = now() WHERE state = 'open'`, "but the last line of the trail that tells of it"},
		"a certificate suspended": {`UPDATE certificates SET state = 'suspended'`, "but the last line of the trail that tells of it"},
		"another password":        {`UPDATE staff SET password = 'x' WHERE login = 'wang@hall.example'`, "staff "},
		"a grant":                 {`INSERT INTO staff_grants (id, staff_id, role, given_at, confirmed_at) SELECT gen_random_uuid(), id, 'finance', now(), now() FROM staff WHERE login LIKE 'zhao%'`, "but no line of the trail tells of it"},
		"a kiosk let in":          {`UPDATE kiosks SET blocked_at = now()`, "kiosk "},
		"a price":                 {`UPDATE services SET price_fen = 1 WHERE id = 'organisation-1y'`, "service demo/organisation-1y"},
		"a PIN rule":              {`UPDATE ukey_models SET admin_pin_tries = 99`, "model softkey"},
		"a kiosk's certificate":   {`UPDATE kiosk_certificates SET retired_at = now()`, "kiosk_certificate "},
		"a customer's password":   {`UPDATE persons SET password = 'x'`, "person "},
		"a unit":                  {`UPDATE units SET state = 'released', operation_id = NULL WHERE state = 'waiting'`, "unit "},
		"a unit's term":           {`UPDATE units SET term_months = 120`, "sold "},
		"a unit's service":        {`UPDATE units SET service_id = 'x'`, "sold "},
		"a key's PIN version":     {`UPDATE ukeys SET admin_pin = 0`, "key "},
	} {
		t.Run(name, func(t *testing.T) {
			h := again(t, whole)
			_, err := h.Store.Pool().Exec(t.Context(), c.sql)
			servicetest.Must(t, err)
			if found := findings(t, h); !strings.Contains(found, c.want) {
				t.Errorf("found\n%s\nwant … %s", found, c.want)
			}
		})
	}
}

// TestTermsInTheRegister: what was paid for is neither lengthened nor given to another certificate, and no certificate to another holder or
// key, behind the program's back.
func TestTermsInTheRegister(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member, certificates := h.Holder(t, 2)
	h.Clock.Advance(h.CertificateEnd(t, certificates[0]).Sub(h.Clock.Now()) - 40*24*time.Hour)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	other := h.Registered(t)
	h.Sound(t)
	for _, c := range []struct{ change, back, want string }{
		{`UPDATE terms SET months = 120`, `UPDATE terms SET months = 12`, "term "},
		{`UPDATE terms SET certificate_id = '` + certificates[1] + `'`, `UPDATE terms SET certificate_id = '` + certificates[0] + `'`, "term "},
		{`UPDATE certificates SET membership_id = '` + other.ID + `'`, `UPDATE certificates SET membership_id = '` + member.ID + `'`, "certificate "},
		{`UPDATE certificates SET serial = (SELECT max(serial) FROM ukeys) WHERE id = (SELECT id FROM certificates ORDER BY serial LIMIT 1)`, ``, "certificate "},
	} {
		_, err := h.Store.Pool().Exec(t.Context(), c.change)
		servicetest.Must(t, err)
		if found := findings(t, h); !strings.Contains(found, c.want) {
			t.Errorf("%s: found\n%s", c.change, found)
		}
		_, err = h.Store.Pool().Exec(t.Context(), c.back)
		servicetest.Must(t, err)
	}
}

// TestFoundFromTheServersOwner: who owns the whole server can do anything to the tables, but does not have the key.
func TestFoundFromTheServersOwner(t *testing.T) {
	t.Parallel()
	whole := lived(t)
	whole.Store.Close()
	last := `(SELECT max(number) FROM audit_sets)`
	cut := `DELETE FROM audit a USING audit_sets s WHERE s.number = ` + last + ` AND a.id <@ s.ids; DELETE FROM audit_sets WHERE number = ` + last + `;`
	for name, c := range map[string]struct{ sql, want string }{
		"a line altered":         {`UPDATE audit SET actor_id = 'x' WHERE id = 9`, "line 9 was changed"},
		"its time":               {`UPDATE audit SET at = at + interval '1 second' WHERE id = 9`, "line 9 was changed"},
		"moved to another month": {`UPDATE audit SET at = at + interval '2 months' WHERE id = 9`, "are missing, or their time was changed"},
		"a line removed":         {`DELETE FROM audit WHERE id = 9`, "1 of the"},
		"lines exchanged":        {`UPDATE audit SET id = CASE id WHEN 9 THEN 10 ELSE 9 END + 100000 WHERE id IN (9, 10); UPDATE audit SET id = id - 100000 WHERE id > 100000`, "are not those that were sealed"},
		"set altered":            {`UPDATE audit_sets SET lines = lines + 1 WHERE number = 1`, "set 1 was changed"},
		"set removed":            {`DELETE FROM audit_sets WHERE number = 1`, "set 1 is missing"},
		"tail cut":               {cut + cut, "its end was cut off"},
		"trail truncated":        {`TRUNCATE audit, audit_sets`, "its end was cut off"},
		"lines truncated":        {`TRUNCATE audit`, "nothing says that they were dropped"},
		"a month dropped":        {`ALTER TABLE audit DETACH PARTITION ` + "MONTH" + `; DROP TABLE ` + "MONTH", "nothing says that they were dropped"},
		"guards dropped":         {`DROP TRIGGER audit_append_only ON audit; DROP TRIGGER audit_not_truncated ON audit_sets`, "its trigger audit_not_truncated is missing or off"},
		"guards off":             {`ALTER TABLE audit_sets DISABLE TRIGGER ALL`, "its trigger audit_append_only is missing or off"},
		"guards that do nothing": {`CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'`, "function audit_append_only: somebody changed it"},
		"guards gone":            {`DROP FUNCTION audit_append_only CASCADE`, "its trigger audit_append_only is missing or off"},
		"guards at times":        {`DROP TRIGGER audit_append_only ON audit_sets; CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_sets FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_append_only()`, "its trigger audit_append_only is missing or off"},
		"guards for columns":     {`DROP TRIGGER audit_append_only ON audit_sets; CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE OF number ON audit_sets FOR EACH ROW EXECUTE FUNCTION audit_append_only()`, "its trigger audit_append_only is missing or off"},
		"lines swallowed":        {`CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER aaa BEFORE INSERT ON audit_sets FOR EACH ROW EXECUTE FUNCTION swallow()`, "somebody gave it the trigger aaa"},
		"lines sent elsewhere":   {`CREATE RULE away AS ON INSERT TO audit_sets DO INSTEAD NOTHING`, "somebody gave it the rule away"},
		"lines hidden":           {`ALTER TABLE audit ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON audit FOR INSERT WITH CHECK (true)`, "somebody lets not everybody see its rows"},
		"rights to a month":      {`GRANT DELETE ON ` + "MONTH" + ` TO PUBLIC`, "do more with it than add to it"},
		"rights to a column":     {`GRANT UPDATE (facts) ON audit TO PUBLIC`, "do more with it than add to it"},
		"sequence set back":      {`SELECT setval('audit_id', 1)`, "sequence audit_id: it was set back"},
		"register row removed":   {`DELETE FROM payments`, "but it is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			h := again(t, whole)
			storetest.Spoil(t, h.DSN, strings.ReplaceAll(c.sql, "MONTH", "audit_"+h.Clock.Now().Format("2006_01")))
			if found := findings(t, h); !strings.Contains(found, c.want) {
				t.Errorf("found\n%s\nwant … %s", found, c.want)
			}
		})
	}
}

// TestUnsealedLinesTakenAway: the next line of the same writer shows it.
func TestUnsealedLinesTakenAway(t *testing.T) {
	t.Parallel()
	h := lived(t)
	order := h.Placed(t, h.Registered(t), 1)
	_, err := h.Case(t.Context(), h.Supervisor, order.ID) // a look leaves nothing but its line
	servicetest.Must(t, err)
	storetest.Spoil(t, h.DSN, `DELETE FROM audit WHERE action = 'case.view' AND order_id = '`+order.ID+`'`)
	h.Registered(t)
	if found := findings(t, h); !strings.Contains(found, "they were taken away before they were sealed") {
		t.Errorf("found\n%s", found)
	}
}

// TestLostLinesAreTold: a transaction that failed after its lines were numbered leaves no hole that nobody explains.
func TestLostLinesAreTold(t *testing.T) {
	t.Parallel()
	h := lived(t)
	h.WithoutTrail(t, func() {
		_, err := h.StaffLogIn(t.Context(), h.Supervisor.Login, servicetest.Password)
		servicetest.WantCode(t, "without the trail", err, ra.CodeTrailAway, "")
		if _, err := h.SealAudit(t.Context()); err == nil {
			t.Error("sealed, though nothing can be told of the lost line")
		}
	})
	h.Registered(t)
	h.Sealed(t)
	wantWhole(t, h)
	lost := 0
	rows, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	servicetest.Must(t, err)
	for _, r := range rows {
		if r.Action == "audit.lost" {
			lost++
		}
	}
	if lost == 0 {
		t.Error("nothing tells of the lost line")
	}
}

// TestCheckpointsFile: a file that is gone, cut or of another register is told; one that was kept elsewhere serves as well.
func TestCheckpointsFile(t *testing.T) {
	t.Parallel()
	h := lived(t)
	file := h.Trail.Checkpoints
	text, err := os.ReadFile(file)
	servicetest.Must(t, err)
	for name, c := range map[string]struct{ text, want string }{
		"altered": {strings.Replace(string(text), " 2 ", " 3 ", 1), "is no checkpoint, or was changed"},
		"half":    {string(text)[:len(text)/2], "is no checkpoint, or was changed"},
		"zeros":   {string(text) + strings.Repeat("\x00", 200_000), "line 2 of " + file + " is no checkpoint, or was changed"},
		"its end gone and the trail's, of another time": {strings.ReplaceAll(string(text), "\n", "\r\n") + strings.Replace(string(text), "keyhall-audit-2", "keyhall-audit-1", 1), "is no checkpoint, or was changed"},
		"register": {strings.Replace(string(text), " hall ", " other ", 1), "is no checkpoint, or was changed"},
	} {
		servicetest.Must(t, os.WriteFile(file, []byte(c.text), 0o600))
		if found := findings(t, h); !strings.Contains(found, c.want) {
			t.Errorf("%s: found\n%s\nwant … %s", name, found, c.want)
		}
	}
	servicetest.Must(t, os.Remove(file))
	wantWhole(t, h) // not yet late
	h.Clock.Advance(48 * time.Hour)
	if found := findings(t, h); !strings.Contains(found, "no checkpoint was written after set 0") {
		t.Errorf("no file: found\n%s", found)
	}
	h.Trail.Kept = filepath.Join(t.TempDir(), "kept")
	servicetest.Must(t, os.WriteFile(h.Trail.Kept, text, 0o600))
	storetest.Spoil(t, h.DSN, `TRUNCATE audit, audit_sets`)
	if found := findings(t, h); !strings.Contains(found, "its end was cut off") {
		t.Errorf("kept elsewhere: found\n%s", found)
	}
}

// TestCheckpointAfterAPowerCut: half a line does not take the next one with it.
func TestCheckpointAfterAPowerCut(t *testing.T) {
	t.Parallel()
	h := lived(t)
	f, err := os.OpenFile(h.Trail.Checkpoints, os.O_APPEND|os.O_WRONLY, 0)
	servicetest.Must(t, err)
	_, err = f.WriteString("keyhall-audit-2 hal")
	servicetest.Must(t, err)
	servicetest.Must(t, f.Close())
	checkpoint(t, h)
	if n, err := h.Trail.WriteCheckpoint(t.Context()); n != 0 || err != nil {
		t.Errorf("the same again: %d, %v", n, err)
	}
	text, err := os.ReadFile(h.Trail.Checkpoints)
	servicetest.Must(t, err)
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); len(lines) != 3 {
		t.Errorf("the file has %d lines, want 3", len(lines))
	}
}

// TestLateLinesAreSealed: a transaction that commits after later ones were sealed comes into the next set, and so does a line with a
// time of long ago, once all are looked through.
func TestLateLinesAreSealed(t *testing.T) {
	t.Parallel()
	h := lived(t)
	pool := storetest.Owner(t, h.DSN).Pool()
	var id int64
	servicetest.Must(t, pool.QueryRow(t.Context(), `SELECT nextval('audit_id')`).Scan(&id))
	h.Registered(t)
	h.Sealed(t)
	late := []book.AuditRow{{At: h.Clock.Now(), ActorKind: "system", Action: "x"}}
	servicetest.Must(t, audit.NewWriter(storetest.AuditKey(t)).Stamp(late))
	_, err := pool.Exec(t.Context(), `
		INSERT INTO audit (id, at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts, moved, writer, number, mac)
		VALUES ($1, $2, 'system', '', '', 'x', '', '', '{}', '{}', $3, $4, $5)`, id, late[0].At, late[0].Writer, late[0].Number, late[0].MAC)
	servicetest.Must(t, err)
	h.Clock.Advance(time.Minute)
	if lag, err := h.Trail.Lag(t.Context()); err != nil || lag != time.Minute {
		t.Errorf("lag %s, %v, want a minute", lag, err)
	}
	if n, err := h.SealAudit(t.Context()); err != nil || n != 1 {
		t.Errorf("%d lines, %v, want the late one", n, err)
	}
	if lag, err := h.Trail.Lag(t.Context()); err != nil || lag != 0 {
		t.Errorf("lag %s, %v, want none", lag, err)
	}
	line := book.AuditRow{At: h.Clock.Now().AddDate(-2, 0, 0), ActorKind: "system", Action: "x"}
	servicetest.Must(t, h.Store.InsertAudit(t.Context(), line))
	if n, err := h.SealAudit(t.Context()); err != nil || n != 0 {
		t.Errorf("%d lines, %v, want the old one to wait", n, err)
	}
	if n, err := h.Trail.SealStrays(t.Context()); err != nil || n != 1 {
		t.Errorf("%d lines, %v, want the old one", n, err)
	}
	wantWhole(t, h)
}

func owner(t *testing.T, h *servicetest.Hall) store.Of[audit.OwnerTx] {
	t.Helper()
	s := storetest.Owner(t, h.DSN)
	s.KeepTrail(h.Trail.Writer)
	return store.For(s, func(tx *store.Tx) audit.OwnerTx { return tx })
}

// TestDroppedForTheirAge: what is left can be proven like before, also that rows of the register are what dropped lines said of them.
func TestDroppedForTheirAge(t *testing.T) {
	t.Parallel()
	h := lived(t)
	month := book.Month(h.Clock.Now())
	months, err := h.Store.Months(t.Context())
	servicetest.Must(t, err)
	if old := audit.Old(months, h.Clock.Now(), 12); len(old) > 0 || len(months) < 13 {
		t.Fatalf("%v of %v are old", old, months)
	}
	h.Clock.Advance(month.AddDate(0, 13, 1).Sub(h.Clock.Now()))
	by := owner(t, h)
	made, err := by.MakeMonths(t.Context(), h.Clock.Now(), 2)
	if err != nil || made != 3 {
		t.Errorf("%d months made, %v, want 3", made, err)
	}
	h.Registered(t)
	h.Sealed(t)
	checkpoint(t, h)
	old := audit.Old(months, h.Clock.Now(), 12)
	if len(old) != 1 || !old[0].Equal(month) {
		t.Fatalf("%v are old, want %v", old, month)
	}
	servicetest.Must(t, h.Trail.Drop(t.Context(), by, old))
	left, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	servicetest.Must(t, err)
	for _, r := range left {
		if book.Month(r.At).Equal(month) {
			t.Fatalf("line %d is still there", r.ID)
		}
	}
	wantWhole(t, h)
	if left, err = h.Store.AuditAfter(t.Context(), left[len(left)-1].ID-1, 10); err != nil || left[len(left)-1].Action != audit.ActionDrop {
		t.Errorf("%+v, %v, want a line about it at the end", left, err)
	}
	h.Store.Close()
	by.Close()
	for name, c := range map[string]struct{ sql, want string }{
		"a row that only dropped lines told of": {`UPDATE payments SET amount_fen = 1`, "but the last line of the trail that tells of it"},
		"the line about it":                     {`DELETE FROM audit WHERE action = 'audit.drop'`, "nothing says that they were dropped"},
		"one of its sets":                       {`DELETE FROM audit_sets WHERE number = 1`, "set 1 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			c2 := again(t, h)
			storetest.Spoil(t, c2.DSN, c.sql)
			if found := findings(t, c2); !strings.Contains(found, c.want) {
				t.Errorf("found\n%s\nwant … %s", found, c.want)
			}
		})
	}
}

// TestNothingIsDroppedUnproven: not while the audit finds something, and not without a checkpoint in the file.
func TestNothingIsDroppedUnproven(t *testing.T) {
	t.Parallel()
	h := lived(t)
	month := []time.Time{book.Month(h.Clock.Now())}
	file := h.Trail.Checkpoints
	h.Trail.Checkpoints = ""
	if err := h.Trail.Drop(t.Context(), owner(t, h), month); err == nil {
		t.Error("dropped without a checkpoint")
	}
	h.Trail.Checkpoints = file
	storetest.Spoil(t, h.DSN, `UPDATE audit SET actor_id = 'x' WHERE id = 9`)
	if err := h.Trail.Drop(t.Context(), owner(t, h), month); err == nil || !strings.Contains(err.Error(), "the audit found something") {
		t.Errorf("dropped though a line was changed: %v", err)
	}
}

// TestLinesWithoutAMonth: the hall goes on, and the lines are sealed and proven where they are.
func TestLinesWithoutAMonth(t *testing.T) {
	t.Parallel()
	h := lived(t)
	h.Clock.Advance(3 * 365 * 24 * time.Hour)
	h.Registered(t)
	h.Sealed(t)
	checkpoint(t, h)
	wantWhole(t, h)
	health, err := h.Trail.Health(t.Context())
	if err != nil || health.MonthsMade != 0 || !health.Sick() {
		t.Errorf("health %+v, %v, want it to tell that no month is made", health, err)
	}
	if made, err := owner(t, h).MakeMonths(t.Context(), h.Clock.Now(), 3); err != nil || made != 3 {
		t.Errorf("%d months made, %v, want the 3 that have no lines yet", made, err)
	}
	if health, err = h.Trail.Health(t.Context()); err != nil || health.Sick() {
		t.Errorf("health %+v, %v", health, err)
	}
	h.Clock.Advance(40 * 24 * time.Hour)
	h.Registered(t)
	h.Sealed(t)
	checkpoint(t, h)
	wantWhole(t, h)
}

// TestLateSealingIsTold: a back office that does not seal is noticed when it is too late for a gauge.
func TestLateSealingIsTold(t *testing.T) {
	t.Parallel()
	h := lived(t)
	h.Registered(t)
	h.Clock.Advance(book.SealOverdue + time.Second)
	if found := findings(t, h); !strings.Contains(found, "the oldest line was not sealed for 10m1s") {
		t.Errorf("found\n%s", found)
	}
	wantWhole(t, h)
}

// TestSequencesGoOn: after a restore of the data alone, or when a replica of it took over, the numbers of lines and changes begin anew. The
// owner's upkeep sets them right, and what comes then is sealed like any.
func TestSequencesGoOn(t *testing.T) {
	t.Parallel()
	h := lived(t)
	storetest.Spoil(t, h.DSN, `SELECT setval('audit_id', 1)`, `ALTER TABLE changes ALTER id RESTART`)
	found := findings(t, h)
	for _, want := range []string{"sequence audit_id: it was set back", "sequence changes_id_seq: it was set back"} {
		if !strings.Contains(found, want) {
			t.Errorf("found\n%s\nwant … %s", found, want)
		}
	}
	_, err := owner(t, h).MakeMonths(t.Context(), h.Clock.Now(), 3)
	servicetest.Must(t, err)
	h.Submitted(t, h.Registered(t), 1)
	h.Sealed(t)
	wantWhole(t, h)
}
