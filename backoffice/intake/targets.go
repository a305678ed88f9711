package intake

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// unit is one that an application asks for: what is bought, the certificate that it is for, nil for a new key, and the term that it
// uses, "" where it is paid for itself.
type unit struct {
	service ra.Service
	target  *book.TargetRecord
	term    string
	waits   int // months that were paid for, and do not stand in the certificate yet
}

// choose returns the units that an application asks for, checked; or the member's own order that asks for the same already.
func (in *Intake) choose(ctx context.Context, tx Tx, member ra.Membership, project ra.Project, o ra.Order, a ra.Application) (units []unit, first ra.Order, err error) {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	if rule.Targets != ra.TargetsNone && member.State != ra.MembershipConfirmed {
		return nil, first, ra.E(ra.CodeNotFound).At("targets")
	}
	if len(a.Lines) == 0 || rule.Targets == ra.TargetsLive && len(a.Lines) > 1 {
		return nil, first, ra.E(ra.CodeNothingChosen).At("lines")
	}
	if rule.Targets != ra.TargetsLive {
		if err := checkAmount(a.Lines, project.MaxUnits); err != nil {
			return nil, first, err
		}
	}
	if err := checkTargets(a.Lines); err != nil {
		return nil, first, err
	}
	for _, c := range a.Lines {
		more, err := in.ofLine(ctx, tx, member, project, rule, o, c)
		if err != nil {
			return nil, first, err
		}
		units = append(units, more...)
	}
	if first, err = openOrder(ctx, tx, member, o, units); err != nil || first.ID != "" {
		return nil, first, err
	}
	if err := useTerms(ctx, tx, rule, units); err != nil {
		return nil, first, err
	}
	if err := waiting(ctx, tx, rule, units); err != nil {
		return nil, first, err
	}
	for _, u := range units {
		if err := in.mayOrder(rule, project, o, u); err != nil {
			return nil, first, err
		}
	}
	return units, first, nil
}

// checkTargets wants ids, each on one line once: CodeInvalid (field "targets").
func checkTargets(lines []ra.ChosenLine) error {
	seen := map[string]bool{}
	for _, l := range lines {
		for _, id := range l.Targets {
			if ra.CheckID(id) != nil || seen[id] {
				return ra.E(ra.CodeInvalid).At("targets")
			}
			seen[id] = true
		}
	}
	return nil
}

// checkAmount is CodeQuantity (args: max) for lines that ask for more units than there may be in an order. It comes before anything is
// made of them.
func checkAmount(lines []ra.ChosenLine, most int) error {
	left := most
	for _, c := range lines {
		// Each is at least one unit, so that there are no more lines than units either.
		asked := max(c.Quantity, len(c.Targets), 1)
		if asked > left {
			return ra.E(ra.CodeQuantity, "max", strconv.Itoa(most)).At("lines")
		}
		left -= asked
	}
	return nil
}

// ofLine returns the units of one line: so many new keys, the certificates that it names, or those that the office knows of.
func (in *Intake) ofLine(ctx context.Context, tx Tx, member ra.Membership, project ra.Project, rule ra.ServiceRule, o ra.Order, c ra.ChosenLine) ([]unit, error) {
	offered := project.ServicesFor(o.Kind, o.Reason)
	i := slices.IndexFunc(offered, func(v ra.Service) bool { return v.ID == c.ServiceID })
	if i < 0 {
		return nil, ra.E(ra.CodeNotFound).At("lines")
	}
	if rule.Targets != ra.TargetsChosen && len(c.Targets) > 0 {
		return nil, ra.E(ra.CodeInvalid).At("targets")
	}
	if rule.Targets != ra.TargetsNone && c.Quantity != 0 {
		return nil, ra.E(ra.CodeInvalid).At("lines")
	}
	switch rule.Targets {
	case ra.TargetsChosen:
		return namedUnits(ctx, tx, member, offered[i], c)
	case ra.TargetsLive:
		return in.liveUnits(ctx, tx, member, project, rule, o, offered[i])
	}
	if c.Quantity < 1 {
		return nil, ra.E(ra.CodeQuantity, "max", strconv.Itoa(project.MaxUnits)).At("lines")
	}
	return slices.Repeat([]unit{{service: offered[i]}}, c.Quantity), nil
}

// namedUnits are one for each certificate that a line names; they are held until the transaction ends.
func namedUnits(ctx context.Context, tx Tx, member ra.Membership, service ra.Service, c ra.ChosenLine) ([]unit, error) {
	if len(c.Targets) == 0 {
		return nil, ra.E(ra.CodeNothingChosen).At("targets")
	}
	found, err := tx.LockTargets(ctx, member.ID, c.Targets)
	if err != nil {
		return nil, err
	}
	if len(found) != len(c.Targets) {
		return nil, ra.E(ra.CodeNotFound).At("targets")
	}
	return unitsFor(service, found), nil
}

// liveUnits are one for each live certificate that the order's data is to come into. The handler's stands in the member's own alone, and
// what no certificate says is written into none.
func (in *Intake) liveUnits(ctx context.Context, tx Tx, member ra.Membership, project ra.Project, rule ra.ServiceRule, o ra.Order, service ra.Service) ([]unit, error) {
	found, err := tx.LockLiveTargets(ctx, member.ID, in.clerk.Now())
	if err != nil || !rule.WhereRewritten {
		return unitsFor(service, found), err
	}
	before, err := pki.Subject(project.Profile, member.Applicant())
	if err != nil {
		return nil, err
	}
	after, err := pki.Subject(project.Profile, o.Applicant)
	if err != nil || bytes.Equal(before, after) {
		return nil, err
	}
	var differ []book.TargetRecord
	for _, t := range found {
		has, err := pki.SubjectOf(t.DER)
		if err != nil {
			return nil, err
		}
		if (t.MembershipID == member.ID || rule.Changes != ra.PartHandler) && !bytes.Equal(has, after) {
			differ = append(differ, t)
		}
	}
	return unitsFor(service, differ), nil
}

func unitsFor(service ra.Service, targets []book.TargetRecord) []unit {
	units := make([]unit, len(targets))
	for i := range targets {
		units[i] = unit{service: service, target: &targets[i]}
	}
	return units
}

// useTerms lets each unit use the oldest open term of its certificate, which was paid for, where its row says that it may.
func useTerms(ctx context.Context, tx Tx, rule ra.ServiceRule, units []unit) error {
	if rule.Terms != ra.TermsUsed {
		return nil
	}
	open, err := tx.OpenTerms(ctx, certificatesOf(units))
	if err != nil {
		return err
	}
	for i, u := range units {
		j := slices.IndexFunc(open, func(t ra.Term) bool { return t.CertificateID == u.target.CertificateID })
		if j >= 0 {
			units[i].term, units[i].service.PriceFen, units[i].service.TermMonths = open[j].ID, 0, open[j].Months
		}
	}
	return nil
}

// waiting tells each unit of the months that its certificate gets first: each of them has to end before the CA.
func waiting(ctx context.Context, tx Tx, rule ra.ServiceRule, units []unit) error {
	if !rule.Term {
		return nil
	}
	months, err := tx.MonthsWaiting(ctx, certificatesOf(units))
	if err != nil {
		return err
	}
	for i, u := range units {
		if u.target == nil {
			continue
		}
		units[i].waits = months[u.target.CertificateID]
		if u.term != "" { // one of those
			units[i].waits -= u.service.TermMonths
		}
	}
	return nil
}

func certificatesOf(units []unit) []string {
	var all []string
	for _, u := range units {
		if u.target != nil {
			all = append(all, u.target.CertificateID)
		}
	}
	slices.Sort(all)
	return all
}

// openOrder is the member's own open order that asks for just the same, zero where there is none: CodeOrderOpen (args: number) for any
// other of the kind on one of the certificates.
func openOrder(ctx context.Context, tx Tx, member ra.Membership, o ra.Order, units []unit) (ra.Order, error) {
	open, err := tx.OpenOrdersOn(ctx, certificatesOf(units))
	open = slices.DeleteFunc(open, func(other ra.Order) bool { return other.Kind != o.Kind })
	if err != nil || len(open) == 0 {
		return ra.Order{}, err
	}
	if first := open[0]; first.MembershipID == member.ID && asksTheSame(first, o, units) {
		return first, nil
	}
	return ra.Order{}, ra.E(ra.CodeOrderOpen, "number", open[0].Number).At("targets")
}

// asksTheSame tells whether an order of the kind is for the same reason and data as one with those units, and for the same service on each
// certificate.
func asksTheSame(first, o ra.Order, units []unit) bool {
	if first.Reason != o.Reason || !slices.Equal(first.Changes, o.Changes) || o.Applicant.Take(first.Changes, first.Applicant) != o.Applicant {
		return false
	}
	had, wanted := map[string]string{}, map[string]string{}
	for _, u := range first.Units {
		had[u.Target.CertificateID] = u.ServiceID
	}
	for _, u := range units {
		wanted[u.target.CertificateID] = u.service.ID
	}
	return maps.Equal(had, wanted)
}

// mayOrder makes sure that what a unit is to become can be issued at all, and that its certificate allows it now.
func (in *Intake) mayOrder(rule ra.ServiceRule, project ra.Project, o ra.Order, u unit) error {
	now, chain, t := in.clerk.Now(), in.ca.Chain(), u.target
	if t == nil {
		return pki.CheckIssuable(chain, project.Profile, o.Applicant, now, u.service.TermMonths)
	}
	if err := ra.FieldError("targets", rule.CheckState(t.State)); err != nil {
		return err
	}
	if err := ra.FieldError("targets", rule.CheckKey(t.Key, t.Managed)); err != nil {
		return err
	}
	if err := ra.FieldError("targets", rule.CheckEnd(project.Window, t.NotAfter, now)); err != nil {
		return err
	}
	end := t.NotAfter
	if rule.Term {
		end = ra.ExtendedEnd(t.NotAfter, now, u.waits+u.service.TermMonths)
	}
	if err := pki.CheckWithinCA(chain, now, end); err != nil {
		return ra.FieldError("targets", err)
	}
	return pki.CheckSubject(project.Profile, o.Applicant)
}

// applicant is what an order says of its applicant: the member's data, and of a change what it brings anew.
func (in *Intake) applicant(ctx context.Context, tx Tx, member ra.Membership, project ra.Project, a ra.Application) (ra.Applicant, error) {
	before := member.Applicant()
	rule, _ := ra.RuleOf(a.Kind, a.Reason)
	if (rule.Changes == ra.PartNone) != (a.Applicant == nil) {
		return before, ra.E(ra.CodeInvalid).At("applicant")
	}
	if a.Applicant == nil {
		return before, nil
	}
	after := before.With(rule.Changes, a.Applicant.Normal())
	if after == before {
		return before, ra.E(ra.CodeNothingChanged).At("applicant")
	}
	number := after.Organisation.CreditCode
	if number != before.Organisation.CreditCode {
		taken, err := tx.OrganisationKnown(ctx, number)
		if err == nil && taken {
			err = ra.E(ra.CodeConflict).At("organisation.credit_code")
		}
		if err != nil {
			return before, err
		}
	}
	given := in.setting(project)
	given.Insisted = append(slices.Clone(a.Insisted), stays(before, after, given)...)
	return after, after.Check(given)
}

// stays are the fields whose doubts were insisted on before and that have not changed.
func stays(before, after ra.Applicant, at ra.Setting) (ids []string) {
	changed := before.Changes(after)
	for _, d := range before.Doubts(at) {
		if !slices.Contains(changed, d.Field) {
			ids = append(ids, d.Field)
		}
	}
	return ids
}
