package demo_test

import (
	"slices"
	"testing"

	"keyhall/backoffice/demo"
	"keyhall/backoffice/ra"
)

// usual are the materials that a service needs unless a project says otherwise.
var usual = map[ra.Kind]map[ra.ServiceReason][]ra.MaterialKind{
	ra.KindNew:    {ra.ReasonNone: {ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialForm}},
	ra.KindExtend: {ra.ReasonNone: {ra.MaterialForm, ra.MaterialRiskNotice, ra.MaterialLicence}},
	ra.KindChange: {
		ra.ReasonLegal: {ra.MaterialLicence},
		ra.ReasonName:  {ra.MaterialRiskNotice, ra.MaterialForm, ra.MaterialProof, ra.MaterialLicence},
		ra.ReasonData:  {ra.MaterialIdentity, ra.MaterialForm},
	},
	ra.KindReissue: {
		ra.ReasonLost:    {ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialForm},
		ra.ReasonDamaged: {ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialForm},
	},
	ra.KindUnlock: {ra.ReasonNone: {ra.MaterialForm, ra.MaterialLicence}},
}

func TestEveryServiceIsOffered(t *testing.T) {
	t.Parallel()
	c, err := demo.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Projects) != 2 {
		t.Fatalf("got %d projects, want 2", len(c.Projects))
	}
	for _, p := range c.Projects {
		for _, r := range ra.ServiceRules() {
			if len(p.ServicesFor(r.Kind, r.Reason)) == 0 {
				t.Errorf("%s has no service for %s %s", p.ID, r.Kind, r.Reason)
			}
			var got []ra.MaterialKind
			for _, m := range p.RequiredFor(r.Kind, r.Reason) {
				got = append(got, m.Material)
			}
			want := usual[r.Kind][r.Reason]
			if p.ID == "trading" && r.Reason == ra.ReasonLegal {
				want = append(slices.Clone(want), ra.MaterialProof) // a project may be stricter
			}
			if p.Profile.Handler && r.Reason == ra.ReasonData { // whose certificates are written anew with the handler
				want = append([]ra.MaterialKind{ra.MaterialRiskNotice}, want...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s %s: got %q, want %q", p.ID, r.Kind, r.Reason, got, want)
			}
		}
	}
}
