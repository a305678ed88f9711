package workflow

import (
	"context"

	"keyhall/backoffice/ra"
)

// keyUse is what a key signs for, where its PIN is typed.
type keyUse struct {
	form, primary string
	purpose       ra.KeyPurpose
	// take returns what brings the signature to the back office, beside the workflow, and says what comes then.
	take func(w *Workflow) func(context.Context, ra.KeyAnswer) (func(), error)
}

// keyUses are those of the stages at which a key's PIN is typed.
func keyUses() map[stageName]keyUse {
	return map[stageName]keyUse{
		stageKeyPIN: {FormKeyLogIn, "login", ra.KeyPurposeLogin, func(w *Workflow) func(context.Context, ra.KeyAnswer) (func(), error) {
			return func(ctx context.Context, a ra.KeyAnswer) (func(), error) {
				entered, err := w.cfg.Office.LogInByKey(ctx, a)
				return func() { w.keyIn(entered) }, err
			}
		}},
		stageKeyConfirm: {FormKeyConfirm, "confirm_key", ra.KeyPurposeMember, func(w *Workflow) func(context.Context, ra.KeyAnswer) (func(), error) {
			session := w.visit.session
			return func(ctx context.Context, a ra.KeyAnswer) (func(), error) {
				confirmed, err := w.cfg.Office.ConfirmByKey(ctx, session, a)
				return func() { w.confirmedByKey(confirmed) }, err
			}
		}},
		stageStaffLogIn: {FormStaffLogIn, "login", ra.KeyPurposeStaff, func(w *Workflow) func(context.Context, ra.KeyAnswer) (func(), error) {
			take := takeStaff(w, w.at.(*keyPINStep).key.Info.Identity())
			return func(ctx context.Context, a ra.KeyAnswer) (func(), error) { return take(ctx, &a) }
		}},
		stageFound: {FormFound, RestoreLost{}.Name(), ra.KeyPurposeRestore, func(w *Workflow) func(context.Context, ra.KeyAnswer) (func(), error) {
			session, h := w.visit.session, *w.visit.holding
			return func(ctx context.Context, a ra.KeyAnswer) (func(), error) {
				return func() { w.reported(NoticePage{ID: "restored_lost", Args: map[string]string{"serial": h.Key.Serial}}) },
					w.cfg.Office.RestoreLost(ctx, session, h.ID, a)
			}
		}},
	}
}
