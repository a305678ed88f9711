package server

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"keyhall/backoffice/api"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
)

// asker is who asks. What of it is filled in is the matter of the call's Who; the rest is zero, which no rule lets through.
type asker struct {
	kiosk  ra.Kiosk
	token  string        // of the session
	caller intake.Caller // the session
	member ra.Membership // that the session is in
	hold   ra.Hold       // on the operation in the path
	badge  string        // the token of a member of staff's session
	staff  ra.StaffSession
}

// shown is what the request brought to say who asks.
type shown struct{ authorization, ticket, presence, operation, staff string }

type shownKey struct{}

// show keeps it for the call, whose own input has none of it.
func show(ctx huma.Context, next func(huma.Context)) {
	next(huma.WithValue(ctx, shownKey{}, shown{authorization: ctx.Header("Authorization"), ticket: ctx.Header(api.TicketHeader),
		presence: ctx.Header(api.PresenceHeader), operation: ctx.Param("operation"), staff: ctx.Header(api.StaffHeader)}))
}

// proofs is how those who may ask are told from others: by what they have shown, the kiosk's certificate apart.
var proofs = map[api.Who]func(*Server, context.Context, shown, *asker) error{
	api.ByAnybody:      func(*Server, context.Context, shown, *asker) error { return nil },
	api.ByKiosk:        func(*Server, context.Context, shown, *asker) error { return nil },
	api.ByAnySession:   (*Server).anySession,
	api.BySession:      (*Server).session,
	api.ByPerson:       (*Server).person,
	api.ByPersonOrNone: orNone((*Server).person),
	api.ByMember:       (*Server).member,
	api.ByMemberOrKey:  (*Server).memberOrKey,
	api.ByOrder:        (*Server).order,
	api.ByOrderMember:  (*Server).orderMember,
	api.ByMemberOrNone: orNone((*Server).mayBeMember),
	api.ByHolder:       (*Server).holder,
	api.ByStaff:        (*Server).staff,
	api.ByAnyStaff:     (*Server).anyStaff,
}

// ask finds out who asks, as the call wants it.
func (s *Server) ask(ctx context.Context, who api.Who) (by asker, err error) {
	proof, known := proofs[who]
	if !known {
		return by, ra.E(ra.CodeForbidden)
	}
	by.kiosk = kioskOf(ctx)
	x, _ := ctx.Value(shownKey{}).(shown)
	err = proof(s, ctx, x, &by)
	return by, err
}

// orNone is for calls that may be asked for without a session, but not with a bad one.
func orNone(proof func(*Server, context.Context, shown, *asker) error) func(*Server, context.Context, shown, *asker) error {
	return func(s *Server, ctx context.Context, x shown, by *asker) error {
		if x.authorization == "" {
			return nil
		}
		return proof(s, ctx, x, by)
	}
}

func (s *Server) anySession(_ context.Context, x shown, by *asker) error {
	if token, ok := x.token(); ok {
		by.token = token
	}
	return nil
}

// session is who is behind the session: CodeSessionOver.
func (s *Server) session(ctx context.Context, x shown, by *asker) (err error) {
	token, ok := x.token()
	if !ok {
		return ra.E(ra.CodeSessionOver)
	}
	by.token = token
	by.caller, err = s.intake.Session(ctx, by.kiosk, token)
	return err
}

// person is session of a person: CodeSessionOver, CodeKeySession.
func (s *Server) person(ctx context.Context, x shown, by *asker) error {
	if err := s.session(ctx, x, by); err != nil {
		return err
	}
	return by.caller.Person()
}

// member is the membership that a person's session is in: CodeSessionOver, CodeKeySession, CodeOrderSession, CodeMembershipUnset.
func (s *Server) member(ctx context.Context, x shown, by *asker) error {
	if err := s.order(ctx, x, by); err != nil {
		return err
	}
	return by.caller.Person()
}

// memberOrKey is the membership that the session is in, with the key where it is a key's: CodeSessionOver, CodeOrderSession,
// CodeMembershipUnset.
func (s *Server) memberOrKey(ctx context.Context, x shown, by *asker) error {
	err := s.order(ctx, x, by)
	if err == nil && by.member.OrderID != "" {
		err = ra.E(ra.CodeOrderSession)
	}
	return err
}

// order is the membership that the session is in, with the key where it is a key's, and the order where it is about that alone:
// CodeSessionOver, CodeMembershipUnset.
func (s *Server) order(ctx context.Context, x shown, by *asker) (err error) {
	if err := s.session(ctx, x, by); err != nil {
		return err
	}
	by.member, err = by.caller.Member()
	return err
}

// orderMember is order of a person's session: CodeKeySession besides.
func (s *Server) orderMember(ctx context.Context, x shown, by *asker) error {
	if err := s.order(ctx, x, by); err != nil {
		return err
	}
	return by.caller.Somebody()
}

// mayBeMember is memberOrKey, zero before a membership was chosen in the session, and where that is about one order.
func (s *Server) mayBeMember(ctx context.Context, x shown, by *asker) error {
	err := s.session(ctx, x, by)
	if by.member = by.caller.Membership; by.member.OrderID != "" {
		by.member = ra.Membership{}
	}
	return err
}

// maxHeld bounds a ticket and a presence, in characters.
const maxHeld = 200

// holder shows ticket and presence; the rules compare them.
func (s *Server) holder(_ context.Context, x shown, by *asker) error {
	for _, header := range [][2]string{{api.TicketHeader, x.ticket}, {api.PresenceHeader, x.presence}} {
		if utf8.RuneCountInString(header[1]) > maxHeld {
			return ra.E(ra.CodeInvalid).At("header." + header[0])
		}
	}
	by.hold = ra.Hold{OperationID: x.operation, Ticket: x.ticket, Presence: x.presence}
	return nil
}

// token is the session's, and whether there is one.
func (x shown) token() (string, bool) {
	token, ok := strings.CutPrefix(x.authorization, "Bearer ")
	return token, ok && token != "" && len(token) <= 512
}

// anyStaff is the token of a member of staff's session, whether it lives or not; "" for none.
func (s *Server) anyStaff(_ context.Context, x shown, by *asker) error {
	if len(x.staff) <= maxHeld {
		by.badge = x.staff
	}
	return nil
}

// staff is who is behind a member of staff's session: CodeSessionOver.
func (s *Server) staff(ctx context.Context, x shown, by *asker) (err error) {
	if err := s.anyStaff(ctx, x, by); err != nil {
		return err
	}
	if by.badge == "" {
		return ra.E(ra.CodeSessionOver)
	}
	by.staff, err = s.people.StaffSession(ctx, by.kiosk, by.badge)
	return err
}
