package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// RenewNow renews, or where that was paid already extends, what expires soon.
type RenewNow struct{}

func (RenewNow) Name() string { return "renew_now" }
func (RenewNow) action()      {}

// ExtendNow writes what was paid for onto the keys.
type ExtendNow struct{}

func (ExtendNow) Name() string { return "extend_now" }
func (ExtendNow) action()      {}

// lookForExpiring finds what may be renewed now. That it could not be asked is no reason to tell anybody.
func (w *Workflow) lookForExpiring(found func([]ra.Holding)) {
	session := w.visit.session
	w.work("", func(ctx context.Context) func() {
		all, err := w.live(ctx, session)
		return func() {
			if err == nil {
				found(slices.DeleteFunc(all, func(h ra.Holding) bool {
					return !mayNow(h, ra.KindRenew) && !(h.PaidMonths > 0 && mayNow(h, ra.KindExtend))
				}))
			}
		}
	})
}

// mostLive bounds how many certificates are looked at for a service: the others are found by their keys' numbers.
const mostLive = 200

// live are the certificates that are in use, or on hold.
func (w *Workflow) live(ctx context.Context, session string) (all []ra.Holding, err error) {
	q := ra.HoldingQuery{Live: true}
	for {
		got, err := w.cfg.Office.Holdings(ctx, session, q)
		if err != nil {
			return nil, err
		}
		all = append(all, got.Holdings...)
		if !got.More || len(all) == 0 || len(all) >= mostLive {
			return all, nil
		}
		q.Before = all[len(all)-1].ID
	}
}

// mayNow: the service may be ordered for the certificate.
func mayNow(h ra.Holding, k ra.Kind) bool {
	return slices.ContainsFunc(h.Offers, func(o ra.Offer) bool { return o.Kind == k && o.Refused == "" })
}

// renewNow begins with what may be renewed chosen. What was paid for already is extended first.
func (w *Workflow) renewNow(all []ra.Holding) {
	kind := ra.KindRenew
	pick := func(k ra.Kind, paid bool) []ra.Holding {
		return slices.DeleteFunc(slices.Clone(all), func(h ra.Holding) bool { return !mayNow(h, k) || paid && h.PaidMonths == 0 })
	}
	chosen := pick(ra.KindExtend, true)
	if len(chosen) > 0 {
		kind = ra.KindExtend
	} else {
		chosen = pick(ra.KindRenew, false)
	}
	if len(chosen) == 1 {
		w.apply(kind, ra.ReasonNone, chosen...)
		return
	}
	w.suggest(kind, targetIDs(chosen))
}
