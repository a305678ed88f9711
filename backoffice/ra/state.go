package ra

import (
	"fmt"
	"slices"
)

// moves lists, for each state, the states it may go to. A state that is no key of the map does not exist.
type moves[S ~string] map[S][]S

func (m moves[S]) allow(from, to S) bool { return slices.Contains(m[from], to) }

func (m moves[S]) move(what string, from, to S) error {
	if from == to || m.allow(from, to) {
		return nil
	}
	return E(CodeState, "what", what, "from", string(from), "to", string(to)).Because(
		fmt.Errorf("%s cannot go from %q to %q", what, from, to))
}

func (m moves[S]) states() []S {
	all := make([]S, 0, len(m))
	for s := range m {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// OrderState is the legal state of an order.
type OrderState string

// The states of an order.
const (
	OrderOpen       OrderState = "open"        // placed; payment and materials run side by side
	OrderApproved   OrderState = "approved"    // a reviewer's verdict; units may be made
	OrderInProgress OrderState = "in_progress" // at least one unit is being made
	OrderDone       OrderState = "done"
	OrderCancelled  OrderState = "cancelled"
)

var orderMoves = moves[OrderState]{
	OrderOpen:       {OrderApproved, OrderCancelled},
	OrderApproved:   {OrderInProgress, OrderDone, OrderCancelled}, // done at once where nothing is written
	OrderInProgress: {OrderDone, OrderCancelled},
	OrderDone:       {},
	OrderCancelled:  {},
}

// Move returns nil when an order may go from s to next, else CodeState.
func (s OrderState) Move(next OrderState) error { return orderMoves.move("order", s, next) }

// Bars is CodeState for something that an order in this state does not allow.
func (s OrderState) Bars(next OrderState) error {
	return E(CodeState, "what", "order", "from", string(s), "to", string(next))
}

// OrderStates lists all states, sorted.
func OrderStates() []OrderState { return orderMoves.states() }

// PaymentState is the payment track of an order.
type PaymentState string

// The payment track.
const (
	PaymentNothingDue           PaymentState = "nothing_due"
	PaymentUnpaid               PaymentState = "unpaid"
	PaymentAwaitingConfirmation PaymentState = "awaiting_confirmation"
	PaymentPaid                 PaymentState = "paid"
)

var paymentMoves = moves[PaymentState]{
	PaymentNothingDue:           {},
	PaymentUnpaid:               {PaymentAwaitingConfirmation, PaymentPaid},
	PaymentAwaitingConfirmation: {PaymentPaid, PaymentUnpaid},
	PaymentPaid:                 {},
}

// Move returns nil when the payment may go from s to next, else CodeState.
func (s PaymentState) Move(next PaymentState) error { return paymentMoves.move("payment", s, next) }

// Settled reports whether nothing stands between the payment and an approval.
func (s PaymentState) Settled() bool { return s == PaymentPaid || s == PaymentNothingDue }

// PaymentStates lists all states, sorted.
func PaymentStates() []PaymentState { return paymentMoves.states() }

// MaterialsState is the materials track of an order.
type MaterialsState string

// The materials track.
const (
	MaterialsMissing   MaterialsState = "missing"
	MaterialsSubmitted MaterialsState = "submitted"
	MaterialsReturned  MaterialsState = "returned"
	MaterialsAccepted  MaterialsState = "accepted"
)

var materialsMoves = moves[MaterialsState]{
	MaterialsMissing:   {MaterialsSubmitted},
	MaterialsSubmitted: {MaterialsReturned, MaterialsAccepted},
	MaterialsReturned:  {MaterialsSubmitted},
	MaterialsAccepted:  {MaterialsSubmitted}, // the applicant changed before it was paid
}

// Move returns nil when the materials may go from s to next, else CodeState.
func (s MaterialsState) Move(next MaterialsState) error {
	return materialsMoves.move("materials", s, next)
}

// MaterialsStates lists all states, sorted.
func MaterialsStates() []MaterialsState { return materialsMoves.states() }

// UnitState is the state of one key of an order.
type UnitState string

// The states of a unit.
const (
	UnitWaiting  UnitState = "waiting"
	UnitReserved UnitState = "reserved" // bound to an operation, a kiosk and a key serial
	UnitIssued   UnitState = "issued"   // the CA has signed
	UnitDone     UnitState = "done"     // proven, or in force where nothing is written
	UnitReleased UnitState = "released" // given up for good
)

var unitMoves = moves[UnitState]{
	UnitWaiting:  {UnitReserved, UnitDone, UnitReleased}, // done at once where nothing is written
	UnitReserved: {UnitIssued, UnitDone, UnitWaiting},    // done at once where no certificate is made
	UnitIssued:   {UnitDone, UnitWaiting},
	UnitDone:     {},
	UnitReleased: {},
}

// Move returns nil when a unit may go from s to next, else CodeState.
func (s UnitState) Move(next UnitState) error { return unitMoves.move("unit", s, next) }

// UnitStates lists all states, sorted.
func UnitStates() []UnitState { return unitMoves.states() }

// MembershipState is how far a membership is believed.
type MembershipState string

// The states of a membership.
const (
	MembershipClaimed   MembershipState = "claimed"   // by entering the organisation's number: it sees its own orders only
	MembershipConfirmed MembershipState = "confirmed" // an order of it was accepted in review
)

var membershipMoves = moves[MembershipState]{
	MembershipClaimed:   {MembershipConfirmed},
	MembershipConfirmed: {},
}

// Move returns nil when a membership may go from s to next, else CodeState.
func (s MembershipState) Move(next MembershipState) error {
	return membershipMoves.move("membership", s, next)
}

// MembershipStates lists all states, sorted.
func MembershipStates() []MembershipState { return membershipMoves.states() }

// KeyLife is how far a UKey is in its life. What is known of its PIN, and who has it, are other fields of its record.
type KeyLife string

// The life of a UKey.
const (
	KeyBlank   KeyLife = "blank"   // nothing of a customer's was ever proven on it
	KeyActive  KeyLife = "active"  // it carries what was proven
	KeyLost    KeyLife = "lost"    // replaced because it was lost
	KeyDamaged KeyLife = "damaged" // replaced because it is damaged
)

var keyLifeMoves = moves[KeyLife]{
	KeyBlank:   {KeyActive},
	KeyActive:  {KeyLost, KeyDamaged},
	KeyLost:    {},
	KeyDamaged: {},
}

// Move returns nil when the life of a UKey may go from s to next, else CodeState.
func (s KeyLife) Move(next KeyLife) error { return keyLifeMoves.move("ukey", s, next) }

// KeyLives lists them, sorted.
func KeyLives() []KeyLife { return keyLifeMoves.states() }

// Custody is who has a UKey.
type Custody string

// Who has it.
const (
	CustodyStock  Custody = "stock"  // a hall
	CustodyPerson Custody = "person" // the customer
)

var custodyMoves = moves[Custody]{
	CustodyStock:  {CustodyPerson},
	CustodyPerson: {},
}

// Move returns nil when the custody of a UKey may go from s to next, else CodeState.
func (s Custody) Move(next Custody) error { return custodyMoves.move("custody", s, next) }

// Custodies lists them, sorted.
func Custodies() []Custody { return custodyMoves.states() }

// CertificateState is the state of a certificate in the register. One that is past its end but may still be extended keeps its state: its
// dates say so.
type CertificateState string

// The states of a certificate.
const (
	CertificateIssued     CertificateState = "issued" // signed, not yet proven on a key
	CertificateActive     CertificateState = "active"
	CertificateSuspended  CertificateState = "suspended" // while a suspension of it is open
	CertificateSuperseded CertificateState = "superseded"
	CertificateRevoked    CertificateState = "revoked"
	CertificateExpired    CertificateState = "expired" // past its end, and past the time in which it could be extended
)

var certificateMoves = moves[CertificateState]{
	CertificateIssued:     {CertificateActive, CertificateRevoked},
	CertificateActive:     {CertificateSuspended, CertificateSuperseded, CertificateRevoked, CertificateExpired},
	CertificateSuspended:  {CertificateActive, CertificateSuperseded, CertificateRevoked, CertificateExpired},
	CertificateSuperseded: {CertificateRevoked, CertificateExpired},
	CertificateRevoked:    {},
	CertificateExpired:    {},
}

// Move returns nil when a certificate may go from s to next, else CodeState.
func (s CertificateState) Move(next CertificateState) error {
	return certificateMoves.move("certificate", s, next)
}

// CertificateStates lists all states, sorted.
func CertificateStates() []CertificateState { return certificateMoves.states() }
