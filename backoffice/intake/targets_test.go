package intake_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

const day = 24 * time.Hour

// holding is a hall in which a member holds n keys, whose certificates end in so many days.
func holding(t *testing.T, n, days int) (*servicetest.Hall, ra.Membership, []string) {
	t.Helper()
	h := servicetest.New(t)
	member, certificates := h.Holder(t, n)
	end := h.CertificateEnd(t, certificates[0])
	h.Clock.Advance(end.Sub(h.Clock.Now()) - time.Duration(days)*day)
	return h, member, certificates
}

func TestOrderOnCertificates(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	for _, c := range []struct {
		kind   ra.Kind
		reason ra.ServiceReason
		fen    int64
	}{
		{ra.KindRenew, ra.ReasonNone, 36000}, {ra.KindExtend, ra.ReasonNone, 38000}, {ra.KindReissue, ra.ReasonLost, 18000},
		{ra.KindUnlock, ra.ReasonNone, 0},
	} {
		a := h.On(t, c.kind, c.reason, certificates...)
		order, err := h.Place(t.Context(), h.Kiosk, member, a)
		servicetest.Must(t, err)
		if order.Kind != c.kind || order.Reason != c.reason || order.AmountFen != c.fen || len(order.Lines) != 1 || order.Lines[0].Quantity != 2 {
			t.Errorf("%s %s: placed %+v", c.kind, c.reason, order)
		}
		if got := order.Targets(); len(order.Units) != 2 || !slices.Equal(got, slices.Sorted(slices.Values(certificates))) {
			t.Errorf("%s %s: on %v, want %v", c.kind, c.reason, got, certificates)
		}
		for _, u := range order.Units {
			if u.Target.Key.Serial == "" || u.Target.SerialNumber == "" || !u.Target.NotAfter.Equal(h.CertificateEnd(t, u.Target.CertificateID)) {
				t.Errorf("%s: target %+v", c.kind, u.Target)
			}
		}
	}
	h.Sound(t)
}

func TestOrderOnCertificatesIsChecked(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	one := certificates[0]
	claimed := h.Registration(t)
	claimed.Organisation = member.Organisation
	unconfirmed, err := h.Register(t.Context(), h.Kiosk, claimed)
	servicetest.Must(t, err)
	stranger, others := h.Holder(t, 1)
	for name, c := range map[string]struct {
		member ra.Membership
		on     []string
		code   ra.Code
		field  string
	}{
		"none":                    {member, nil, ra.CodeNothingChosen, "targets"},
		"not an id":               {member, []string{"7"}, ra.CodeInvalid, "targets"},
		"twice":                   {member, []string{one, one}, ra.CodeInvalid, "targets"},
		"unknown":                 {member, []string{servicetest.ID(t)}, ra.CodeNotFound, "targets"},
		"another organisation's":  {stranger, []string{one}, ra.CodeNotFound, "targets"},
		"one of another's":        {member, []string{one, others[0]}, ra.CodeNotFound, "targets"},
		"only a claimed member's": {unconfirmed, []string{one}, ra.CodeNotFound, "targets"},
	} {
		_, err := h.Place(t.Context(), h.Kiosk, c.member, h.On(t, ra.KindRenew, ra.ReasonNone, c.on...))
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	twice := h.On(t, ra.KindRenew, ra.ReasonNone, one)
	twice.Lines = slices.Repeat(twice.Lines, 2)
	_, err = h.Place(t.Context(), h.Kiosk, member, twice)
	servicetest.WantCode(t, "on two lines", err, ra.CodeInvalid, "targets")
	six := h.On(t, ra.KindRenew, ra.ReasonNone, one)
	six.Kind, six.Lines = ra.KindNew, []ra.ChosenLine{{ServiceID: servicetest.ServiceID, Quantity: 3}, {ServiceID: servicetest.ServiceID, Quantity: 3}}
	_, err = h.Place(t.Context(), h.Kiosk, member, six)
	servicetest.WantCode(t, "more than the project allows", err, ra.CodeQuantity, "lines")
	beyond := h.Application(t, 1)
	beyond.Lines = append(slices.Repeat(beyond.Lines, 6), ra.ChosenLine{ServiceID: "never reached", Quantity: math.MaxInt})
	_, err = h.Place(t.Context(), h.Kiosk, member, beyond)
	servicetest.WantCode(t, "six lines of one where five may be", err, ra.CodeQuantity, "lines")
	many := h.On(t, ra.KindRenew, ra.ReasonNone, slices.Repeat([]string{one}, 1000)...)
	_, err = h.Place(t.Context(), h.Kiosk, member, many)
	servicetest.WantCode(t, "a thousand times the same", err, ra.CodeQuantity, "lines")
	h.Issuer.EndsOn(t, h.Clock.Now().AddDate(1, 0, 0))
	_, err = h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindExtend, ra.ReasonNone, one))
	servicetest.WantCode(t, "beyond the CA's end", err, ra.CodeTermPastCA, "targets")
	_, err = h.Store.Pool().Exec(t.Context(), `UPDATE certificates SET state = 'superseded' WHERE id = $1`, one)
	servicetest.Must(t, err)
	_, err = h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindUnlock, ra.ReasonNone, one))
	servicetest.WantCode(t, "not in use any more", err, ra.CodeCertificateOver, "targets")
}

func TestOrderWithinTheWindow(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 91)
	for _, c := range []struct {
		days   int // from now on
		kind   ra.Kind
		reason ra.ServiceReason
		code   ra.Code
	}{
		{0, ra.KindRenew, ra.ReasonNone, ra.CodeWindowEarly}, {0, ra.KindExtend, ra.ReasonNone, ra.CodeWindowEarly},
		{0, ra.KindUnlock, ra.ReasonNone, ""}, {0, ra.KindReissue, ra.ReasonDamaged, ""},
		{2, ra.KindExtend, ra.ReasonNone, ""},
		{90 + 29, ra.KindRenew, ra.ReasonNone, ""}, {0, ra.KindReissue, ra.ReasonLost, ra.CodeWindowOver}, {0, ra.KindUnlock, ra.ReasonNone, ""},
		{3, ra.KindExtend, ra.ReasonNone, ra.CodeWindowOver}, {0, ra.KindUnlock, ra.ReasonNone, ra.CodeWindowOver},
	} {
		h.Clock.Advance(time.Duration(c.days) * day)
		order, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, c.kind, c.reason, certificates...))
		if got := ra.CodeOf(err); got != c.code {
			t.Errorf("%s %s at %s: %v, want %q", c.kind, c.reason, h.Clock.Now(), err, c.code)
		}
		if c.code == "" {
			_, err := h.Intake.Cancel(t.Context(), member, order.ID, order.Version)
			servicetest.Must(t, err)
		}
	}
}

func TestOneOpenOrderForACertificateAndKind(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	first, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	servicetest.Must(t, err)
	again, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	if err != nil || again.ID != first.ID {
		t.Errorf("a second order on the same: %s, %v, want %s", again.ID, err, first.ID)
	}
	_, err = h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	servicetest.WantCode(t, "one of them is ordered", err, ra.CodeOrderOpen, "targets")
	if got := servicetest.Argument(err, "number"); got != first.Number {
		t.Errorf("open is %q, want %q", got, first.Number)
	}
	_, err = h.Store.Pool().Exec(t.Context(), `
		INSERT INTO units (id, order_id, kind, index, service_id, term_months, state, target_id)
		SELECT gen_random_uuid(), order_id, kind, 9, 'x', 12, 'waiting', target_id FROM units WHERE order_id = $1`, first.ID)
	if err == nil {
		t.Error("the database takes a second open unit of the kind on a certificate")
	}
	_, err = h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	servicetest.Must(t, err)
	_, err = h.Intake.Cancel(t.Context(), member, first.ID, first.Version)
	servicetest.Must(t, err)
	_, err = h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	servicetest.Must(t, err)
	h.Sound(t)
}

func TestOpenOrderAnswersForTheSameAlone(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	rename := func(name string) ra.Application {
		return h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = name })
	}
	for _, c := range []struct{ first, same, other ra.Application }{
		{h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates...), h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates...),
			h.On(t, ra.KindReissue, ra.ReasonLost, certificates...)},
		{rename("杭州更名科技有限公司"), rename("杭州更名科技有限公司"), rename("杭州另名科技有限公司")},
	} {
		first, err := h.Place(t.Context(), h.Kiosk, member, c.first)
		servicetest.Must(t, err)
		again, err := h.Place(t.Context(), h.Kiosk, member, c.same)
		if err != nil || again.ID != first.ID {
			t.Errorf("%s %s again: answered with %s, %v, want %s", first.Kind, first.Reason, again.ID, err, first.ID)
		}
		_, err = h.Place(t.Context(), h.Kiosk, member, c.other)
		servicetest.WantCode(t, "another "+string(first.Kind), err, ra.CodeOrderOpen, "targets")
		if got := servicetest.Argument(err, "number"); got != first.Number {
			t.Errorf("open is %q, want %q", got, first.Number)
		}
	}
}

// TestAnApplicationIsAnsweredTheSameForEver: what was answered with an order placed before stays that order's, also once it has ended; only
// another application makes another order.
func TestAnApplicationIsAnsweredTheSameForEver(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	on := func() ra.Application { return h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates...) }
	first, err := h.Place(t.Context(), h.Kiosk, member, on())
	servicetest.Must(t, err)
	same := on()
	wants := func(when string) {
		t.Helper()
		got, err := h.Place(t.Context(), h.Kiosk, member, same)
		if err != nil || got.ID != first.ID {
			t.Errorf("%s: answered with %s, %v, want %s", when, got.ID, err, first.ID)
		}
	}
	wants("open")
	wants("open, again")
	first, err = h.Intake.Cancel(t.Context(), member, first.ID, first.Version)
	servicetest.Must(t, err)
	wants("cancelled")
	changed := same
	changed.Reason = ra.ReasonLost
	_, err = h.Place(t.Context(), h.Kiosk, member, changed)
	servicetest.WantCode(t, "the id for something else", err, ra.CodeConflict, "id")
	got, err := h.Place(t.Context(), h.Kiosk, member, on())
	if err != nil || got.ID == first.ID {
		t.Errorf("another application: answered with %s, %v, want another order", got.ID, err)
	}
	h.Sound(t)
}

func TestMandateOfWhatWasOrderedMeanwhile(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	session := loggedIn(t, h, member)
	first, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...))
	servicetest.Must(t, err)
	a := h.On(t, ra.KindUnlock, ra.ReasonNone, certificates...)
	m := sealed(t, session, h.Kiosk, ra.Mandate{OrderID: a.ID, MembershipID: member.ID, Application: &a, Submit: true})
	err = h.GiveMandate(t.Context(), h.Kiosk, m)
	servicetest.WantCode(t, "given", err, ra.CodeOrderOpen, "targets")
	if got := servicetest.Argument(err, "number"); got != first.Number {
		t.Errorf("open is %q, want %q", got, first.Number)
	}
}

func TestSecondOrderAtTheSameTime(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	answers := make(chan string)
	for range 6 {
		a := h.On(t, ra.KindRenew, ra.ReasonNone, certificates...)
		go func() {
			order, err := h.Place(t.Context(), h.Kiosk, member, a)
			if err != nil {
				t.Error(err)
			}
			answers <- order.ID
		}()
	}
	first := <-answers
	for range 5 {
		if got := <-answers; got != first {
			t.Errorf("answered with %s, want %s", got, first)
		}
	}
}

// TestColleaguesOrderAtOnce: two members order the same certificate from two connections; one has it, and the other hears so.
func TestColleaguesOrderAtOnce(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	r := h.Registration(t)
	r.Organisation = member.Organisation
	colleague, err := h.Register(t.Context(), h.Kiosk, r)
	servicetest.Must(t, err)
	h.Approved(t, colleague, 1)
	members := []ra.Membership{member, h.MemberAgain(t, colleague)}
	answers := make(chan string, 6)
	for i := range cap(answers) {
		a := h.On(t, ra.KindExtend, ra.ReasonNone, certificates...)
		go func() {
			order, err := h.Place(t.Context(), h.Kiosk, members[i%2], a)
			if err != nil && ra.CodeOf(err) != ra.CodeOrderOpen {
				t.Error(err)
			}
			answers <- order.ID
		}()
	}
	got := map[string]int{}
	for range cap(answers) {
		got[<-answers]++
	}
	if len(got) != 2 || got[""] != 3 {
		t.Errorf("answered with %v, want one order three times and three refusals", got)
	}
	h.Sound(t)
}

func TestHandlersChangeIsOnTheirOwnCertificates(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	h.Project.Profile.Handler = true
	h.PutProject(t, 2, h.Project)
	r := h.Registration(t)
	r.Organisation, r.Handler.Name = member.Organisation, "赵六"
	colleague, err := h.Register(t.Context(), h.Kiosk, r)
	servicetest.Must(t, err)
	made, code := h.Approved(t, colleague, 1)
	h.Made(t, colleague, made, code)
	h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	member = h.MemberAgain(t, member)
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Email = "a@example.cn" }))
	if err != nil || order.State != ra.OrderDone || len(order.Units) != 0 {
		t.Errorf("an e-mail, while a key waits for the name: %s with %d units, %v", order.State, len(order.Units), err)
	}
	_, err = h.Store.Pool().Exec(t.Context(), `UPDATE units SET state = 'released' WHERE kind = 'change'`)
	servicetest.Must(t, err)
	member = h.MemberAgain(t, member)
	order, err = h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Name = "孙七" }))
	if err != nil || !slices.Equal(order.Targets(), certificates) {
		t.Errorf("another handler's name is for %v, %v, want their own alone: %v", order.Targets(), err, certificates)
	}
}

func TestChangeIsOnWhatHasToBeRewritten(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	rename := func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonName, rename))
	servicetest.Must(t, err)
	if got := order.Targets(); !slices.Equal(got, slices.Sorted(slices.Values(certificates))) || order.AmountFen != 10000 {
		t.Errorf("name: on %v for %d fen, want %v", got, order.AmountFen, certificates)
	}
	if order.Applicant.Organisation.Name != "杭州更名科技有限公司" || order.Applicant.Handler != member.Handler {
		t.Errorf("name: applicant %+v", order.Applicant)
	}
	if order.Former == nil || *order.Former != member.Applicant() {
		t.Errorf("name: was %+v, want %+v", order.Former, member.Applicant())
	}
	legal := h.Change(t, member, ra.ReasonLegal, func(a *ra.Applicant) { a.Legal.Name, a.Organisation.Name = "王五", "不算" })
	order, err = h.Place(t.Context(), h.Kiosk, member, legal)
	servicetest.Must(t, err)
	if len(order.Units) != 0 || len(order.Lines) != 0 || order.Applicant.Legal.Name != "王五" || order.Applicant.Organisation != member.Organisation {
		t.Errorf("legal representative, in no subject: %+v", order)
	}
	other, _ := h.Holder(t, 1)
	for name, c := range map[string]struct {
		a     ra.Application
		code  ra.Code
		field string
	}{
		"nothing":          {h.Change(t, member, ra.ReasonLegal, func(a *ra.Applicant) { a.Handler.Name = "王五" }), ra.CodeNothingChanged, "applicant"},
		"no data":          {h.On(t, ra.KindChange, ra.ReasonData), ra.CodeInvalid, "applicant"},
		"no good data":     {h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Mobile = "1" }), ra.CodeMobile, "handler.mobile"},
		"another's number": {h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.CreditCode = other.Organisation.CreditCode }), ra.CodeConflict, "organisation.credit_code"},
	} {
		_, err := h.Place(t.Context(), h.Kiosk, member, c.a)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
}

// TestKeyThatNobodyManagesIsReissued: an unlock needs the administrator PIN, so that it is neither offered nor ordered where none is known.
func TestKeyThatNobodyManagesIsReissued(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	_, err := h.Store.Pool().Exec(t.Context(), `UPDATE ukeys SET admin_pin = 0`)
	servicetest.Must(t, err)
	for _, rule := range h.Project.OnCertificates() {
		if rule.Targets != ra.TargetsChosen {
			continue
		}
		want := ra.Code("")
		if rule.Plan == ra.PlanUnlock {
			want = ra.CodeKeyUnmanaged
		}
		page, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{})
		servicetest.Must(t, err)
		for _, o := range page.Holdings[0].Offers {
			if o.Kind == rule.Kind && o.Reason == rule.Reason && o.Refused != want {
				t.Errorf("%s %s is offered with %q, want %q", o.Kind, o.Reason, o.Refused, want)
			}
		}
		order, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, rule.Kind, rule.Reason, certificates...))
		servicetest.WantCode(t, string(rule.Kind), err, want, "")
		if err == nil {
			_, err = h.Intake.Cancel(t.Context(), member, order.ID, order.Version)
			servicetest.Must(t, err)
		}
	}
}

// TestFilesAnswerIsKept: what a customer said of encrypted files stays with the order and stands in the trail; nobody places one without.
func TestFilesAnswerIsKept(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	a := h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0])
	a.Files = ra.FilesUnasked
	_, err := h.Place(t.Context(), h.Kiosk, member, a)
	servicetest.WantCode(t, "without an answer", err, ra.CodeRequired, "files")
	a.Files = ra.FilesSome
	order, err := h.Place(t.Context(), h.Kiosk, member, a)
	servicetest.Must(t, err)
	if order.Files != ra.FilesSome {
		t.Errorf("kept %q, want %q", order.Files, ra.FilesSome)
	}
	if got := h.TrailOf(t, order.ID)[0].Facts["files"]; got != "some" {
		t.Errorf("the trail says %q, want some", got)
	}
	email := h.Change(t, member, ra.ReasonData, func(to *ra.Applicant) { to.Handler.Email = "li@example.com" })
	if order, err = h.Place(t.Context(), h.Kiosk, member, email); err != nil || order.Files != ra.FilesUnasked {
		t.Errorf("no certificate is rewritten: kept %q (%v), want none", order.Files, err)
	}
	h.Sound(t)
}

// The notice of risks is for who has a certificate written anew.
func TestNoticeIsAskedForWhereACertificateIsRewritten(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{true, false} {
		h, member, _ := holding(t, 1, 40)
		h.Project.Profile.Handler = written
		h.Project.Required = append(h.Project.Required, ra.Requirements{Kind: ra.KindChange, Reason: ra.ReasonData, Materials: []ra.Requirement{
			{Material: ra.MaterialRiskNotice, MinPages: 1, MaxPages: 3}, {Material: ra.MaterialForm, MinPages: 1, MaxPages: 3}}})
		h.PutProject(t, 2, h.Project)
		order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Name = "孙七" }))
		servicetest.Must(t, err)
		if got := order.Paper(ra.MaterialRiskNotice).MinPages == 1; got != written || len(order.Units) > 0 != written || order.Paper(ra.MaterialForm).MinPages != 1 {
			t.Errorf("handler in the certificate %v: %d units, notice asked for %v", written, len(order.Units), got)
		}
	}
}
