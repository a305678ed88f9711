package ra

import (
	"slices"
	"testing"
)

// TestPlansKeepToOneOrder: identified and reserved first, proven and confirmed last, and no step belongs to no plan.
func TestPlansKeepToOneOrder(t *testing.T) {
	t.Parallel()
	used := map[Step]bool{}
	for _, p := range Plans() {
		steps := p.Steps()
		at := -1
		for _, s := range steps {
			i := slices.Index(Steps(), s)
			if i <= at {
				t.Errorf("%s: %s is out of order, or no step", p, s)
			}
			at, used[s] = i, true
			if !p.Has(s) {
				t.Errorf("%s says that it lacks %s", p, s)
			}
		}
		if len(steps) < 5 || steps[0] != StepIdentify || steps[1] != StepReserve || steps[len(steps)-1] != StepConfirm {
			t.Errorf("%s: got %v", p, steps)
			continue
		}
		if proof := steps[len(steps)-2]; !slices.Contains([]Step{StepProve, StepProvePIN, StepProveAdminPIN}, proof) {
			t.Errorf("%s confirms after %s", p, proof)
		}
	}
	for _, s := range Steps() {
		if !used[s] {
			t.Errorf("%s is in no plan", s)
		}
	}
	if PlanNone.Steps() != nil || Plan("x").Has(StepReserve) {
		t.Error("what is no plan has steps")
	}
}

func TestTableOfServicesIsWhole(t *testing.T) {
	t.Parallel()
	kinds := map[Kind]bool{}
	for _, r := range ServiceRules() {
		kinds[r.Kind] = true
		if again, ok := RuleOf(r.Kind, r.Reason); !ok || again != r {
			t.Errorf("%s %s stands there twice, or not", r.Kind, r.Reason)
		}
		if PlanFor(r.Kind, r.Reason) != PlanNone && len(r.Plan.Steps()) == 0 {
			t.Errorf("%s %s: no plan %q", r.Kind, r.Reason, r.Plan)
		}
		if s := r.Old.Becomes; s != "" && CertificateActive.Move(s) != nil {
			t.Errorf("%s %s: a certificate cannot become %s", r.Kind, r.Reason, s)
		}
		if replaces := r.Plan.Has(StepRelabel); replaces && (r.Old.Becomes == "" || r.Old.AtApproval || !r.AsksFiles) {
			t.Errorf("%s %s replaces a certificate: %+v", r.Kind, r.Reason, r)
		}
	}
	for _, k := range Kinds() {
		if !kinds[k] {
			t.Errorf("%s is not in the table", k)
		}
	}
	if _, ok := RuleOf(KindNew, ReasonLost); ok || PlanFor(KindRenew, ReasonNone) != PlanNone {
		t.Error("a row too many")
	}
}
