package audit

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
)

func sealed(n int) []book.AuditRow {
	rows := make([]book.AuditRow, n)
	var previous []byte
	for i := range rows {
		rows[i] = book.AuditRow{ID: int64(i * 3), At: time.UnixMicro(1_800_000_000_000_000 + int64(i)), ActorKind: "staff", ActorID: "s",
			Action: "order.approve", OrderID: "o", Facts: map[string]string{"a": "b", "c": "d"}, Seq: int64(i + 1), Previous: previous}
		rows[i].Hash = Chain{}.Seal(previous, rows[i])
		previous = rows[i].Hash
	}
	return rows
}

func TestVerify(t *testing.T) {
	t.Parallel()
	rows := sealed(10)
	if broken := (Chain{}).Verify(book.AuditRow{}, rows); broken != "" {
		t.Errorf("a good chain: %s", broken)
	}
	if broken := (Chain{}).Verify(rows[4], rows[5:]); broken != "" {
		t.Errorf("its second half: %s", broken)
	}
	for name, c := range map[string]struct {
		spoil func([]book.AuditRow) []book.AuditRow
		want  string
	}{
		"changed action": {func(r []book.AuditRow) []book.AuditRow { r[3].Action = "x"; return r }, "line 4 was changed"},
		"changed fact":   {func(r []book.AuditRow) []book.AuditRow { r[3].Facts = map[string]string{"a": "b"}; return r }, "line 4 was changed"},
		"changed time":   {func(r []book.AuditRow) []book.AuditRow { r[3].At = r[3].At.Add(time.Microsecond); return r }, "line 4 was changed"},
		"moved text":     {func(r []book.AuditRow) []book.AuditRow { r[3].ActorKind, r[3].ActorID = "staf", "fs"; return r }, "line 4 was changed"},
		"changed and resealed": {func(r []book.AuditRow) []book.AuditRow {
			r[3].Action = "x"
			r[3].Hash = Chain{}.Seal(r[3].Previous, r[3])
			return r
		}, "line 5 does not follow line 4"},
		"missing":   {func(r []book.AuditRow) []book.AuditRow { return slices.Delete(r, 3, 4) }, "line 4 is missing"},
		"first":     {func(r []book.AuditRow) []book.AuditRow { return r[1:] }, "line 1 is missing"},
		"reordered": {func(r []book.AuditRow) []book.AuditRow { r[3].Seq, r[4].Seq = 5, 4; r[3], r[4] = r[4], r[3]; return r }, "line 4 does not follow line 3"},
		"doubled":   {func(r []book.AuditRow) []book.AuditRow { return slices.Insert(r, 3, r[2]) }, "line 3 stands after line 3"},
	} {
		if got := (Chain{}).Verify(book.AuditRow{}, c.spoil(sealed(10))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
