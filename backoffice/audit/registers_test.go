package audit_test

import (
	"fmt"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
)

// ruled is a hall with rows in every table that is compared whole: members who were confirmed, changed and handed over, orders, a code that
// enrolled a kiosk, rulings that wait and that ended, suspensions that are open and lifted.
func ruled(t *testing.T) (*servicetest.Hall, ra.Membership) {
	t.Helper()
	h := servicetest.New(t)
	ctx := t.Context()
	member, certificates := h.Holder(t, 3)
	h.WantSecond(t, ra.ActRevoke)
	second := h.Hired(t, "second@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	for _, id := range certificates[:2] {
		servicetest.Must(t, h.Suspend(ctx, h.Supervisor, id, "公安来函"))
	}
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, certificates[1], "已核实"))
	for i, id := range certificates[1:] {
		r := book.Ruling{ID: servicetest.ID(t), CertificateID: id, Act: ra.ActRevoke, Ground: ra.GroundCessation, Note: "不再使用"}
		_, err := h.Rule(ctx, h.Supervisor, r)
		servicetest.Must(t, err)
		if i == 0 {
			servicetest.Must(t, h.ConfirmRuling(ctx, second, r.ID))
		}
	}
	code, err := h.EnrolmentCode(ctx, h.Admin, "XH05", servicetest.HallID, ra.Text{ZH: "窗口 05"}, []string{servicetest.ProjectID})
	servicetest.Must(t, err)
	_, err = h.Enrol(ctx, code, servicetest.NewKey(t).Request(t, nil), nil)
	servicetest.Must(t, err)
	_, err = h.EnrolmentCode(ctx, h.Admin, "XH06", servicetest.HallID, ra.Text{ZH: "窗口 06"}, []string{servicetest.ProjectID})
	servicetest.Must(t, err)
	h.Clock.Advance(fleet.EnrolmentCodeLifetime) // a code that nobody used
	h.Passed(t, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) {
		a.Handler.Name, a.Handler.Mobile = "孙七", "13912345678"
	}))
	h.Sound(t)
	return h, member
}

// comparedWhole are the tables of which every column counts, but for those that are told; key is what an inserted row has of its own.
var comparedWhole = map[string]struct{ key, but string }{
	"rulings":         {key: "id, certificate_id"},
	"suspensions":     {key: "id, certificate_id"},
	"orders":          {key: "id, number", but: "returned updated_at waiting_since submitted approved_at"}, // these move with its states
	"memberships":     {key: "id, person_id"},
	"agreed":          {key: "membership_id"},
	"agreements":      {key: "id", but: "position"},
	"enrolment_codes": {key: "code_hash"},
	"persons":         {key: "id"},
	"logins":          {key: "login"},
	"organisations":   {key: "id, number"},
}

// another is SQL for another value of a column of that type.
var another = map[string]string{
	"uuid": "gen_random_uuid()", "text": "COALESCE(%s, '') || 'x'", "integer": "%s + 1", "bigint": "%s + 1", "bytea": `%s || '\x00'`, "boolean": "NOT %s",
	"timestamp with time zone": "COALESCE(%s, now()) + interval '1 second'", "jsonb": `'{"x": 1}'`, "ARRAY": "array_append(%s, 'x')",
}

// TestEveryColumnCounts: a row that is changed in any column, put in or taken out behind the program's back is found.
func TestEveryColumnCounts(t *testing.T) {
	t.Parallel()
	h, _ := ruled(t)
	for table, c := range comparedWhole {
		tampered := func(what, sql string) {
			t.Helper()
			storetest.Spoil(t, h.DSN, sql)
			if found, err := h.Store.Differences(t.Context(), 100); err != nil || len(found) == 0 {
				t.Errorf("%s, %s: found %d, %v", table, what, len(found), err)
			}
			storetest.Spoil(t, h.DSN, `DELETE FROM `+table, `INSERT INTO `+table+` SELECT * FROM kept_`+table)
		}
		storetest.Spoil(t, h.DSN, fmt.Sprintf(`CREATE TABLE kept_%[1]s AS SELECT * FROM %[1]s`, table), fmt.Sprintf(`DO $$ DECLARE c text; BEGIN
			FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = '%[1]s'::regclass AND contype = 'c' LOOP
				EXECUTE 'ALTER TABLE %[1]s DROP CONSTRAINT ' || quote_ident(c);
			END LOOP; END $$`, table))
		rows, err := h.Store.Pool().Query(t.Context(), `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1`, table)
		servicetest.Must(t, err)
		types := map[string]string{}
		for rows.Next() {
			var name, kind string
			servicetest.Must(t, rows.Scan(&name, &kind))
			types[name] = kind
		}
		values := []string{}
		for name, kind := range types {
			value := strings.ReplaceAll(another[kind], "%s", name)
			if value == "" {
				t.Fatalf("%s.%s: no other value of %s", table, name, kind)
			}
			if strings.Contains(" "+c.key+",", " "+name+",") {
				values = append(values, "'"+name+"', "+value)
			}
			if !strings.Contains(" "+c.but+" ", " "+name+" ") {
				tampered(name, fmt.Sprintf(`UPDATE %[1]s SET %[2]s = %[3]s WHERE ctid = (SELECT min(ctid) FROM %[1]s)`, table, name, value))
			}
		}
		tampered("a row put in", fmt.Sprintf(`INSERT INTO %[1]s SELECT (jsonb_populate_record(x, jsonb_build_object(%[2]s))).* FROM %[1]s x LIMIT 1`,
			table, strings.Join(values, ", ")))
		tampered("a row taken out", fmt.Sprintf(`DELETE FROM %[1]s WHERE ctid = (SELECT min(ctid) FROM %[1]s)`, table))
	}
	h.Sound(t)
}

// TestTrailHasNoPersonalData: what people entered of themselves and their organisation does not stand in the trail.
func TestTrailHasNoPersonalData(t *testing.T) {
	t.Parallel()
	h, member := ruled(t)
	trail := h.Dump(t, "audit")
	for _, text := range []string{member.Login, member.Handler.Name, member.Handler.Mobile, member.Handler.IDNumber, member.Legal.Name, member.Legal.IDNumber,
		member.Organisation.Name, member.Organisation.CreditCode, "孙七", "13912345678"} {
		if text != "" && strings.Contains(trail, text) {
			t.Errorf("%q stands in the trail", text)
		}
	}
}
