package main

import (
	"context"

	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/play"
	"keyhall/packaging/sandbox/visit"
)

// checkKey is the story of a key that is looked at while it is good, repaired, told apart from somebody else's and, once it is reported
// lost, opened by nothing.
func checkKey(p *play.Play) []visit.Step {
	want, c, key, other := p.Application(), p.Customer, p.Written(0), p.Keys[0]
	return []visit.Step{
		{Name: "it is good, and what is on it is what the register says", Do: func(ctx context.Context) error {
			return inTurn(
				func() error { return p.At.Hub.Plug(key) }, func() error { return c.CheckKey(ctx, "good_alone") },
				func() error { return c.CompareKey(ctx, want, "good") }, func() error { return agrees(ctx, p) })
		}},
		{Name: "its certificate is gone, and one action writes it again", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.See(ctx, "key.none") }, func() error { return p.Hub.EraseCertificates(ctx, key, play.NewPIN) },
				func() error { return visit.Do(ctx, c.GoingHome()) }, func() error { return p.At.Hub.Plug(key) },
				func() error { return c.CheckKey(ctx, "uncertified") }, func() error { return c.CompareKey(ctx, want, "missing") },
				func() error { return c.RepairKey(ctx, play.NewPIN) }, func() error { return agrees(ctx, p) })
		}},
		{Name: "somebody else's is told, and left alone", Do: func(ctx context.Context) error {
			return inTurn(func() error { return visit.Do(ctx, c.GoingHome()) }, func() error { return p.Hub.CertifyElsewhere(ctx, other, house.FactoryCustomerPIN) },
				func() error { return p.At.Hub.Plug(other) }, func() error { return c.CheckKey(ctx, "unknown") },
				func() error {
					return visit.Do(ctx, c.NotOffered("action.change_pin", "action.repair_key", "action.compare_key"))
				},
				func() error { return p.At.Hub.Pull(other) }, func() error { return visit.Do(ctx, c.GoingHome()) })
		}},
		{Name: "reported lost, it opens nothing", Do: func(ctx context.Context) error {
			return inTurn(func() error { return c.FindCertificate(ctx, want) }, func() error { return c.ReportLost(ctx, want) },
				func() error { return c.Press(ctx, "action.logout") }, func() error { return p.At.Hub.Plug(key) }, func() error { return c.CheckKey(ctx, "lost") },
				func() error {
					return visit.Do(ctx, c.NotOffered("action.change_pin", "action.repair_key", "action.compare_key"))
				})
		}},
	}
}

// agrees takes the key out and has another program hold it against the register.
func agrees(ctx context.Context, p *play.Play) error {
	return inTurn(func() error { return p.At.Hub.Pull(p.Written(0)) }, func() error { return p.Agrees(ctx, p.Written(0)) })
}
