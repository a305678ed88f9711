package intake

import (
	"context"
	"errors"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// pageOfHoldings is how many certificates a kiosk is told of at once.
const pageOfHoldings = 20

// Holdings lists the certificates that a member may see, newest first: those of the organisation in the project for a confirmed one, those of
// their own orders for one who only claims it, those on itself for a key. CodeInvalid (field "before").
func (in *Intake) Holdings(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, q ra.HoldingQuery) (p ra.HoldingPage, err error) {
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return p, ra.E(ra.CodeInvalid).At("before")
	}
	text := strings.TrimSpace(q.Serial)
	query := book.CertificateQuery{Text: text, Before: q.Before, Live: q.Live, Limit: pageOfHoldings + 1}
	if member.Key != nil {
		query.Key = member.Key.Key
	}
	p.Holdings, err = in.store.Holdings(ctx, member.ID, query)
	if err != nil {
		return ra.HoldingPage{}, err
	}
	if p.More = len(p.Holdings) > pageOfHoldings; p.More {
		p.Holdings = p.Holdings[:pageOfHoldings]
	}
	if err := in.offer(ctx, member, p.Holdings); err != nil {
		return ra.HoldingPage{}, err
	}
	err = in.clerk.LookAtFound(ctx, in.store, book.CustomerAt(kiosk, member), "holdings", text, len(p.Holdings), "before", q.Before)
	if err != nil {
		return ra.HoldingPage{}, err
	}
	return p, nil
}

// offer says of each what may be ordered for it, and why not.
func (in *Intake) offer(ctx context.Context, member ra.Membership, page []ra.Holding) error {
	if len(page) == 0 {
		return nil
	}
	project, err := in.store.Project(ctx, member.ProjectID)
	if err != nil {
		return err
	}
	ids := make([]string, len(page))
	for i, h := range page {
		ids[i] = h.ID
	}
	open, err := in.store.OpenOrdersOn(ctx, ids)
	if err != nil {
		return err
	}
	terms, err := in.store.OpenTerms(ctx, slices.Sorted(slices.Values(ids)))
	if err != nil {
		return err
	}
	for i, h := range page {
		if t := slices.IndexFunc(terms, func(t ra.Term) bool { return t.CertificateID == h.ID }); t >= 0 {
			page[i].PaidMonths = terms[t].Months
		}
		for _, rule := range project.OnCertificates() {
			o := ra.Offer{Kind: rule.Kind, Reason: rule.Reason}
			var refused *ra.Error
			if errors.As(in.mayOffer(member, project, rule, h, open), &refused) {
				o.Refused, o.Args = refused.Code, refused.Args
			}
			page[i].Offers = append(page[i].Offers, o)
		}
	}
	return nil
}

// mayOffer tells why a service cannot be ordered for a certificate now: CodeMembershipClaimed, CodeKeySession, CodeCertificateSuspended,
// CodeCertificateOver, CodeKeyUnmanaged (args: serial), CodeWindowEarly (args: from), CodeWindowOver (args: until), CodeOrderOpen (args: number).
func (in *Intake) mayOffer(member ra.Membership, project ra.Project, rule ra.ServiceRule, h ra.Holding, open []ra.Order) error {
	if member.State != ra.MembershipConfirmed {
		return ra.E(ra.CodeMembershipClaimed)
	}
	if member.Key != nil && !member.Key.MayOrder(rule) {
		return ra.E(ra.CodeKeySession)
	}
	if err := rule.CheckState(h.State); err != nil {
		return err
	}
	if err := rule.CheckKey(h.Key, h.Managed); err != nil {
		return err
	}
	if err := rule.CheckEnd(project.Window, h.NotAfter, in.clerk.Now()); err != nil {
		return err
	}
	for _, o := range open {
		for _, id := range o.Targets() {
			if o.Kind == rule.Kind && id == h.ID {
				return ra.E(ra.CodeOrderOpen, "number", o.Number)
			}
		}
	}
	return nil
}
