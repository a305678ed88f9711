package play

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

var authorizationCode = regexp.MustCompile(`授权码 ([0-9]{8})`)

// code waits for the text message with the order's authorization code.
func (p *Play) code(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		for _, m := range p.Messages.All() {
			if code := authorizationCode.FindStringSubmatch(m.Text); code != nil && strings.Contains(m.Text, p.Order.Number) {
				return code[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no text message with an authorization code came")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// write does the work on the i-th key.
func (p *Play) write(ctx context.Context, i int) error {
	if err := p.toKey(ctx, i); err != nil {
		return err
	}
	c, n := p.Customer, p.Written(i)
	if err := p.At.Hub.Plug(n); err != nil {
		return err
	}
	plan := ra.PlanFor(p.service.kind, p.service.reason)
	rule, _ := ra.RuleOf(p.service.kind, p.service.reason)
	coded := rule.Code && i == 0
	if err := p.take(ctx, plan, coded); err != nil {
		return err
	}
	if coded {
		code, err := p.code(ctx)
		if err != nil {
			return err
		}
		if err := visit.Do(ctx, c.Filling("auth_code", code), c.Pressing("action.next")); err != nil {
			return err
		}
	}
	pins := []visit.Step{c.Filling("held_pin", p.Who.PIN)}
	if plan.Has(ra.StepSetPIN) {
		pins = []visit.Step{c.Filling("pin", NewPIN), c.Filling("pin_again", NewPIN)}
	}
	if err := visit.Do(ctx, append(pins, c.Pressing("action.start"), c.Seeing("done.proof"))...); err != nil {
		return err
	}
	return p.At.Hub.Pull(n)
}

// take goes on with the key that is plugged in now. One that the order names is taken by itself where nothing is left to choose.
func (p *Play) take(ctx context.Context, plan ra.Plan, coded bool) error {
	c, then := p.Customer, "form.consent.title"
	switch {
	case coded:
		then = "form.code.title"
	case plan.Has(ra.StepSetPIN):
		then = "form.pin.title"
	}
	here := "key.wanted"
	if plan.Blank() {
		here = "key.blank"
	}
	at, err := c.SeeOneOf(ctx, then, here)
	if err != nil || at == then {
		return err
	}
	return c.Press(ctx, "action.next")
}

// toKey goes to where a key is asked for: right after the review, or in a later visit, which may be at another kiosk.
func (p *Play) toKey(ctx context.Context, i int) error {
	if i == 0 && p.Then == nil {
		return p.Customer.Press(ctx, "action.make")
	}
	if err := p.leave(ctx); err != nil {
		return err
	}
	if p.Then != nil {
		p.At, p.Customer = p.Then.At, p.Then.Customer
	}
	return p.Customer.OpenOrder(ctx, p.Application(), p.Order.Number)
}

// Written is the i-th key that the service writes to.
func (p *Play) Written(i int) int {
	if ra.PlanFor(p.service.kind, p.service.reason).Blank() {
		return p.blank
	}
	return p.Who.Keys[i]
}
