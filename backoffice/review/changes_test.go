package review_test

import (
	"bytes"
	"strings"
	"testing"

	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

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
	before := member.Applicant()
	changed := h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.CreditCode = wanted }))
	if changed.Former == nil || *changed.Former != before {
		t.Errorf("after the approval the order tells %+v of before, want %+v", changed.Former, before)
	}
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
	if got.Handler.Mobile != "13900001111" || got.Handler.Email != "a@example.cn" || got.Organisation.Address != "杭州市西湖区新路1号" {
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

func TestChangeIsOnWhatIsInUseWhenItIsApproved(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	change, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	servicetest.Must(t, err)
	change = h.Judged(t, h.Paid(t, h.HandIn(t, member, change)))
	order, code := h.Approved(t, member, 1)
	h.Made(t, member, order, code)
	change, err = h.Approve(t.Context(), h.Supervisor, change.ID, change.Version)
	if err != nil || change.Remaining() != 2 || change.AmountFen != 5000 {
		t.Errorf("it is on %d keys for %d fen, %v, want both for the price of one", change.Remaining(), change.AmountFen, err)
	}
	h.Sound(t)
}
