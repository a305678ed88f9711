package intake_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/vault"
)

// left is what a customer leaves with the kiosk: an application and all its pages, to be handed in. The scans are there already.
func left(t *testing.T, h *servicetest.Hall, member ra.Membership, session ra.Session) ra.Mandate {
	t.Helper()
	a := h.Application(t, 1)
	m := ra.Mandate{OrderID: a.ID, MembershipID: member.ID, Application: &a, Submit: true}
	for i, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialIdentity, ra.MaterialForm, ra.MaterialRemittance} {
		scan, page := servicetest.Scan(t, i+1)
		if err := h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes); err != nil {
			t.Fatal(err)
		}
		m.Pages = append(m.Pages, ra.MandatePage{Material: kind, Page: page})
	}
	return sealed(t, session, h.Kiosk, m)
}

func sealed(t *testing.T, session ra.Session, kiosk ra.Kiosk, m ra.Mandate) ra.Mandate {
	t.Helper()
	m, err := session.Mandate.Seal(kiosk.ID, m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func loggedIn(t *testing.T, h *servicetest.Hall, member ra.Membership) ra.Session {
	t.Helper()
	s, err := h.LogIn(t.Context(), h.Kiosk, member.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// carriedOut does all of a mandate, each call twice: any answer may be lost.
func carriedOut(t *testing.T, h *servicetest.Hall, m ra.Mandate) {
	t.Helper()
	ctx := t.Context()
	for range 2 {
		servicetest.WantCode(t, "give", h.GiveMandate(ctx, h.Kiosk, m), "", "")
		for _, p := range m.Pages {
			servicetest.WantCode(t, "page", h.MandatePage(ctx, h.Kiosk, m.OrderID, p.Page.ID), "", "")
		}
		servicetest.WantCode(t, "submit", h.MandateSubmit(ctx, h.Kiosk, m.OrderID), "", "")
	}
}

// TestMandate: the session is over, and what the customer left is done under the kiosk's certificate.
func TestMandate(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	session := loggedIn(t, h, member)
	m := left(t, h, member, session)
	if err := h.LogOut(t.Context(), h.Kiosk, session.Token); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(intake.MandateLife - time.Minute)
	carriedOut(t, h, m)
	order, err := h.Order(t.Context(), member, m.OrderID)
	if err != nil || order.Materials != ra.MaterialsSubmitted || order.Payment != ra.PaymentAwaitingConfirmation {
		t.Errorf("order %s %s, %v", order.Materials, order.Payment, err)
	}
	for _, p := range order.Papers {
		if want := map[ra.MaterialKind]int{ra.MaterialIdentity: 2}[p.Kind]; len(p.Pages) != max(want, 1) {
			t.Errorf("%s has %d pages", p.Kind, len(p.Pages))
		}
	}
	h.Sound(t)
}

// TestMandateRefused: what differs in anything from what was given, or comes too late, is refused and told in the trail.
func TestMandateRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member, stranger := h.Registered(t), h.Registered(t)
	session := loggedIn(t, h, member)
	others := h.Placed(t, stranger, 1)
	for name, c := range map[string]struct {
		why    string
		kiosk  ra.Kiosk
		change func(*ra.Mandate)
		seal   bool // with the key that the session has
	}{
		"another kiosk":          {"session", h.Other, func(*ra.Mandate) {}, false},
		"another quantity":       {"seal", h.Kiosk, func(m *ra.Mandate) { m.Application.Lines[0].Quantity = 2 }, false},
		"another page":           {"seal", h.Kiosk, func(m *ra.Mandate) { m.Pages = m.Pages[:4] }, false},
		"no seal":                {"seal", h.Kiosk, func(m *ra.Mandate) { m.Seal = nil }, false},
		"a session that is none": {"session", h.Kiosk, func(m *ra.Mandate) { m.SessionID = servicetest.ID(t) }, true},
		"somebody's membership":  {"membership", h.Kiosk, func(m *ra.Mandate) { m.MembershipID = stranger.ID }, true},
		"no membership":          {"membership", h.Kiosk, func(m *ra.Mandate) { m.MembershipID = servicetest.ID(t) }, true},
		"somebody's order":       {"order", h.Kiosk, func(m *ra.Mandate) { m.Application, m.OrderID = nil, others.ID }, true},
		"an order that is none":  {"order", h.Kiosk, func(m *ra.Mandate) { m.Application = nil }, true},
	} {
		m := left(t, h, member, session)
		a := *m.Application
		a.Lines = append([]ra.ChosenLine(nil), a.Lines...)
		m.Application = &a
		c.change(&m)
		if c.seal {
			id := m.SessionID
			key := session.Mandate
			key.SessionID = id
			var err error
			if m, err = key.Seal(h.Kiosk.ID, m); err != nil {
				t.Fatal(err)
			}
		}
		before := orders(t, h, member)
		refusedMandate(t, h, name, c.why, h.GiveMandate(t.Context(), c.kiosk, m))
		if n := orders(t, h, member); n != before {
			t.Errorf("%s: %d orders, want %d", name, n, before)
		}
	}
	servicetest.WantCode(t, "an id that is none", h.GiveMandate(t.Context(), h.Kiosk, ra.Mandate{OrderID: "x"}), ra.CodeInvalid, "")
	servicetest.WantCode(t, "a page for an id that is none", h.MandatePage(t.Context(), h.Kiosk, "x", "y"), ra.CodeNotFound, "")
	h.Sound(t)
}

func orders(t *testing.T, h *servicetest.Hall, member ra.Membership) int {
	t.Helper()
	all, err := h.Orders(t.Context(), member)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// refusedMandate wants the refusal, its reason, and the line in the trail.
func refusedMandate(t *testing.T, h *servicetest.Hall, what, why string, err error) {
	t.Helper()
	var e *ra.Error
	if !errors.As(err, &e) || e.Code != ra.CodeMandateOver || e.Args["why"] != why {
		t.Errorf("%s: got %v, want %s because of %s", what, err, ra.CodeMandateOver, why)
		return
	}
	h.Sealed(t)
	rows, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Action == "mandate.refuse" && r.Facts["why"] == why {
			return
		}
	}
	t.Errorf("%s: no line in the trail", what)
}

// TestMandateCoversNothingElse: another page, a submission that was not asked for, an order without a mandate.
func TestMandateCoversNothingElse(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	session := loggedIn(t, h, member)
	m := left(t, h, member, session)
	m.Submit = false
	m = sealed(t, session, h.Kiosk, m)
	refusedMandate(t, h, "before it was given", "none", h.MandateSubmit(ctx, h.Kiosk, m.OrderID))
	servicetest.WantCode(t, "give", h.GiveMandate(ctx, h.Kiosk, m), "", "")
	refusedMandate(t, h, "another page", "page", h.MandatePage(ctx, h.Kiosk, m.OrderID, servicetest.ID(t)))
	refusedMandate(t, h, "submit", "submit", h.MandateSubmit(ctx, h.Kiosk, m.OrderID))
	refusedMandate(t, h, "at another kiosk", "none", h.MandatePage(ctx, h.Other, m.OrderID, m.Pages[0].Page.ID))
	h.Sound(t)
}

// TestMandateEnds: with the submission of its order from wherever, with its cancellation, after 30 days, and for ever with a
// block of the kiosk.
func TestMandateEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why string
		end func(context.Context, *servicetest.Hall, ra.Membership, ra.Mandate) error
	}{
		"submitted": {"submitted", func(ctx context.Context, h *servicetest.Hall, member ra.Membership, m ra.Mandate) error {
			for _, p := range m.Pages[1:] {
				if _, err := h.AddPage(ctx, member, m.OrderID, p.Material, p.Page); err != nil {
					return err
				}
			}
			_, page := servicetest.Scan(t, 1)
			if _, err := h.AddPage(ctx, member, m.OrderID, ra.MaterialLicence, page); err != nil {
				return err
			}
			_, err := h.Submit(ctx, member, m.OrderID)
			return err
		}},
		"cancelled": {"cancelled", func(ctx context.Context, h *servicetest.Hall, member ra.Membership, m ra.Mandate) error {
			_, err := h.Cancel(ctx, member, m.OrderID, 1)
			return err
		}},
		"expired": {"expired", func(_ context.Context, h *servicetest.Hall, _ ra.Membership, _ ra.Mandate) error {
			h.Clock.Advance(intake.MandateLife)
			return nil
		}},
		"blocked": {"blocked", func(ctx context.Context, h *servicetest.Hall, _ ra.Membership, _ ra.Mandate) error {
			h.Clock.Advance(time.Second)
			return errors.Join(h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "失窃"), h.UnblockKiosk(ctx, book.Command(), h.Kiosk.ID))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t)
			ctx := t.Context()
			member := h.Registered(t)
			session := loggedIn(t, h, member)
			m := left(t, h, member, session)
			servicetest.WantCode(t, "give", h.GiveMandate(ctx, h.Kiosk, m), "", "")
			if err := c.end(ctx, h, member, m); err != nil {
				t.Fatal(err)
			}
			refusedMandate(t, h, "page", c.why, h.MandatePage(ctx, h.Kiosk, m.OrderID, m.Pages[0].Page.ID))
			if name == "submitted" {
				servicetest.WantCode(t, "what was handed in already", h.MandateSubmit(ctx, h.Kiosk, m.OrderID), "", "")
				return
			}
			refusedMandate(t, h, "submit", c.why, h.MandateSubmit(ctx, h.Kiosk, m.OrderID))
			refusedMandate(t, h, "given again", c.why, h.GiveMandate(ctx, h.Kiosk, m))
			h.Sound(t)
		})
	}
}

// TestMandateOutlivesRotation: what was sealed before the master key was rotated is good after it.
func TestMandateOutlivesRotation(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	m := left(t, h, member, loggedIn(t, h, member))
	v, err := vault.New(map[int][]byte{1: bytes.Repeat([]byte{7}, vault.MasterBytes), 2: bytes.Repeat([]byte{8}, vault.MasterBytes)})
	if err != nil {
		t.Fatal(err)
	}
	config := h.IntakeConfig
	config.Vault = v
	rotated := intake.New(config)
	if err := rotated.GiveMandate(t.Context(), h.Kiosk, m); err != nil {
		t.Errorf("a mandate from before the rotation: %v", err)
	}
}

// TestMandateFromBeforeTheReturn: what was confirmed before an order was handed in and sent back is not worth anything after it,
// also when the back office hears of it only then.
func TestMandateFromBeforeTheReturn(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	session := loggedIn(t, h, member)
	order := h.Placed(t, member, 1)
	m := left(t, h, member, session)
	m.Application, m.OrderID, m.Version = nil, order.ID, order.Version
	m = sealed(t, session, h.Kiosk, m)
	for _, p := range m.Pages {
		if _, err := h.AddPage(ctx, member, order.ID, p.Material, p.Page); err != nil {
			t.Fatal(err)
		}
	}
	order, err := h.Submit(ctx, member, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	order, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialLicence, ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonUnreadable}}, order.Version)
	if err != nil {
		t.Fatal(err)
	}
	if order, err = h.Return(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	old := m.Pages[0]
	if _, err := h.RemovePage(ctx, member, order.ID, old.Material, old.Page.ID); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "give", h.GiveMandate(ctx, h.Kiosk, m), "", "")
	refusedMandate(t, h, "the page that was sent back", "submitted", h.MandatePage(ctx, h.Kiosk, order.ID, old.Page.ID))
	servicetest.WantCode(t, "what was handed in already", h.MandateSubmit(ctx, h.Kiosk, order.ID), "", "")
	if order, err = h.Order(ctx, member, order.ID); err != nil || order.Materials != ra.MaterialsReturned || len(order.Paper(ra.MaterialLicence).Pages) != 0 {
		t.Errorf("materials %s, %+v, %v, want them as the customer left them", order.Materials, order.Paper(ra.MaterialLicence).Pages, err)
	}
	scan, page := servicetest.Scan(t, 9)
	if err := h.StoreBlob(ctx, h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes); err != nil {
		t.Fatal(err)
	}
	carriedOut(t, h, sealed(t, session, h.Kiosk, ra.Mandate{OrderID: order.ID, MembershipID: member.ID, Version: order.Version, Submit: true,
		Pages: []ra.MandatePage{{Material: ra.MaterialLicence, Page: page}}}))
	if order, err = h.Order(ctx, member, order.ID); err != nil || order.Materials != ra.MaterialsSubmitted {
		t.Errorf("materials %s, %v, want them handed in again", order.Materials, err)
	}
	h.Sound(t)
}
