package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestResumeAtAnotherKiosk: a serial, an operation's id and the ticket of another kiosk are not enough; login and code together
// are, and then the first kiosk's ticket is dead, its good proof too.
func TestResumeAtAnotherKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, nobody := h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	h.Certified(t, release, key)
	proof := h.Proof(t, release, key)
	id := release.Operation.ID
	for name, c := range map[string]struct {
		member ra.Membership
		r      ra.Resumption
		code   ra.Code
	}{
		"nothing":                     {nobody, ra.Resumption{OperationID: id}, ra.CodeSessionOver},
		"the code alone":              {nobody, ra.Resumption{OperationID: id, AuthCode: code}, ra.CodeSessionOver},
		"another kiosk's ticket":      {nobody, ra.Resumption{OperationID: id, Ticket: release.Ticket, AuthCode: code}, ra.CodeTicketDead},
		"a login alone":               {account, ra.Resumption{OperationID: id}, ra.CodeRequired},
		"a login and a ticket":        {account, ra.Resumption{OperationID: id, Ticket: release.Ticket}, ra.CodeRequired},
		"another membership's login":  {h.Registered(t), ra.Resumption{OperationID: id, AuthCode: code}, ra.CodeNotFound},
		"an operation that is not":    {account, ra.Resumption{OperationID: servicetest.ID(t), AuthCode: code}, ra.CodeNotFound},
		"an id that is none":          {account, ra.Resumption{OperationID: "x", AuthCode: code}, ra.CodeNotFound},
		"a login with the wrong code": {account, ra.Resumption{OperationID: id, AuthCode: "1"}, ra.CodeAuthCodeWrong},
	} {
		_, err := h.Resume(ctx, h.Other, c.member, c.r)
		servicetest.WantCode(t, name, err, c.code, "")
	}
	r := ra.Resumption{OperationID: id, AuthCode: code}
	taken, err := h.Resume(ctx, h.Other, account, r)
	if err != nil || taken.Operation.KioskID != h.Other.ID || taken.Ticket == release.Ticket || taken.Opening != nil {
		t.Fatalf("Resume = kiosk %s, %v, want %s with a ticket of its own", taken.Operation.KioskID, err, h.Other.ID)
	}
	if again, err := h.Resume(ctx, h.Other, account, r); err != nil || again.Ticket != taken.Ticket {
		t.Errorf("the same again: another ticket, %v", err)
	}
	h.Texted(t, order.Number, "改在")

	_, err = h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
	servicetest.WantCode(t, "a dead ticket with a good proof", err, ra.CodeTicketDead, "")
	_, err = h.Operation(ctx, h.Kiosk, release.Hold())
	servicetest.WantCode(t, "asking with a dead ticket", err, ra.CodeTicketDead, "")
	h.Sound(t)
	if _, err := h.Confirm(ctx, h.Other, taken.Hold(), proof); err != nil {
		t.Errorf("the new holder: %v", err)
	}
	h.Sound(t)
}

// TestTicketIsAskedFor: another kiosk of the project, with all ids and a person's proof, does nothing without it.
func TestTicketIsAskedFor(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	key, other := servicetest.NewKey(t), servicetest.NewKey(t)
	release, second := h.Reserved(t, account, order, code, key), h.Reserved(t, account, order, code, other)
	request := key.Request(t, release.Subject)
	hold := release.Hold()
	foreign := hold
	foreign.Ticket = second.Ticket
	stale := hold
	stale.Presence = second.Presence
	for name, c := range map[string]struct {
		kiosk ra.Kiosk
		hold  ra.Hold
		code  ra.Code
	}{
		"at another kiosk":              {h.Other, hold, ra.CodeTicketDead},
		"no ticket":                     {h.Kiosk, ra.Hold{OperationID: hold.OperationID, Presence: hold.Presence}, ra.CodeTicketDead},
		"another operation's ticket":    {h.Kiosk, foreign, ra.CodeTicketDead},
		"a stolen disk: no person":      {h.Kiosk, ra.Hold{OperationID: hold.OperationID, Ticket: hold.Ticket}, ra.CodePresenceOver},
		"another operation's person":    {h.Kiosk, stale, ra.CodePresenceOver},
		"no such operation":             {h.Kiosk, ra.Hold{OperationID: servicetest.ID(t), Ticket: hold.Ticket}, ra.CodeNotFound},
		"the ticket at its own kiosk":   {h.Kiosk, hold, ""},
		"the ticket at its kiosk again": {h.Kiosk, ra.Hold{OperationID: hold.OperationID, Ticket: hold.Ticket}, ""},
	} {
		if c.code == "" {
			continue // after the others
		}
		_, err := h.Certify(ctx, c.kiosk, c.hold, request, 1)
		servicetest.WantCode(t, "certify: "+name, err, c.code, "")
		_, err = h.Administrator(ctx, c.kiosk, c.hold, servicetest.Attempt(t))
		servicetest.WantCode(t, "administrator: "+name, err, c.code, "")
		servicetest.WantCode(t, "give back: "+name, h.GiveBack(ctx, c.kiosk, c.hold, ra.CodeKeyNotBlank), c.code, "")
		if c.code == ra.CodePresenceOver {
			continue // what follows needs the ticket alone
		}
		_, err = h.Challenge(ctx, c.kiosk, c.hold)
		servicetest.WantCode(t, "challenge: "+name, err, c.code, "")
		_, err = h.Confirm(ctx, c.kiosk, c.hold, ra.Proof{})
		servicetest.WantCode(t, "confirm: "+name, err, c.code, "")
	}
	h.Certified(t, release, key)
	if _, err := h.Confirm(ctx, h.Kiosk, ra.Hold{OperationID: hold.OperationID, Ticket: hold.Ticket}, h.Proof(t, release, key)); err != nil {
		t.Errorf("confirm with the ticket alone: %v", err)
	}
	refused := 0
	for _, line := range h.TrailOf(t, order.ID) {
		if line.Action == "ticket.refuse" {
			refused++
		}
	}
	if refused < 14 {
		t.Errorf("%d lines in the trail tell of refused tickets, want one for each", refused)
	}
	h.Sound(t)
}

// TestPersonIsProvenAnew: a new password, a takeover, a block and the end of the operation end a proof of the person; login or code
// at the ticket's kiosk make a new one.
func TestPersonIsProvenAnew(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	account, err := h.Register(ctx, h.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	session, err := h.LogIn(ctx, h.Other, r.Login, r.Password)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := h.Session(ctx, h.Other, session.Token)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ChangePassword(ctx, h.Other, caller, r.Password, "another-pass-9"); err != nil {
		t.Fatal(err)
	}
	_, err = h.Certify(ctx, h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "after a new password", err, ra.CodePresenceOver, "")
	id, ticket := release.Operation.ID, release.Ticket
	byLogin, err := h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: id, Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	byCode, err := h.Resume(ctx, h.Kiosk, ra.Membership{}, ra.Resumption{OperationID: id, Ticket: ticket, AuthCode: code})
	if err != nil || byCode.Ticket != ticket || byLogin.Ticket != ticket {
		t.Fatalf("at the ticket's kiosk by login, then by code: %v, or another ticket", err)
	}
	_, err = h.Administrator(ctx, h.Kiosk, byLogin.Hold(), servicetest.Attempt(t))
	servicetest.WantCode(t, "the proof before the last", err, ra.CodePresenceOver, "")
	if err := h.BlockKiosk(ctx, h.Admin, h.Kiosk.ID, "stolen"); err != nil {
		t.Fatal(err)
	}
	if err := h.UnblockKiosk(ctx, h.Admin, h.Kiosk.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.Certify(ctx, h.Kiosk, byCode.Hold(), key.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "after the kiosk was blocked", err, ra.CodeTicketDead, "")
	_, err = h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: id, Ticket: ticket})
	servicetest.WantCode(t, "by a login alone with the ticket from before the block", err, ra.CodeRequired, "auth_code")
	back, err := h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: id, AuthCode: code})
	if err != nil || back.Ticket == ticket {
		t.Fatalf("by both: %v, or the dead ticket again", err)
	}
	h.Certified(t, ra.Release{Operation: back.Operation, Subject: back.Subject, Ticket: back.Ticket, Presence: back.Presence, Opening: release.Opening}, key)
	h.Sound(t)
}

func TestKeyStatus(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, nobody := h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	status := func(m ra.Membership, k ra.KeyIdentity) ra.KeyStatus {
		t.Helper()
		s, err := h.KeyStatus(ctx, h.Other, m, k)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := status(nobody, key.Identity); got != (ra.KeyStatus{}) {
		t.Errorf("a key never seen: %+v", got)
	}
	release := h.Reserved(t, account, order, code, key)
	for name, m := range map[string]ra.Membership{"nobody": nobody, "another membership": h.Registered(t)} {
		if got := status(m, key.Identity); got != (ra.KeyStatus{Known: true, ProjectID: servicetest.ProjectID, Waiting: true}) {
			t.Errorf("%s learns %+v, want no more than that something waits", name, got)
		}
	}
	if got := status(account, key.Identity); got.Operation == nil || got.Operation.ID != release.Operation.ID {
		t.Errorf("its own membership learns %+v, want the operation", got)
	}
	other := key.Identity
	other.Manufacturer = "SoftHSM another maker"
	if got := status(account, other); got.Known {
		t.Errorf("another maker's key of the same serial: %+v", got)
	}
	h.Certified(t, release, key)
	if _, err := h.Confirm(ctx, h.Kiosk, release.Hold(), h.Proof(t, release, key)); err != nil {
		t.Fatal(err)
	}
	if got := status(account, key.Identity); got.Waiting || got.Operation != nil || !got.Known {
		t.Errorf("a finished key: %+v", got)
	}
	if _, err := h.Store.Pool().Exec(ctx, `UPDATE ukeys SET life = 'lost'`); err != nil {
		t.Fatal(err)
	}
	if got := status(nobody, key.Identity); !got.Lost {
		t.Errorf("a lost key: %+v", got)
	}
	_, err := h.KeyStatus(ctx, h.Other, nobody, ra.KeyIdentity{})
	servicetest.WantCode(t, "no serial", err, ra.CodeRequired, "key.serial")
}

func TestHallWithoutTheProject(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	if _, err := h.Store.Pool().Exec(ctx, `DELETE FROM kiosk_projects`); err != nil {
		t.Fatal(err)
	}
	_, err := h.Resume(ctx, h.Other, account, ra.Resumption{OperationID: release.Operation.ID, AuthCode: code})
	servicetest.WantCode(t, "resume", err, ra.CodeForbidden, "")
	_, err = h.Administrator(ctx, h.Kiosk, release.Hold(), servicetest.Attempt(t))
	servicetest.WantCode(t, "administrator", err, ra.CodeForbidden, "")
}
