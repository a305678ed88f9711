package workflow

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// holder is a hall with the real rules, in which a confirmed member holds key 0, whose certificate ends in forty days.
func holder(t *testing.T, hub int) (*hall, *direct, ra.Membership, string) {
	t.Helper()
	h, d := realHall(t, hub)
	member, certificate := d.holdsKey(t, h)
	d.Clock.Advance(d.CertificateEnd(t, certificate).Sub(d.Clock.Now()) - 40*24*time.Hour)
	return h, d, member, certificate
}

// comesFor goes from home to what a service asks first.
func (h *hall) comesFor(kind ra.Kind, m ra.Membership) {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(ChooseKind{kind})
	if rule, one := ra.RuleOf(kind, ra.ReasonNone); one && rule.Kind == kind {
		h.ready()
		h.form(FormLogIn, "login", m.Login, "password", servicetest.Password)
	}
}

// targets takes the certificate that is chosen by itself.
func (h *hall) targets() {
	h.t.Helper()
	see(h, func(p TargetsPage) bool { return p.Ready && len(p.Items) > 0 && p.Items[0].Chosen })
	h.do(Go{})
}

// places confirms what it shows.
func (h *hall) places(fen int64) SummaryPage {
	h.t.Helper()
	p := see(h, func(p SummaryPage) bool { return p.TotalFen == fen })
	h.do(Go{})
	return p
}

// pays hands in the slip of a transfer.
func (h *hall) pays() {
	h.t.Helper()
	see(h, func(p PayPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	see(h, func(p PayPage) bool { return p.Slip.Pages == 1 && !p.Busy })
	h.do(Go{})
}

// approved waits for the review, which accepts everything, and goes on; it returns the order.
func (d *direct) approved(t *testing.T, h *hall) ra.Order {
	t.Helper()
	order := d.newest(t, see[WaitPage](h, nil).Order.ID)
	order = d.Judged(t, order)
	if !order.Payment.Settled() {
		order = d.Paid(t, order)
	}
	if order.State == ra.OrderOpen {
		var err error
		order, err = d.Approve(t.Context(), d.Supervisor, order.ID, order.Version)
		servicetest.Must(t, err)
	}
	return order
}

// codeOf is the authorization code that was sent for an order.
func (d *direct) codeOf(t *testing.T, number string) string {
	t.Helper()
	_, err := d.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, err := d.Sender.Code(number)
	servicetest.Must(t, err)
	return code
}

// toKeyOf goes on with an approved order; a key that it is about, and that is plugged in alone, is taken by itself.
func (h *hall) toKeyOf() {
	h.t.Helper()
	see(h, func(p WaitPage) bool { return p.Make })
	h.do(Go{})
}

// TestUnlock: the key that is plugged in is chosen by itself; its holder gets a code and sets a new PIN.
func TestUnlock(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	h.comesFor(ra.KindUnlock, member)
	h.targets()
	h.places(0)
	order := d.approved(t, h)
	h.toKeyOf()
	h.form(FormCode, "auth_code", d.codeOf(t, order.Number))
	h.form(FormPIN, "pin", "86420975", "pin_again", "86420975")
	p := see(h, func(p DonePage) bool { return p.Plan == "unlock" && p.Order.State == "done" })
	if len(p.Proof) != 1 || p.Proof[0].ID != "prove.pin" {
		t.Errorf("proof %+v", p.Proof)
	}
	h.end()
	d.Sound(t)
}

// TestExtend: a term is bought, and written with the PIN that the key has; what is replaced stands beside the PIN.
func TestExtend(t *testing.T) {
	t.Parallel()
	h, d, member, certificate := holder(t, 1)
	h.comesFor(ra.KindExtend, member)
	h.targets()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm && p.Items[0].Fen == 19000 })
	h.do(Choose{"extend-1y"})
	h.extends(t, d, certificate)
}

// extends goes on with an extension that costs 190 yuan from the question about files to the proven key.
func (h *hall) extends(t *testing.T, d *direct, certificate string) {
	t.Helper()
	h.form(FormWarning + "_extend")
	h.places(19000)
	h.pays()
	order := d.approved(t, h)
	if order.Files != ra.FilesNone {
		t.Errorf("files %q, want none", order.Files)
	}
	h.toKeyOf()
	end := ra.ExtendedEnd(d.CertificateEnd(t, certificate), d.Clock.Now(), 12)
	see(h, func(p FormPage) bool {
		facts := map[string]Row{}
		for _, r := range p.Facts {
			facts[r.ID] = r
		}
		return p.ID == FormConsent && facts["new_end"].Value == ra.HallDay(end) && facts["on_key"].Key == "on_key.same" && facts["certificate_number"].Value != ""
	})
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Plan == "extend" && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}

// TestRenewAndWrite: what is renewed and written at once is one order.
func TestRenewAndWrite(t *testing.T) {
	t.Parallel()
	h, d, member, certificate := holder(t, 1)
	h.comesFor(ra.KindRenew, member)
	h.targets()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseRenewal })
	h.do(Choose{"extend-1y"})
	h.extends(t, d, certificate)
	if orders, err := d.Hall.Orders(t.Context(), member); err != nil || len(orders) != 2 || orders[0].Kind != ra.KindExtend {
		t.Errorf("orders %+v, %v", orders, err)
	}
}

// TestRenewNow: after the login what ends soon is told; what is paid for alone is written by an extension that costs nothing more.
func TestRenewNow(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	see(h, func(p OrdersPage) bool { return len(p.Expiring) == 1 })
	h.do(RenewNow{})
	h.ready()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseRenewal })
	h.do(Choose{RenewOnly})
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm && p.Items[0].Fen == 18000 })
	h.do(Choose{"renew-1y"})
	h.places(18000)
	h.pays()
	order := d.newest(t, see(h, func(p WaitPage) bool { return p.Order.State == "awaiting_confirmation" }).Order.ID)
	d.Paid(t, order)
	see(h, func(p FinishedPage) bool { return p.Order.State == "done" && p.Extend })
	h.do(ExtendNow{})
	h.ready()
	see(h, func(p TargetsPage) bool { return p.Ready && p.Items[0].Chosen && p.Items[0].Paid == 12 })
	h.do(Go{})
	h.form(FormWarning + "_extend")
	h.places(0)
	d.approved(t, h)
	h.toKeyOf()
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Plan == "extend" && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}

// TestChangeName: the new data is entered beside the old, each key concerned is named, and who has encrypted files is told whom to ask.
func TestChangeName(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	h.comesFor(ra.KindChange, member)
	see(h, func(p ChoosePage) bool { return p.ID == string(ra.KindChange) && len(p.Items) == 3 })
	h.do(Choose{string(ra.ReasonName)})
	h.ready()
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	see(h, func(p FormPage) bool {
		return p.ID == FormNewOrganisation && slices.ContainsFunc(p.Fields, func(f Field) bool {
			return f.ID == "organisation.name" && f.Was == member.Organisation.Name && f.Value == f.Was
		})
	})
	h.do(Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeNothingChanged) })
	h.form(FormNewOrganisation, "organisation.name", "杭州更名后科技有限公司")
	see(h, func(p TargetsPage) bool { return p.All && len(p.Items) == 1 && p.Items[0].Chosen })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormWarning+"_change" })
	h.do(HaveFiles{})
	h.form(FormFiles)
	p := h.places(5000)
	if row := p.Sections[0].Rows; p.Sections[0].ID != "changes" || len(row) != 1 || row[0].Value != "杭州更名后科技有限公司" || row[0].Was == nil || row[0].Was.Value != member.Organisation.Name {
		t.Errorf("what changes: %+v", p.Sections[0])
	}
	h.handsInAll()
	h.pays()
	order := d.approved(t, h)
	if order.Files != ra.FilesSome {
		t.Errorf("files %q, want some", order.Files)
	}
	h.toKeyOf()
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Plan == "change" && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}

// handsInAll scans what is wanted of each paper.
func (h *hall) handsInAll() {
	h.t.Helper()
	for _, m := range see(h, func(p ScanPage) bool { return len(p.Sources) == 2 }).Materials {
		h.do(ChooseMaterial{m.Kind})
		for n := range m.MinPages {
			h.do(Scan{"flatbed"})
			see(h, func(p ScanPage) bool {
				return p.Materials[p.Showing].Pages == n+1 && p.Materials[p.Showing].Kind == m.Kind && !p.Busy
			})
		}
	}
	h.do(Go{})
}

// TestChangeContact: an e-mail address alone is changed at once, without a key.
func TestChangeContact(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	h.comesFor(ra.KindChange, member)
	see[ChoosePage](h, nil)
	h.do(Choose{string(ra.ReasonData)})
	h.ready()
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	h.form(FormNewHandler, "handler.email", "new@example.org")
	h.places(0)
	see(h, func(p FinishedPage) bool { return p.Order.State == "done" })
	if got := d.MemberAgain(t, member).Handler.Email; got != "new@example.org" {
		t.Errorf("e-mail %q", got)
	}
	h.end()
	d.Sound(t)
}

// TestReissue: a lost key's certificate is revoked with the approval, and another key is made.
func TestReissue(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 2)
	h.hub.Pull(t, 0)
	h.comesFor(ra.KindReissue, member)
	see(h, func(p ChoosePage) bool { return p.ID == string(ra.KindReissue) && len(p.Items) == 2 })
	h.do(Choose{string(ra.ReasonLost)})
	h.ready()
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	h.targets()
	h.form(FormWarning + "_reissue")
	h.form(FormDelivery)
	h.places(9000)
	h.pays()
	order := d.approved(t, h)
	h.hub.Plug(t, 1)
	h.toKeyOf()
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormCode, "auth_code", d.codeOf(t, order.Number))
	h.form(FormPIN, "pin", keyPIN, "pin_again", keyPIN)
	see(h, func(p DonePage) bool { return p.Plan == "make" && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}

// TestOrderThatIsOpenGoesOn: whoever asks for the same again finds the order that is there.
func TestOrderThatIsOpenGoesOn(t *testing.T) {
	t.Parallel()
	h, d, member, certificate := holder(t, 1)
	_, err := d.Hall.Place(t.Context(), d.kiosk, member, d.On(t, ra.KindUnlock, ra.ReasonNone, certificate))
	servicetest.Must(t, err)
	h.comesFor(ra.KindUnlock, member)
	see(h, func(p TargetsPage) bool { return !p.Ready && isFault(p.Items[0].Why, ra.CodeOrderOpen) })
	h.do(PickTarget{certificate})
	see(h, func(p WaitPage) bool { return p.Order.Kind == ra.KindUnlock && p.Order.State == "under_review" })
	h.end()
	d.Sound(t)
}

// TestPriceThatChanged: nobody orders for a price that they did not see; placing it again agrees to the new one.
func TestPriceThatChanged(t *testing.T) {
	t.Parallel()
	h, d, member, certificate := holder(t, 1)
	h.comesFor(ra.KindExtend, member)
	h.targets()
	see[ChoosePage](h, nil)
	h.do(Choose{"extend-1y"})
	h.form(FormWarning + "_extend")
	see(h, func(p SummaryPage) bool { return p.TotalFen == 19000 })
	dearer := d.Project
	dearer.Services = slices.Clone(dearer.Services)
	for i := range dearer.Services {
		if dearer.Services[i].ID == "extend-1y" {
			dearer.Services[i].PriceFen = 21000
		}
	}
	d.PutProject(t, 1, dearer)
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return p.TotalFen == 21000 && isFault(p.Fault, ra.CodePriceChanged) })
	h.do(Go{})
	h.pays()
	if order := d.newest(t, see[WaitPage](h, nil).Order.ID); order.AmountFen != 21000 || order.Targets()[0] != certificate {
		t.Errorf("order of %d fen on %v", order.AmountFen, order.Targets())
	}
	h.end()
	d.Sound(t)
}

// TestKeyRenewsItself: a key that logs in while it may be renewed orders that for itself, and for nothing else.
func TestKeyRenewsItself(t *testing.T) {
	t.Parallel()
	h, d, _, _ := holder(t, 1)
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindRenew})
	h.ready()
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(LogInByKey{})) })
	h.do(LogInByKey{})
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see(h, func(p TargetsPage) bool { return p.Ready && len(p.Items) == 1 })
	h.do(Go{})
	see[ChoosePage](h, nil)
	h.do(Choose{RenewOnly})
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm })
	h.do(Choose{"renew-1y"})
	h.form(FormInvoice) // the person's orders are none of the key's
	h.places(18000)
	h.pays()
	see(h, func(p WaitPage) bool { return p.Order.Kind == ra.KindRenew })
	h.end()
	d.Sound(t)
}

// TestBackFromRenewal: who chose to have it written, goes back and only pays orders a renewal, with its price.
func TestBackFromRenewal(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	h.comesFor(ra.KindRenew, member)
	h.targets()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseRenewal })
	h.do(Choose{"extend-1y"})
	see(h, func(p FormPage) bool { return p.ID == FormWarning+"_extend" })
	h.do(Back{})
	see(h, func(p ChoosePage) bool { return p.ID == ChooseRenewal })
	h.do(Choose{RenewOnly})
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm && p.Items[0].ID == "renew-1y" })
	h.do(Choose{"renew-1y"})
	h.places(18000)
	h.pays()
	order := d.newest(t, see[WaitPage](h, nil).Order.ID)
	if order.Kind != ra.KindRenew || order.Files != ra.FilesUnasked {
		t.Errorf("order %s, files %q", order.Kind, order.Files)
	}
	h.end()
	d.Sound(t)
}

// TestWhatWasChosenToGoIsAnother: what the person chose on a full key was replaced before it was erased. They choose again, and it is written.
func TestWhatWasChosenToGoIsAnother(t *testing.T) {
	t.Parallel()
	h, d, member, _ := holder(t, 1)
	pair := ukey.Pair{ID: []byte("other"), Label: "other", Algorithm: ukey.ECP256}
	h.on(func(k ukey.Token) {
		must(t, k.Login(t.Context(), ukey.Customer, []byte(keyPIN)))
		_, err := k.GenerateKey(t.Context(), pair)
		must(t, err)
	})
	h.comesFor(ra.KindExtend, member)
	h.targets()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm })
	h.do(Choose{"extend-1y"})
	h.form(FormWarning + "_extend")
	h.places(19000)
	h.pays()
	d.approved(t, h)
	h.toKeyOf()
	h.keys.FailAt("GenerateKey", ukeytest.Before, ukey.ErrFull)
	h.form(FormConsent, "held_pin", keyPIN)
	room := see(h, func(p RoomPage) bool { return len(p.Items) == 1 && p.Fault == nil })
	h.on(func(k ukey.Token) {
		must(t, k.Login(t.Context(), ukey.Customer, []byte(keyPIN)))
		must(t, k.Delete(t.Context(), ukey.KindPublicKey, pair.ID))
		must(t, k.Delete(t.Context(), ukey.KindPrivateKey, pair.ID))
		_, err := k.GenerateKey(t.Context(), pair)
		must(t, err)
	})
	h.do(PickTarget{room.Items[0].ID})
	see(h, func(p RoomPage) bool { return p.Ready })
	h.do(Go{})
	see(h, func(p RoomPage) bool { return isFault(p.Fault, ra.CodeConflict) && !p.Ready })
	h.do(PickTarget{room.Items[0].ID})
	see(h, func(p RoomPage) bool { return p.Ready })
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Plan == "extend" && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}

// TestNoticeIsReadAndPrinted: the notice of risks is read before it is printed, and printed with the form by the same touch.
func TestNoticeIsReadAndPrinted(t *testing.T) {
	t.Parallel()
	h, d, member, certificate := holder(t, 1)
	project := d.Project
	project.Notices = []ra.Notice{{Kind: ra.KindExtend, Version: 1, Title: ra.Text{ZH: "告知函", EN: "Notice"}, Body: ra.Text{ZH: "……", EN: "…"}}}
	project.Required = append(slices.Clone(project.Required), ra.Requirements{Kind: ra.KindExtend, Materials: []ra.Requirement{
		{Material: ra.MaterialForm, MinPages: 1, MaxPages: 3}, {Material: ra.MaterialRiskNotice, MinPages: 1, MaxPages: 3}}})
	d.PutProject(t, 1, project)
	h.comesFor(ra.KindExtend, member)
	h.targets()
	see(h, func(p ChoosePage) bool { return p.ID == ChooseTerm })
	h.do(Choose{"extend-1y"})
	h.form(FormWarning + "_extend")
	h.places(19000)
	risk := see[RiskPage](h, nil)
	if len(risk.Certificates) != 1 || risk.Version != 1 || risk.Organisation != member.Organisation.Name {
		t.Errorf("the notice says %+v", risk)
	}
	h.do(Go{})
	see(h, func(p PrintPage) bool { return p.State == PrintDone && len(p.Papers) == 2 })
	h.do(Go{})
	h.handsInAll()
	h.pays()
	if order := d.newest(t, see[WaitPage](h, nil).Order.ID); order.Targets()[0] != certificate {
		t.Errorf("order on %v", order.Targets())
	}
	h.end()
	d.Sound(t)
}
