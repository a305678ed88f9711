package play

import (
	"context"
	"fmt"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
	"keyhall/printer/form"
)

// bring prints what is to be sealed, scans all papers, hands them in and pays.
func (p *Play) bring(ctx context.Context) error {
	c := p.Customer
	if p.wants(form.PaperNotice, form.PaperRegistration, form.PaperUnlock) {
		ask := []visit.Step{c.Seeing("print.title"), c.Pressing("action.print")}
		if p.wants(form.PaperNotice) { // it is read first, and printed with the others
			ask = []visit.Step{c.Seeing("risk.about"), c.Pressing("action.read_and_print")}
		}
		if err := visit.Do(ctx, append(ask, c.Seeing("print.done"), c.Pressing("action.next"))...); err != nil {
			return err
		}
	}
	if len(p.papers()) > 0 {
		if err := visit.Do(ctx, c.Seeing("scan.title")); err != nil {
			return err
		}
		for _, m := range p.papers() {
			if err := p.scan(ctx, m.Material); err != nil {
				return fmt.Errorf("%s: %w", m.Material, err)
			}
		}
		if err := visit.Do(ctx, c.Pressing("action.submit")); err != nil {
			return err
		}
	}
	if p.Order.Due > 0 {
		return c.Pay(ctx, p)
	}
	return nil
}

// wants tells whether the kiosk prints one of these for the service.
func (p *Play) wants(papers ...form.Paper) bool {
	return slices.ContainsFunc(p.papers(), func(m ra.Requirement) bool { return slices.Contains(papers, form.For(p.service.kind, m.Material)) })
}

// documents are what is laid on the glass for a material.
var documents = map[ra.MaterialKind][]string{
	ra.MaterialLicence:    {house.FirstDocument},
	ra.MaterialIdentity:   {house.IdentityFront, house.IdentityBack},
	ra.MaterialForm:       {house.StampedForm},
	ra.MaterialRiskNotice: {house.StampedNotice},
	ra.MaterialProof:      {house.ProofOfChange},
}

// scan lays the pages of a material on the glass, one after the other. The kiosk turns to the next material by itself.
func (p *Play) scan(ctx context.Context, m ra.MaterialKind) error {
	c := p.Customer
	for _, name := range documents[m] {
		if err := p.Lay(ctx, name); err != nil {
			return err
		}
		if err := c.ScanOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}
