// Package apitest is a line to a back office that a test makes up.
package apitest

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Line answers the calls that were given an answer; any other is ra.CodeNotBuilt. It has every upload already.
type Line struct{ answers map[string]answer }

type answer func(ctx context.Context, a *api.Asked) error

var _ api.Line = (*Line)(nil)

// New makes a Line that answers nothing yet.
func New() *Line { return &Line{answers: map[string]answer{}} }

// Answer gives a call its answer, in place of one that it may have.
func Answer[I, O any](l *Line, c api.Call[I, O], f func(ctx context.Context, a *api.Asked, in I) (O, error)) {
	l.answers[c.ID] = func(ctx context.Context, a *api.Asked) error {
		out, err := f(ctx, a, a.In.(I))
		*a.Out.(*O) = out
		return err
	}
}

// Ask is Line's.
func (l *Line) Ask(ctx context.Context, a *api.Asked) error {
	f, ok := l.answers[a.ID]
	if !ok {
		return ra.E(ra.CodeNotBuilt)
	}
	return f(ctx, a)
}

// Upload is Line's.
func (*Line) Upload(context.Context, string, []byte) error { return nil }
