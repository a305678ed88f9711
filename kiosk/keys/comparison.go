package keys

import (
	"bytes"
	"crypto/x509"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Finding is something that a comparison found: the screen has words "find.<ID>" with Args.
type Finding struct {
	ID    string
	Args  map[string]string
	Grade Grade
}

// Grade says how much a finding matters.
type Grade string

// The grades.
const (
	GradeGood Grade = "good"
	GradeNote Grade = "note"
	GradeBad  Grade = "bad"
)

// Comparison holds a key against what it should be: against itself, what the back office tells of it to everybody, and, where somebody
// logged in who may know, the register.
type Comparison struct {
	Seen
	LoggedIn bool
	Record   *ra.KeyRecord // as the register has it, where who is here may know
	Refused  error         // why the register was not told
	now      time.Time
	holdings []Holding
	other    int
}

// Compare compares a key at a time.
func Compare(k Seen, now time.Time) Comparison {
	c := Comparison{Seen: k, now: now}
	c.holdings, c.other = Holdings(k.Objects)
	return c
}

// Remedy is the one thing to do about a key.
type Remedy string

// The remedies.
const (
	RemedyNone    Remedy = ""
	RemedyGoOn    Remedy = "go_on"   // an interrupted write
	RemedyUnlock  Remedy = "unlock"  // the PIN is locked
	RemedyCompare Remedy = "compare" // log in, so that the register tells
	RemedyRepair  Remedy = "repair"  // write a certificate again, or confirm it
)

// endsSoon is how long before its end a certificate's holder is told.
const endsSoon = 90 * 24 * time.Hour

// comparisons are the findings, worst first, and when each is one.
var comparisons = []struct {
	id    string
	grade Grade
	is    func(l Comparison) bool
}{
	{"lost", GradeBad, func(l Comparison) bool { return l.Status.Lost }},
	{"twin", GradeBad, func(l Comparison) bool { return l.Twin }},
	{"no_serial", GradeBad, func(l Comparison) bool { return l.Info.Serial == "" }},
	{"unreadable", GradeBad, func(l Comparison) bool { return l.Condition == Unreadable }},
	{"office_away", GradeNote, func(l Comparison) bool { return !l.Answered }},
	{"other_model", GradeNote, func(l Comparison) bool { return l.Model.ID == "" && !l.Status.Known }},
	{"unknown", GradeNote, func(l Comparison) bool {
		return l.Answered && l.Model.ID != "" && !l.Status.Known && l.Condition != Blank
	}},
	{"blank", GradeNote, func(l Comparison) bool { return l.Answered && !l.Status.Known && l.Condition == Blank }},
	{"pin_locked", GradeBad, func(l Comparison) bool { return l.Info.UserPIN == ukey.PINLocked }},
	{"waits", GradeBad, func(l Comparison) bool { return l.Waits() }},
	{"empty", GradeBad, func(l Comparison) bool { return l.known() && l.Condition == Blank && !l.Waits() }},
	{"uncertified", GradeBad, func(l Comparison) bool { return l.known() && !l.Waits() && len(l.holdings) > 0 && l.Current() == nil }},
	{"not_shown", GradeNote, func(l Comparison) bool { return l.Refused != nil }},
	{"unconfirmed", GradeBad, func(l Comparison) bool { return l.registered(ra.CertificateIssued) != nil }},
	{"suspended", GradeBad, func(l Comparison) bool { return l.registered(ra.CertificateSuspended) != nil }},
	{"missing", GradeBad, func(l Comparison) bool { return l.missing() != nil }},
	{"over", GradeBad, func(l Comparison) bool { return l.over() }},
	{"other_certificate", GradeBad, func(l Comparison) bool { return l.strange() }},
	{"expired", GradeBad, func(l Comparison) bool { return l.Current() != nil && !l.now.Before(l.Current().NotAfter) }},
	{"not_yet", GradeNote, func(l Comparison) bool { return l.Current() != nil && l.now.Before(l.Current().NotBefore) }},
	{"ends_soon", GradeNote, func(l Comparison) bool {
		c := l.Current()
		return c != nil && l.now.Before(c.NotAfter) && c.NotAfter.Sub(l.now) < endsSoon
	}},
	{"pin_final", GradeBad, func(l Comparison) bool { return l.Info.UserPIN == ukey.PINFinal }},
	{"pin_low", GradeNote, func(l Comparison) bool { return l.Info.UserPIN == ukey.PINLow }},
	{"pin_to_change", GradeNote, func(l Comparison) bool { return l.Info.UserPIN == ukey.PINToChange }},
	{"left_overs", GradeNote, func(l Comparison) bool { return l.leftOvers() > 0 }},
}

// Findings are what is to be told of the key. Where nothing is wrong it says so, and by what that was compared.
func (l Comparison) Findings() (all []Finding) {
	bad := false
	for _, f := range comparisons {
		if f.is(l) {
			bad = bad || f.grade == GradeBad
			all = append(all, Finding{ID: f.id, Grade: f.grade, Args: l.args(f.id)})
		}
	}
	switch {
	case bad || !l.known() || l.Refused != nil:
	case l.Record != nil:
		all = append(all, Finding{ID: "good", Grade: GradeGood})
	default:
		all = append(all, Finding{ID: "good_alone", Grade: GradeGood})
	}
	return all
}

func (l Comparison) args(id string) map[string]string {
	switch id {
	case "left_overs":
		return map[string]string{"count": strconv.Itoa(l.leftOvers())}
	case "ends_soon":
		return map[string]string{"days": strconv.Itoa(int(l.Current().NotAfter.Sub(l.now) / (24 * time.Hour)))}
	}
	return nil
}

// known: the register has it, and it may be worked with.
func (l Comparison) known() bool { return l.Answered && l.Status.Known && !l.Status.Lost && !l.Twin }

// opened: it was set up, and has a PIN that works.
func (l Comparison) opened() bool {
	return l.Info.Initialized && l.Info.UserPINSet && l.Info.UserPIN != ukey.PINLocked
}

// Opens tells whether its holder may be asked for the PIN. A lost key opens nothing, and what is unfinished comes first.
func (l Comparison) Opens() bool { return l.known() && !l.Waits() && l.Condition == Ours && l.opened() }

// Current is the certificate in use, by what the key shows; nil for none.
func (l Comparison) Current() *x509.Certificate {
	if len(l.holdings) == 0 || l.holdings[0].Old {
		return nil
	}
	return l.holdings[0].Certificate
}

// leftOvers counts what stands on the key beside the certificate in use.
func (l Comparison) leftOvers() int {
	n := len(l.holdings) + l.other
	if l.known() && n > 0 && len(l.holdings) > 0 {
		n--
	}
	if !l.known() {
		return 0
	}
	return n
}

// registered is the register's certificate of the key in a state.
func (l Comparison) registered(s ra.CertificateState) *ra.Certificate {
	if l.Record == nil {
		return nil
	}
	for i, c := range l.Record.Certificates {
		if c.State == s {
			return &l.Record.Certificates[i]
		}
	}
	return nil
}

// missing is the certificate that should stand on the key and does not.
func (l Comparison) missing() *ra.Certificate {
	if c := l.registered(ra.CertificateActive); c != nil && !Has(l.Objects, c.DER) {
		return c
	}
	return nil
}

// Repairable is the certificate that a repair would write or confirm, nil for none.
func (l Comparison) Repairable() *ra.Certificate {
	if c := l.registered(ra.CertificateIssued); c != nil {
		return c
	}
	return l.missing()
}

// inRegister finds a certificate of the key in what the register says of it.
func (l Comparison) inRegister(c *x509.Certificate) *ra.Certificate {
	for i, r := range l.Record.Certificates {
		if bytes.Equal(r.DER, c.Raw) {
			return &l.Record.Certificates[i]
		}
	}
	return nil
}

// over: what the key uses was revoked or replaced.
func (l Comparison) over() bool {
	if l.Record == nil || l.Current() == nil {
		return false
	}
	r := l.inRegister(l.Current())
	return r != nil && (r.State == ra.CertificateRevoked || r.State == ra.CertificateSuperseded)
}

// strange: the key has a certificate that the register knows nothing of.
func (l Comparison) strange() bool {
	if l.Record == nil {
		return false
	}
	for _, h := range l.holdings {
		if h.Certificate != nil && l.inRegister(h.Certificate) == nil {
			return true
		}
	}
	return false
}

// begunAnew: what waits does not go on here, and a repair takes its place.
func (l Comparison) begunAnew() bool {
	op := l.Status.Operation
	ofNoOrder := op != nil && op.OrderID == "" && l.Own.ID == ""
	return l.LoggedIn && l.Own.Ticket == "" && (ofNoOrder || l.registered(ra.CertificateIssued) != nil)
}

// Remedy is the one thing to do.
func (l Comparison) Remedy() Remedy {
	switch {
	case !l.known():
		return RemedyNone
	case l.Waits() && l.Own.ID == "" && !l.LoggedIn: // of another kiosk: whoever is here is told what it is
		return RemedyCompare
	case l.Waits() && !l.begunAnew():
		return RemedyGoOn
	case l.Info.UserPIN == ukey.PINLocked:
		return RemedyUnlock
	case !l.LoggedIn:
		return RemedyCompare
	case l.Repairable() != nil && l.registered(ra.CertificateSuspended) == nil:
		return RemedyRepair
	}
	return RemedyNone
}

// FindingIDs lists the ids of all findings.
func FindingIDs() []string {
	ids := []string{"good", "good_alone"}
	for _, f := range comparisons {
		ids = append(ids, f.id)
	}
	return ids
}
