package api

import (
	"context"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// Who may ask. The server finds out who it is before the rules hear of a call, and turns everybody else away.
type Who string

// All but ByAnybody show the kiosk's client certificate besides.
const (
	ByAnybody      Who = "anybody"        // even without a certificate
	ByKiosk        Who = "kiosk"          // any enrolled kiosk
	ByAnySession   Who = "any session"    // whoever names a session, even one that is over
	BySession      Who = "session"        // a session, a person's or a key's
	ByPerson       Who = "person"         // a session of a person
	ByPersonOrNone Who = "person or none" // that, or none where what is asked proves the person
	ByMember       Who = "member"         // a session of a person that is in a membership
	ByMemberOrKey  Who = "member or key"  // that, or a key's session, which the rules keep to what is the key's own
	ByOrder        Who = "order"          // that, or the session of one order, which the rules keep to it
	ByOrderMember  Who = "order's member" // ByOrder, but for a key
	ByMemberOrNone Who = "member or none" // likewise; less is told, or another proof is wanted, without a session in a membership
	ByHolder       Who = "holder"         // the ticket of an operation, wherever its customer is by now
	ByStaff        Who = "staff"          // a session of a member of staff, whoever the customer is
	ByAnyStaff     Who = "any staff"      // whoever names one, even one that is over
)

// Route is what there is to know of a call besides its types.
type Route struct {
	ID      string // in the OpenAPI document
	At      string // method and path; braces are filled from the input
	Who     Who
	Summary string // in the OpenAPI document
	Once    bool   // the line never repeats it by itself: a wrong password that is repeated counts twice
}

// Method is the HTTP method.
func (r Route) Method() string {
	method, _, _ := strings.Cut(r.At, " ")
	return method
}

// Path is the path, with its braces.
func (r Route) Path() string {
	_, path, _ := strings.Cut(r.At, " ")
	return path
}

// Call is a call of the contract: I is what is asked, fields with the tags path and query and a Body, O the answer. The server
// answers it by this value, and a method of Calls asks by it.
type Call[I, O any] struct{ Route }

// None is what a call has that says nothing, or that answers nothing.
type None struct{}

// Say is the input of a call that is a body only.
type Say[B any] struct{ Body B }

// Asked is a call on its way.
type Asked struct {
	Route
	Session string        // token, "" for none
	Hold    ra.Hold       // on the operation, zero for none
	Staff   string        // token of a member of staff's session, "" for none
	In      any           // an I
	Out     any           // an *O
	Wait    time.Duration // that the back office was asked to wait for an answer
}

// Line brings what is asked to the back office: *Client is one. Errors are *ra.Error.
type Line interface {
	// Ask fills the answer in.
	Ask(ctx context.Context, a *Asked) error
	// Upload brings bytes under their SHA-256 (lower-case hex), unless the back office has them. It needs no session.
	// CodeScanEmpty, CodeScanTooLarge, CodeScanNotImage, CodeScanDamaged.
	Upload(ctx context.Context, sha256 string, data []byte) error
}

// Calls are all that can be asked over a line.
type Calls struct{ Line }

// ask sends a call; by has the session or the hold that it is asked with.
func ask[I, O any](ctx context.Context, l Line, c Call[I, O], by Asked, in I) (out O, err error) {
	by.Route, by.In, by.Out = c.Route, in, &out
	err = l.Ask(ctx, &by)
	return out, err
}

// done is ask where the answer says nothing more.
func done[I any](ctx context.Context, l Line, c Call[I, None], by Asked, in I) error {
	_, err := ask(ctx, l, c, by, in)
	return err
}

func signed(session string) Asked { return Asked{Session: session} }

func holding(h ra.Hold) Asked { return Asked{Hold: h} }
