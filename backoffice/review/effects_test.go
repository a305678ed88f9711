package review_test

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// ending is a hall in which a member holds n keys, whose certificates end in 40 days.
func ending(t *testing.T, n int) (*servicetest.Hall, ra.Membership, []string) {
	t.Helper()
	h := servicetest.New(t)
	member, certificates := h.Holder(t, n)
	h.Clock.Advance(h.CertificateEnd(t, certificates[0]).Sub(h.Clock.Now()) - 40*24*time.Hour)
	return h, member, certificates
}

// terms are the states of a certificate's terms, oldest first.
func terms(t *testing.T, h *servicetest.Hall, certificate string) string {
	t.Helper()
	var all string
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(),
		`SELECT COALESCE(string_agg(state, ' ' ORDER BY created_at, id), '') FROM terms WHERE certificate_id = $1`, certificate).Scan(&all))
	return all
}

func wantTerms(t *testing.T, h *servicetest.Hall, certificate, want string) {
	t.Helper()
	if got := terms(t, h, certificate); got != want {
		t.Errorf("terms %q, want %q", got, want)
	}
}

func TestRenewalMakesTerms(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	order := h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	if order.State != ra.OrderDone || order.Payment != ra.PaymentPaid || order.Remaining() != 0 {
		t.Errorf("a paid renewal is %s, %s, with %d units left", order.State, order.Payment, order.Remaining())
	}
	for _, c := range certificates {
		wantTerms(t, h, c, "open")
	}
	rule := ""
	for _, row := range h.TrailOf(t, order.ID) {
		if row.Action == "order.approve" {
			rule = row.ActorKind + " " + row.ActorID + ": " + row.Facts["rule"]
		}
	}
	if want := "system rule: no papers asked for renew"; rule != want {
		t.Errorf("approved by %q, want %q", rule, want)
	}
	h.Texted(t, order.Number, "已办理完成")
	h.Sound(t)
}

func TestExtensionHoldsATerm(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	order := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	if order.State != ra.OrderApproved || order.AmountFen != 19000 || len(order.Lines) != 2 {
		t.Errorf("%s for %d fen on %d lines, want one paid by its term and one by its price", order.State, order.AmountFen, len(order.Lines))
	}
	wantTerms(t, h, certificates[0], "held")
	h.Texted(t, order.Number, "请携带相应的 UKey 到服务大厅任一终端办理延期")
	if code, err := h.Sender.Code(order.Number); err == nil {
		t.Errorf("the code %s was sent for what the holder's PIN opens", code)
	}
	_, err := h.NewCode(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.WantCode(t, "a code for it", err, ra.CodeState, "")
	h.Sound(t)
	_, err = h.CancelOrder(t.Context(), h.Supervisor, order.ID, []ra.Reason{{Kind: ra.ReasonExpired}}, order.Version)
	servicetest.Must(t, err)
	wantTerms(t, h, certificates[0], "open")
	again := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0]))
	if again.AmountFen != 0 || again.Payment != ra.PaymentNothingDue {
		t.Errorf("the term given back costs %d fen", again.AmountFen)
	}
	h.Sound(t)
}

func TestUnitDoneUsesItsTermAndPassesTheOthersOn(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	old, replacement := certificates[0], certificates[1]
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, old))
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, old))
	order := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, old))
	unlock := h.Passed(t, member, h.On(t, ra.KindUnlock, ra.ReasonNone, old))
	renewal, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, old))
	servicetest.Must(t, err)
	renewal = h.HandIn(t, member, renewal)
	wantTerms(t, h, old, "held open")
	clerk := book.NewClerk(h.Clock.Now, nil)
	held, paid := make(chan struct{}), make(chan error, 1)
	go func() { // comes while the certificate passes on
		<-held
		_, err := h.ConfirmPayment(t.Context(), h.Supervisor, renewal.ID, renewal.AmountFen, "R1", renewal.Version)
		paid <- err
	}()
	servicetest.Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error {
		o, err := tx.LockOrder(t.Context(), order.ID)
		servicetest.Must(t, err)
		_, err = tx.LockOrder(t.Context(), renewal.ID)
		servicetest.Must(t, err)
		_, err = tx.LockCertificate(t.Context(), old)
		servicetest.Must(t, err)
		close(held)
		waiting(t, h, "orders", 1)
		servicetest.Must(t, clerk.UnitDone(t.Context(), tx, &o, book.RuleActor(), o.Units[0].ID, replacement))
		if o.State != ra.OrderDone {
			t.Errorf("with its last unit the order is %s", o.State)
		}
		return nil
	}))
	servicetest.Must(t, <-paid)
	wantTerms(t, h, replacement, "open open")
	wantTerms(t, h, old, "used")
	got := h.OrderOf(t, member, unlock.ID)
	if targets := got.Targets(); len(targets) != 1 || targets[0] != replacement {
		t.Errorf("what waits is on %v, want %s", targets, replacement)
	}
	if got.Version != unlock.Version+1 {
		t.Errorf("what waits is version %d, want the one after %d", got.Version, unlock.Version)
	}
}

// waiting returns once so many transactions that lock rows of a table wait for another one.
func waiting(t *testing.T, h *servicetest.Hall, table string, many int) {
	t.Helper()
	for n := 0; n < many; {
		servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `
			SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
			WHERE c.relname = $1 AND c.relnamespace = current_schema()::regnamespace AND l.mode = 'RowShareLock'
				AND l.pid IN (SELECT pid FROM pg_locks WHERE NOT granted)`, table).Scan(&n))
	}
}

func TestChangeTakesEffectAtApproval(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	order := h.Passed(t, member, h.Change(t, member, ra.ReasonLegal, func(a *ra.Applicant) { a.Legal.Name = "王五" }))
	if got := h.MemberAgain(t, member).Legal.Name; order.State != ra.OrderDone || got != "王五" {
		t.Errorf("the order is %s, the legal representative %s", order.State, got)
	}
	member = h.MemberAgain(t, member)
	renewal, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	servicetest.Must(t, err)
	order = h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	record, legal, err := h.Store.OrganisationRecord(t.Context(), member.Organisation.CreditCode)
	servicetest.Must(t, err)
	if record.Name != "杭州更名科技有限公司" || legal.Name != "王五" || h.MemberAgain(t, member).Organisation != record {
		t.Errorf("the record is %+v of %s", record, legal.Name)
	}
	if order.State != ra.OrderApproved || order.Remaining() != 1 {
		t.Errorf("the order is %s with %d keys to write", order.State, order.Remaining())
	}
	if got := h.OrderOf(t, member, renewal.ID); got.State != ra.OrderCancelled || got.Remaining() != 0 {
		t.Errorf("the other order on the certificate is %s", got.State)
	}
	h.Texted(t, renewal.Number, "因业务 "+order.Number+" 已通过，您的证书续期业务 "+renewal.Number+" 未完成的办理已全部取消")
	h.Sound(t)
}

func TestReissueEndsWhatIsOnTheOldCertificate(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	extension := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	order := h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[0]))
	var state, life string
	var reason int
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `
		SELECT c.state, c.revocation_reason, k.life FROM certificates c
			JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (c.manufacturer, c.key_model, c.serial)
		WHERE c.id = $1`, certificates[0]).Scan(&state, &reason, &life))
	if state != "revoked" || reason != ra.RevokedKeyCompromise || life != "lost" {
		t.Errorf("the old certificate is %s for %d, its key %s", state, reason, life)
	}
	if got := h.OrderOf(t, member, extension.ID); got.State != ra.OrderApproved || got.Remaining() != 1 {
		t.Errorf("the extension of both is %s with %d left, want the other one's unit to wait", got.State, got.Remaining())
	}
	wantTerms(t, h, certificates[0], "open")
	h.Texted(t, order.Number, "请携带授权码到服务大厅任一终端制作证书")
	h.Texted(t, extension.Number, "中相同证书的办理已取消")
	h.Sound(t)
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates[1]))
	if got := h.OrderOf(t, member, extension.ID); got.State != ra.OrderCancelled {
		t.Errorf("with its last unit released the extension is %s", got.State)
	}
	h.Sound(t)
}

func TestCodeOfAnOrderThatEndedIsNotSent(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	unlock := h.Passed(t, member, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
	extension := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	reissue := h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates...))
	_, err := h.CancelOrder(t.Context(), h.Supervisor, reissue.ID, []ra.Reason{{Kind: ra.ReasonExpired}}, reissue.Version)
	servicetest.Must(t, err)
	h.Texted(t, unlock.Number, "未完成的办理已全部取消")
	h.Texted(t, reissue.Number, "未通过审核，已取消")
	for _, o := range []ra.Order{unlock, reissue} {
		if code, err := h.Sender.Code(o.Number); err == nil {
			t.Errorf("%s %s: the code %s was sent", o.Kind, o.Reason, code)
		}
	}
	for _, m := range h.Sender.Sent() {
		if m.Template == "ready" && strings.Contains(m.Text, extension.Number) {
			t.Errorf("sent was %q", m.Text)
		}
	}
}

func TestUnlockIsToldToBringTheKey(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	order := h.Passed(t, member, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
	h.Texted(t, order.Number, "请携带需要解锁的 UKey 和授权码到服务大厅任一终端解锁")
}

func TestRejectedWithAKeyMade(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order, code := h.Approved(t, member, 2)
	h.Made(t, member, order, code)
	order = h.OrderOf(t, member, order.ID)
	reasons := []ra.Reason{{Kind: ra.ReasonExpired}}
	done, err := h.CancelOrder(t.Context(), h.Supervisor, order.ID, reasons, order.Version)
	if err != nil || done.State != ra.OrderDone {
		t.Fatalf("the order is %s, %v", done.State, err)
	}
	again, err := h.CancelOrder(t.Context(), h.Supervisor, order.ID, reasons, order.Version)
	if err != nil || again.Version != done.Version {
		t.Errorf("again it is version %d, %v, want %d", again.Version, err, done.Version)
	}
	h.Texted(t, order.Number, "尚未办理的部分已停止办理")
}

// TestOvertakenInHandIsTold: a write in somebody's hand cannot go on once its key is replaced, and its customer hears so.
func TestOvertakenInHandIsTold(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	extension := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0]))
	c, err := h.Store.CertificateByID(t.Context(), certificates[0])
	servicetest.Must(t, err)
	_, err = h.Reserve(t.Context(), h.Kiosk, member, ra.Reservation{OperationID: servicetest.ID(t), OrderID: extension.ID, Key: c.Key,
		Plan: ra.PlanExtend, CertificateID: c.ID, Attempt: ra.AdminAttempt{Initialized: true, State: ra.TokenPINOK}})
	servicetest.Must(t, err)
	order := h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[0]))
	h.Texted(t, extension.Number, "因业务 "+order.Number+" 已通过")
	h.Sound(t)
}

func TestAuditAccountsForUnitsAndTerms(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	h.Sound(t)
	for _, c := range []struct{ spoil, mend, want string }{
		{`UPDATE terms SET state = 'open'`, `UPDATE terms SET state = 'held'`, "it is open, but 1 units hold it and 0 have used it"},
		{`UPDATE terms SET state = 'used'`, `UPDATE terms SET state = 'held'`, "it is used, but 1 units hold it"},
		{`UPDATE units SET term_id = NULL`, `UPDATE units SET term_id = (SELECT id FROM terms) WHERE kind = 'extend'`, "it is held, but 0 units hold it"},
		{`UPDATE units SET state = 'waiting' WHERE kind = 'renew'`, `UPDATE units SET state = 'done' WHERE kind = 'renew'`, "the unit that made it is waiting"},
		{`UPDATE terms SET unit_id = (SELECT id FROM units WHERE kind = 'extend')`, `UPDATE terms SET unit_id = (SELECT id FROM units WHERE kind = 'renew')`,
			"it is done without the term that it makes"},
		{`UPDATE units SET state = 'done' WHERE kind = 'extend'`, `UPDATE units SET state = 'waiting' WHERE kind = 'extend'`, "it is done, but no operation did it"},
		{`UPDATE units SET state = 'released' WHERE kind = 'renew'`, `UPDATE units SET state = 'done' WHERE kind = 'renew'`, "it is done, but no unit of it is"},
	} {
		spoil(t, h, c.spoil)
		found, err := h.Audit(t.Context())
		servicetest.Must(t, err)
		if told := servicetest.Told(found); !strings.Contains(told, c.want) {
			t.Errorf("%s: found\n%s\nwant %s", c.spoil, told, c.want)
		}
		spoil(t, h, c.mend)
	}
	h.Sound(t)
}

// spoil changes the register behind its rules.
func spoil(t *testing.T, h *servicetest.Hall, sql string) {
	t.Helper()
	storetest.Spoil(t, h.DSN, sql)
}
