package console

import (
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// concernRow is a certificate that the order is about, with what becomes of it.
type concernRow struct {
	book.Concern
	Unit ra.Unit
	Key  ra.KeyIdentity
	Name ra.Text   // of the key's model, where the project has it
	End  time.Time // of the certificate that takes its place, or as it is extended later; zero where that stays
	Fen  int64     // that the unit costs
}

// Concerns are the certificates that the order is about, each beside what it becomes: the end of the new one stands in it once it is made.
func (p casePage) Concerns() []concernRow {
	var rows []concernRow
	for _, c := range p.Case.Concerns {
		u := p.Order.Unit(c.UnitID)
		row := concernRow{Concern: c, Unit: u, Key: c.Certificate.Key, Fen: p.Order.PriceOf(u)}
		if u.TermMonths > 0 {
			row.End = ra.ExtendedEnd(c.Certificate.NotAfter, p.now, u.TermMonths)
		}
		for _, m := range p.Project.Models {
			if m.ID == c.Model {
				row.Name = m.Name
			}
		}
		for _, made := range p.Certificates {
			if made.ID == u.CertificateID {
				row.End = made.NotAfter
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Rule is the row of the table of services that the order is.
func (p casePage) Rule() ra.ServiceRule {
	rule, _ := ra.RuleOf(p.Order.Kind, p.Order.Reason)
	return rule
}

// effect is something that follows from an approval: a translation under "effect", with what is filled into it.
type effect struct {
	ID     string
	Reason int // CRLReason, for those that revoke
	N      int
}

// Effects are what an approval of the order brings about, as its row of the table of services says.
func (p casePage) Effects() []effect {
	rule, n := p.Rule(), len(p.Order.Units)
	var all []effect
	add := func(holds bool, e effect) {
		if holds {
			all = append(all, e)
		}
	}
	add(rule.Changes != ra.PartNone, effect{ID: "record"})
	add(rule.Changes != ra.PartNone && n > 0, effect{ID: "rewrite", N: n})
	add(rule.Changes != ra.PartNone && n == 0, effect{ID: "no_rewrite"})
	add(rule.Terms == ra.TermsMade, effect{ID: "term_made", N: n})
	when := ".proven"
	if rule.Old.AtApproval {
		when = ".at_once"
	}
	add(n > 0 && rule.Old.Becomes == ra.CertificateRevoked, effect{ID: "old_revoked" + when, Reason: rule.Old.Because})
	add(n > 0 && rule.Old.Becomes == ra.CertificateSuperseded, effect{ID: "old_superseded" + when})
	add(rule.Old.Key != "", effect{ID: "key." + string(rule.Old.Key)})
	add(rule.Overtakes, effect{ID: "overtakes"})
	add(rule.Overtakes && n > 0, effect{ID: "terms_pass_on"})
	add(rule.Plan != ra.PlanNone && n > 0 && rule.Code, effect{ID: "code"})
	add(rule.Plan != ra.PlanNone && n > 0 && !rule.Code, effect{ID: "pin"})
	return all
}

// effect says what follows from an approval.
func (w words) effect(e effect) string {
	return w.say("effect."+e.ID, "n", e.N, "reason", w.name("revocation", e.Reason))
}

// Placed is the line of the trail that says who entered the order, and where.
func (p casePage) Placed() *pastRow {
	for i, row := range p.Past {
		if row.Action == "order.place" {
			return &p.Past[i]
		}
	}
	return nil
}

// moved says what a line's transaction made of rows of the register that a person knows: certificates, terms and what is owed.
func (w words) moved(row book.AuditRow) []string {
	var said []string
	for _, kind := range []string{"certificate", "term", "owed"} {
		for _, key := range sortedKeys(row.Moved) {
			if !strings.HasPrefix(key, kind+" ") {
				continue
			}
			if text := w.movedTo(kind, strings.Fields(row.Moved[key])); text != "" {
				said = append(said, text)
			}
		}
	}
	return said
}

// movedTo says what one row is; the fields are those of its register (backoffice/store).
func (w words) movedTo(kind string, fields []string) string {
	switch {
	case kind == "certificate" && len(fields) > 1:
		return w.say("moved.certificate", "number", fields[0], "state", w.stateName("certificate", fields[1]))
	case kind == "term" && len(fields) > 1:
		return w.say("moved.term", "n", fields[1], "state", w.stateName("term", fields[0]))
	case kind == "owed" && len(fields) > 2:
		return w.say("moved.owed", "amount", yuanText(fields[2]))
	}
	return ""
}
