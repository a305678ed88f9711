package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// TargetsPage chooses the certificates that a service is for: event PickTarget. Those that it cannot be ordered for say why. Where the
// service is for all of them, it shows which they are.
type TargetsPage struct {
	All    bool // nothing is to be chosen
	Member MemberCard
	Offer  string // "offer.<Offer>"
	Items  []TargetItem
	Ready  bool
	Fault  *Fault
}

func (TargetsPage) page() {}

// TargetItem is a certificate that may be chosen.
type TargetItem struct {
	Card   CertificateCard
	Chosen bool
	Paid   int    // months of the term that was paid for it already, 0 for none
	Why    *Fault // why it cannot be chosen, nil when it can
}

// PickTarget chooses a certificate, or not.
type PickTarget struct{ ID string }

func (PickTarget) action() {}

// targetsStep chooses certificates. The one on a key that is plugged in, the only one, or those of an earlier visit are chosen already.
type targetsStep struct {
	all     []ra.Holding
	plugged []ukey.Identity
	chosen  []string
	touched bool
	fault   *Fault
}

func newTargets(*Workflow) step { return &targetsStep{} }

func (s *targetsStep) passing() {}

func (s *targetsStep) enter(w *Workflow) {
	v := w.visit
	if v.rule().Targets == ra.TargetsChosen {
		s.chosen = append(targetIDs(v.targets), v.wantedTargets...)
	}
	s.touched = len(s.chosen) > 0
	session := v.session
	w.work("certificates", func(ctx context.Context) func() {
		all, err := w.live(ctx, session)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			s.all = all
			s.suggest(w)
		}
	})
}

func (s *targetsStep) saw(w *Workflow, seen keys.Snapshot) {
	s.plugged = pluggedIn(seen)
	s.suggest(w)
}

// suggest chooses what is most likely meant, until somebody touches.
func (s *targetsStep) suggest(w *Workflow) {
	if s.touched {
		return
	}
	can := slices.DeleteFunc(slices.Clone(s.all), func(h ra.Holding) bool { return w.visit.refused(h) != nil })
	there := slices.DeleteFunc(slices.Clone(can), func(h ra.Holding) bool { return !slices.Contains(s.plugged, ukey.Identity(h.Key)) })
	switch {
	case w.visit.rule().Targets == ra.TargetsLive:
		s.chosen = targetIDs(can)
	case len(there) > 0:
		s.chosen = targetIDs(there[:1])
	case len(can) == 1:
		s.chosen = targetIDs(can)
	}
}

// refused tells why the service cannot be ordered for a certificate, nil when it can.
func (v *visit) refused(h ra.Holding) *Fault {
	for _, o := range h.Offers {
		if o.Kind != v.kind || o.Reason != v.reason {
			continue
		}
		if o.Refused == "" {
			return nil
		}
		return &Fault{Code: o.Refused, Args: o.Args}
	}
	return &Fault{Code: ra.CodeNotFound}
}

func (s *targetsStep) page(w *Workflow) Page {
	v := w.visit
	live := v.rule().Targets == ra.TargetsLive
	p := TargetsPage{All: live, Member: w.memberCard(v.member), Offer: offerID(v.kind, v.reason), Ready: live || len(s.picked(v)) > 0, Fault: s.fault}
	for _, h := range s.all {
		item := TargetItem{Card: w.certificateCard(h), Why: v.refused(h), Chosen: slices.Contains(s.chosen, h.ID)}
		item.Card.Plugged = slices.Contains(s.plugged, ukey.Identity(h.Key))
		if v.rule().Terms != ra.TermsNone {
			item.Paid = h.PaidMonths
		}
		item.Chosen = item.Chosen && item.Why == nil
		p.Items = append(p.Items, item)
	}
	slices.SortStableFunc(p.Items, func(a, b TargetItem) int { return rankOf(b) - rankOf(a) })
	return p
}

// rankOf puts what may be chosen first, and of that the plugged key's.
func rankOf(i TargetItem) int {
	rank := first(i.Card)
	if i.Why == nil {
		rank += 4
	}
	return rank
}

// picked are the certificates that are chosen and may be.
func (s *targetsStep) picked(v *visit) (all []ra.Holding) {
	for _, h := range s.all {
		if slices.Contains(s.chosen, h.ID) && v.refused(h) == nil {
			all = append(all, h)
		}
	}
	return all
}

func (s *targetsStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case PickTarget:
		s.pick(w, a.ID)
	case Go:
		v := w.visit
		all := s.picked(v)
		if len(all) == 0 && v.rule().Targets != ra.TargetsLive {
			s.fault = &Fault{Code: ra.CodeNothingChosen}
			return
		}
		v.targets, v.wantedTargets = all, nil
		if w.keepApplication() {
			w.done()
		}
	}
}

func (s *targetsStep) pick(w *Workflow, id string) {
	i := slices.IndexFunc(s.all, func(h ra.Holding) bool { return h.ID == id })
	if i < 0 || w.visit.rule().Targets == ra.TargetsLive {
		return
	}
	s.touched = true
	s.fault = w.visit.refused(s.all[i])
	if s.fault != nil && s.fault.Code == ra.CodeOrderOpen {
		s.goOn(w, s.fault.Args["number"])
	}
	if s.fault != nil {
		return
	}
	if at := slices.Index(s.chosen, id); at >= 0 {
		s.chosen = slices.Delete(s.chosen, at, at+1)
		return
	}
	s.chosen = append(s.chosen, id)
}

// goOn opens the order that a certificate has already, where it is the member's own.
func (s *targetsStep) goOn(w *Workflow, number string) {
	session := w.visit.session
	w.work("orders", func(ctx context.Context) func() {
		orders, err := w.cfg.Office.Orders(ctx, session)
		return func() {
			if w.lost(err) {
				return
			}
			if o := numbered(orders, number); o != nil {
				w.openOrder(o.ID, o)
			}
		}
	})
}
