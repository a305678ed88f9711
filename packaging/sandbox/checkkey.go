package main

import (
	"context"

	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// checkKey is the story of a key that is looked at while it is good, repaired, told apart from somebody else's and, once it is reported
// lost, opened by nothing.
func checkKey(s stage) []visit.Step {
	want, c := wish(), s.customer
	return append(s.made(want), []visit.Step{
		{Name: "it is good, and what is on it is what the register says", Do: func(ctx context.Context) error {
			return inTurn(func() error { return s.Hub.Pull(1) }, func() error { return c.Press(ctx, "action.logout") }, func() error { return c.See(ctx, "home.title") },
				func() error { return s.Hub.Plug(1) }, func() error { return c.CheckKey(ctx, "good_alone") },
				func() error { return c.CompareKey(ctx, want, "good") }, func() error { return s.agrees(ctx) })
		}},
		{Name: "its certificate is gone, and one action writes it again", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.See(ctx, "key.none") }, func() error { return s.Hub.EraseCertificates(ctx, 1, holderPIN) },
				func() error { return visit.Do(ctx, c.GoingHome()) }, func() error { return s.Hub.Plug(1) },
				func() error { return c.CheckKey(ctx, "uncertified") }, func() error { return c.CompareKey(ctx, want, "missing") },
				func() error { return c.RepairKey(ctx, holderPIN) }, func() error { return s.agrees(ctx) })
		}},
		{Name: "somebody else's is told, and left alone", Do: func(ctx context.Context) error {
			return inTurn(func() error { return visit.Do(ctx, c.GoingHome()) }, func() error { return s.Hub.CertifyElsewhere(ctx, 2, house.FactoryCustomerPIN) },
				func() error { return s.Hub.Plug(2) }, func() error { return c.CheckKey(ctx, "unknown") },
				func() error {
					return visit.Do(ctx, c.NotOffered("action.change_pin", "action.repair_key", "action.compare_key"))
				},
				func() error { return s.Hub.Pull(2) }, func() error { return visit.Do(ctx, c.GoingHome()) })
		}},
		{Name: "reported lost, it opens nothing", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.FindCertificate(ctx, want) }, func() error { return c.ReportLost(ctx, want) },
				func() error { return c.Press(ctx, "action.logout") }, func() error { return s.Hub.Plug(1) }, func() error { return c.CheckKey(ctx, "lost") },
				func() error {
					return visit.Do(ctx, c.NotOffered("action.change_pin", "action.repair_key", "action.compare_key"))
				})
		}},
	}...)
}

// agrees takes key 1 out and has another program hold it against the register.
func (s stage) agrees(ctx context.Context) error {
	return inTurn(func() error { return s.Hub.Pull(1) }, func() error { return s.Agrees(ctx, 1) })
}
