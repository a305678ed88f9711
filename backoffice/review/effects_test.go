package review_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
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
		_, err := tx.LockCertificate(t.Context(), old)
		servicetest.Must(t, err)
		close(held)
		waiting(t, h, "certificates", 1)
		o, err := tx.LockOrder(t.Context(), order.ID)
		servicetest.Must(t, err)
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
	h.Texted(t, renewal.Number, "【示范印章中心】因业务 "+order.Number+" 已通过，您的业务 "+renewal.Number+" 未完成的办理已全部取消")
	h.Sound(t)
}

func TestNumberThatAnotherTookMeanwhile(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	wanted := "91330100000000000"
	wanted += string(ra.CreditCheck(wanted))
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.CreditCode = wanted }))
	servicetest.Must(t, err)
	order = h.Judged(t, h.Paid(t, h.HandIn(t, member, order)))
	r := h.Registration(t)
	r.Organisation.CreditCode = wanted
	other, err := h.Register(t.Context(), h.Kiosk, r)
	servicetest.Must(t, err)
	h.Approved(t, other, 1)
	_, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.WantCode(t, "approved", err, ra.CodeConflict, "organisation.credit_code")
}

func TestClaimToANumberKeepsNobodyFromIt(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 1)
	wanted := "91330100000000000"
	wanted += string(ra.CreditCheck(wanted))
	stranger := h.Registration(t)
	stranger.Organisation.CreditCode = wanted
	claimed, err := h.Register(t.Context(), h.Kiosk, stranger)
	servicetest.Must(t, err)
	own := h.Registration(t)
	own.Login, own.Handler, own.Organisation.CreditCode = member.Login, member.Handler, wanted
	twice, err := h.Register(t.Context(), h.Kiosk, own)
	servicetest.Must(t, err)
	h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.CreditCode = wanted }))
	if got := h.MemberAgain(t, member).Organisation.CreditCode; got != wanted {
		t.Errorf("the number is %s, want %s", got, wanted)
	}
	claimed = h.MemberAgain(t, claimed)
	_, err = h.Place(t.Context(), h.Kiosk, claimed, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
	servicetest.WantCode(t, "who only claimed it serves its keys", err, ra.CodeNotFound, "targets")
	h.Approved(t, claimed, 1)
	h.Passed(t, h.MemberAgain(t, claimed), h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
	order := h.Paid(t, h.Judged(t, h.Submitted(t, twice, 1)))
	_, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.WantCode(t, "a claim of who is a member already", err, ra.CodeConflict, "organisation.credit_code")
}

func TestContactChangesAtOnce(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Email = "a@example.cn" }))
	if err != nil || order.State != ra.OrderDone || h.MemberAgain(t, member).Handler.Email != "a@example.cn" {
		t.Errorf("another e-mail: the order is %s, %v", order.State, err)
	}
	member = h.MemberAgain(t, member)
	a := h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Mobile = "13900001111" })
	if order, err = h.Place(t.Context(), h.Kiosk, member, a); err != nil || order.State != ra.OrderOpen {
		t.Fatalf("another mobile, which is reviewed: the order is %s, %v", order.State, err)
	}
	order = h.Judged(t, h.HandIn(t, member, order))
	_, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	mobile, err := h.Store.RegisteredMobile(t.Context(), member.ID)
	if err != nil || mobile != "13900001111" {
		t.Errorf("registered is %s, %v", mobile, err)
	}
	_, err = h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	warned := ""
	for _, m := range h.Sender.Sent() {
		if strings.Contains(m.Text, "登记手机号已变更") {
			warned = m.Mobile
		}
	}
	if warned != member.Handler.Mobile {
		t.Errorf("warned is %q, want the old mobile %s", warned, member.Handler.Mobile)
	}
	h.Sound(t)
}

func TestChangeBringsNoMoreThanItChanged(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	mobile, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Mobile = "13900001111" }))
	servicetest.Must(t, err)
	h.Passed(t, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) {
		a.Handler.Email, a.Organisation.Address = "a@example.cn", "杭州市西湖区新路 1 号"
	}))
	mobile = h.Judged(t, h.HandIn(t, member, mobile))
	_, err = h.Approve(t.Context(), h.Supervisor, mobile.ID, mobile.Version)
	servicetest.Must(t, err)
	got := h.MemberAgain(t, member)
	if got.Handler.Mobile != "13900001111" || got.Handler.Email != "a@example.cn" || got.Organisation.Address != "杭州市西湖区新路 1 号" {
		t.Errorf("with both changed the member is %+v, %+v", got.Handler, got.Organisation)
	}
}

func TestOrderIsForWhoTheyAreWhenItIsMade(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	waiting := h.Paid(t, h.Judged(t, h.Submitted(t, member, 1)))
	approved, code := h.Approved(t, member, 1)
	begun, began := h.Approved(t, member, 2)
	h.Reserved(t, member, begun, began, servicetest.NewKey(t))
	const name = "杭州更名科技有限公司"
	h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = name }))
	member = h.MemberAgain(t, member)
	waiting, err := h.Approve(t.Context(), h.Supervisor, waiting.ID, waiting.Version)
	if err != nil || waiting.Applicant.Organisation.Name != name {
		t.Errorf("approved afterwards it is for %s, %v", waiting.Applicant.Organisation.Name, err)
	}
	release := h.Reserved(t, member, approved, code, servicetest.NewKey(t))
	if want, err := pki.Subject(h.Project.Profile, member.Applicant()); err != nil || !bytes.Equal(release.Subject, want) {
		t.Errorf("begun afterwards the subject is %x, want %x", release.Subject, want)
	}
	h.Reserved(t, member, begun, began, servicetest.NewKey(t))
	if got := h.OrderOf(t, member, begun.ID).Applicant; got.Organisation.Name == name {
		t.Error("the subject of a certificate that is being made was changed")
	}
	h.Sound(t)
}

func TestConfirmedMemberTakesTheRecordOver(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	r := h.Registration(t)
	r.Organisation = member.Organisation
	colleague, err := h.Register(t.Context(), h.Kiosk, r)
	servicetest.Must(t, err)
	h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	if got := h.MemberAgain(t, colleague).Organisation.Name; got != member.Organisation.Name {
		t.Errorf("a claim was told the new name %s", got)
	}
	order, _ := h.Approved(t, colleague, 1)
	if got := h.MemberAgain(t, colleague).Organisation.Name; got != "杭州更名科技有限公司" || order.Applicant.Organisation.Name != got {
		t.Errorf("confirmed they are of %s, their order of %s", got, order.Applicant.Organisation.Name)
	}
}

func TestAnotherHandlerTakesTheMembershipOver(t *testing.T) {
	t.Parallel()
	for name, registered := range map[string]bool{"new": false, "registered before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, member, certificates := ending(t, 1)
			session := h.LoggedIn(t, h.Kiosk, member.Login, servicetest.Password, member.ID)
			r := h.Registration(t)
			r.Organisation, r.Handler.Name, r.Handler.IDNumber = member.Organisation, "赵六", "310115198512310045"
			if registered {
				_, err := h.Register(t.Context(), h.Kiosk, r)
				servicetest.Must(t, err)
			}
			order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler = r.Handler }))
			servicetest.Must(t, err)
			order = h.Judged(t, h.HandIn(t, member, order))
			_, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
			servicetest.Must(t, err)
			if _, err := h.Session(t.Context(), h.Kiosk, session); ra.CodeOf(err) != ra.CodeSessionOver {
				t.Errorf("the former handler's session: %v, want it over", err)
			}
			before, err := h.Store.Person(t.Context(), member.PersonID)
			if err != nil || before.Mobile != member.Handler.Mobile {
				t.Errorf("the former handler's registered mobile is %s, %v", before.Mobile, err)
			}
			theirs, err := h.Store.MembershipsAt(t.Context(), member.PersonID, h.Kiosk.ID)
			servicetest.Must(t, err)
			for _, m := range theirs {
				if m.State == ra.MembershipConfirmed {
					t.Errorf("the former handler has the membership %+v", m)
				}
			}
			now := h.MemberAgain(t, member)
			mobile, err := h.Store.RegisteredMobile(t.Context(), member.ID)
			if err != nil || now.Login != r.Login || mobile != r.Handler.Mobile || now.State != ra.MembershipConfirmed {
				t.Errorf("the membership is of %s with %s, %s, %v", now.Login, mobile, now.State, err)
			}
			if registered {
				h.LoggedIn(t, h.Kiosk, r.Login, r.Password, member.ID)
			}
			_, err = h.Place(t.Context(), h.Kiosk, now, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
			servicetest.Must(t, err)
			h.Sound(t)
		})
	}
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

func TestMemberIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	orders := []ra.Order{h.Paid(t, h.Judged(t, h.Submitted(t, member, 1))), h.Paid(t, h.Judged(t, h.Submitted(t, member, 1)))}
	answers := make(chan error)
	servicetest.Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error {
		servicetest.Must(t, tx.LockOrganisationOf(t.Context(), member.ID))
		for _, o := range orders {
			go func() {
				_, err := h.Approve(t.Context(), h.Supervisor, o.ID, o.Version)
				answers <- err
			}()
		}
		waiting(t, h, "organisations", 2)
		return nil
	}))
	servicetest.Must(t, <-answers)
	servicetest.Must(t, <-answers)
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	told := 0
	for _, m := range h.Sender.Sent() {
		if m.Template == "member_confirmed" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
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
	_, err := h.Store.Pool().Exec(t.Context(), `SET session_replication_role = replica; `+sql+`; SET session_replication_role = origin`)
	servicetest.Must(t, err)
}
