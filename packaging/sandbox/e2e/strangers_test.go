package e2e

import (
	"context"
	"strings"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// Whose companies they are, of document.NewCompany.
const (
	customerSeed = iota + 1
	foreignerSeed
	claimantSeed
)

// units is how many keys the customer ordered: the first is attacked, the others let wrong codes go through several keys.
const units = 5

// strangers is a visit that was interrupted in the middle of a write, and what others try with it. They send what they like, over
// the kiosks' own client certificates, as a program that was tampered with would.
type strangers struct {
	*hall
	desk  *desk.Desk // of the rightful customer, with a session at the first kiosk
	order desk.Order
	trail *trail
	line  house.Line // of the second kiosk

	first, second *api.Client // as the kiosk that was interrupted, as another one of the hall

	write   ra.Write     // the interrupted one, as it lies on the first kiosk's disk
	subject []byte       // what its certificate will say; no secret
	others  []ra.Write   // of the order's other keys, begun at the first kiosk
	session string       // of the customer at the second kiosk, who went on there
	forged  *softwareKey // passed off as the key
}

// TestStrangers: only the person whose key it is goes on with it. Everybody else is turned away and stands in the trail, nothing of
// theirs is bound to the order, and the order is not locked by what they try.
func TestStrangers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	s := interrupted(ctx, t)
	for _, part := range []struct {
		name string
		play func(context.Context, *testing.T)
	}{
		{"another kiosk that knows the key", s.knowsTheKey},
		{"a software key instead of the key", s.softwareKeyEarly},
		{"a customer without a login", s.withoutLogin},
		{"other members", s.otherMembers},
		{"the stopped kiosk's disk", s.stolenDisk},
		{"interrupted again", s.interruptedAgain},
		{"a software key once there is a certificate", s.softwareKeyLate},
		{"codes without a session", s.codesAlone},
		{"the customer at another kiosk", s.takenOver},
		{"a dead ticket with a good proof", s.deadTicket},
		{"the blocked kiosk", s.blockedKiosk},
		{"the other keys", s.finished},
		{"the owner of the database", s.spoiledRegister},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(ctx, t) }) {
			return
		}
	}
}

// interrupted lets a customer make a key until its pair is there and no certificate was asked for yet: there the kiosk dies.
func interrupted(ctx context.Context, t *testing.T) *strangers {
	t.Helper()
	s := &strangers{hall: startHall(t), forged: newSoftwareKey(t)}
	s.StopKiosk()
	var err error
	s.line, err = s.Colleague(ctx, "04")
	must(t, err)
	s.second, err = s.line.Client()
	must(t, err)
	t.Cleanup(s.second.Close)
	s.desk, err = desk.Open(ctx, s.House, string(ukey.RSA2048), customerSeed)
	must(t, err)
	t.Cleanup(s.desk.Close)
	s.first = s.desk.Client
	s.order, err = s.desk.Approved(ctx, units)
	must(t, err)
	s.killAt(ctx, t, s.application(), s.order.Code, ra.StepRequest)
	s.write = s.onDisk(ctx, t)
	s.subject = s.subjectOf(ctx, t)
	s.trail = openTrail(t, s.House)
	return s
}

// application is what the customer types to log in.
func (s *strangers) application() visit.Application {
	return visit.Application{Login: s.desk.Member.Login, Password: desk.Password}
}

// subjectOf asks as the customer, so that a stranger's request fails for want of the right, and not of the right name.
func (s *strangers) subjectOf(ctx context.Context, t *testing.T) []byte {
	t.Helper()
	release, err := s.first.Resume(ctx, s.desk.Session, ra.Resumption{OperationID: s.write.ID, Ticket: s.write.Ticket})
	must(t, err)
	return release.Subject
}

// ticket is what lies on the first kiosk's disk for the write, without any person.
func (s *strangers) ticket() ra.Hold { return ra.Hold{OperationID: s.write.ID, Ticket: s.write.Ticket} }

// refused wants a call to be turned away with that code, and this line alone to tell of it in the trail: an action and its code.
func (s *strangers) refused(t *testing.T, what string, err error, code ra.Code, line string) {
	t.Helper()
	if got := ra.CodeOf(err); got != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
	if got := strings.Join(s.trail.news(t), ", "); got != line {
		t.Errorf("%s: the trail says %q, want %q", what, got, line)
	}
}

// knowsTheKey: the key's identity and the operation's id are no secrets. They tell another kiosk that something waits, no more.
func (s *strangers) knowsTheKey(ctx context.Context, t *testing.T) {
	s.seesOnlyThatItWaits(ctx, t, s.second, "")
	for name, invented := range map[string]string{"no ticket": "", "an invented ticket": strings.Repeat("A", 43)} {
		hold := ra.Hold{OperationID: s.write.ID, Ticket: invented, Presence: invented}
		for _, c := range s.withHold(t) {
			s.refused(t, c.name+" with "+name, c.do(ctx, s.second, hold), ra.CodeTicketDead, "ticket.refuse ticket_dead")
		}
	}
	_, err := s.second.Resume(ctx, "", ra.Resumption{OperationID: s.write.ID})
	s.refused(t, "going on with nothing", err, ra.CodeSessionOver, "operation.refuse session_over")
	_, err = s.second.Resume(ctx, "", ra.Resumption{OperationID: s.write.ID, AuthCode: s.order.Code})
	s.refused(t, "going on with an overheard code", err, ra.CodeSessionOver, "operation.refuse session_over")
	_, err = s.second.Resume(ctx, "", ra.Resumption{OperationID: s.write.ID, Ticket: s.write.Ticket, AuthCode: s.order.Code})
	s.refused(t, "going on with a copied ticket", err, ra.CodeTicketDead, "ticket.refuse ticket_dead")
	s.unharmed(ctx, t, ra.OperationReserved)
}

// seesOnlyThatItWaits looks at the key as the kiosk of a client, in a session or in none.
func (s *strangers) seesOnlyThatItWaits(ctx context.Context, t *testing.T, client *api.Client, session string) {
	t.Helper()
	got, err := client.KeyStatus(ctx, session, s.write.Key)
	must(t, err)
	if want := (ra.KeyStatus{Known: true, ProjectID: s.order.ProjectID, Waiting: true}); got != want {
		t.Errorf("a stranger learns %+v of the key, want %+v", got, want)
	}
}

// withoutLogin: the ticket of the kiosk where somebody stands proves nobody.
func (s *strangers) withoutLogin(ctx context.Context, t *testing.T) {
	s.seesOnlyThatItWaits(ctx, t, s.first, "")
	r := ra.Resumption{OperationID: s.write.ID, Ticket: s.write.Ticket}
	_, err := s.first.Resume(ctx, "", r)
	s.refused(t, "going on without login or code", err, ra.CodeRequired, "operation.refuse required")
	r.AuthCode = "  "
	_, err = s.first.Resume(ctx, "", r)
	s.refused(t, "going on with an empty code", err, ra.CodeRequired, "operation.refuse required")
	// A session that is none is over before anything is looked up, so that there is nothing to tell of.
	_, err = s.first.Resume(ctx, "invented", r)
	s.refused(t, "going on with an invented session", err, ra.CodeSessionOver, "")
	_, err = s.first.Reserve(ctx, "", s.reservation(s.write.ID))
	s.refused(t, "reserving anew without a session", err, ra.CodeSessionOver, "")
	s.unharmed(ctx, t, ra.OperationReserved)
}
