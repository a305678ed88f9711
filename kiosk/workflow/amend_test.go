package workflow

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	papers "keyhall/printer/form"
)

// section is one of the summary's.
func section(p SummaryPage, id string) Section {
	return p.Sections[slices.IndexFunc(p.Sections, func(s Section) bool { return s.ID == id })]
}

// amends goes through the forms of what was entered, with another name, to where it came from.
func (h *hall) amends(name string) {
	h.t.Helper()
	p := see(h, func(p FormPage) bool { return p.ID == FormOrganisation })
	for _, f := range p.Fields {
		if slices.Contains(amendFixed, f.ID) {
			h.t.Errorf("%s may be amended", f.ID)
		}
	}
	h.form(FormOrganisation, "organisation.name", name)
	legal := see(h, func(p FormPage) bool { return p.ID == FormLegal })
	if legal.Fields[0].Value != "张三" {
		h.t.Errorf("what was entered is not there: %+v", legal.Fields)
	}
	h.form(FormLegal)
	h.form(FormHandler)
	see(h, func(p FormPage) bool { return p.ID == FormAmend && p.Primary == "save" })
	h.do(Go{})
}

// TestMistypedNameIsAmended where one reads it over, before anything is placed.
func TestMistypedNameIsAmended(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	at := h.frame.Current
	h.do(Edit{"applicant"})
	see(h, func(p FormPage) bool { return p.ID == FormOrganisation })
	if got := h.frame.Current; got != at {
		t.Errorf("the step bar is at %d while something is corrected, want %d", got, at)
	}
	h.do(Back{}) // changes nothing
	see(h, func(p SummaryPage) bool { return section(p, "applicant").Edit })
	h.do(Edit{"applicant"})
	h.client.set(func() { h.client.refuse["Amend"] = ra.E(ra.CodeNameOdd).At("legal.name") })
	h.amends("杭州更正有限公司")
	h.problem("legal.name", ra.CodeNameOdd)
	h.do(Type{"legal.name", "章三"})
	h.form(FormLegal)
	see(h, func(p FormPage) bool { return p.ID == FormAmend })
	h.do(Go{})
	p := see(h, func(p SummaryPage) bool { return section(p, "applicant").Rows[1].Value == "杭州更正有限公司" })
	for _, r := range section(p, "applicant").Rows {
		if r.ID == "organisation.credit_code" && r.Value != testCreditCode {
			t.Errorf("credit code is %s", r.Value)
		}
	}
	h.do(Go{})
	see[PrintPage](h, nil)
	if m := h.client.members["13800001234"][0]; m.Legal.Name != "章三" || m.Handler.Mobile != "13800001234" {
		t.Errorf("stored %+v", m)
	}
	h.end()
}

// TestReturnedForOtherDataIsAmended: the data can be changed, not only the paper scanned again, which is then printed anew.
func TestReturnedForOtherDataIsAmended(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.client.set(func() {
		o := h.client.orders[id]
		o.Materials = ra.MaterialsReturned
		for i := range o.Papers {
			o.Papers[i].Pages = []ra.Page{{ID: newID(), SHA256: "x"}}
		}
		o.Papers[0].Verdict, o.Papers[0].Reasons = ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonUnreadable}}
	})
	h.toScan(id)
	see(h, func(p ScanPage) bool { return !p.Amend })
	h.client.set(func() { h.client.orders[id].Papers[0].Reasons = []ra.Reason{{Kind: ra.ReasonDiffers}} })
	h.do(Home{})
	h.toScan(id)
	see(h, func(p ScanPage) bool { return p.Amend })
	h.do(Amend{})
	h.amends("杭州更正有限公司")
	see(h, func(p PrintPage) bool { return p.Preview != nil })
	h.do(Print{})
	see(h, func(p PrintPage) bool { return p.State == PrintDone })
	h.do(Go{})
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	h.end()
}

// TestConfirmedDataIsNotAmended: that is an order of its own.
func TestConfirmedDataIsNotAmended(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.client.set(func() { h.client.members["13800001234"][0].State = ra.MembershipConfirmed })
	h.toSummary()
	h.do(Edit{"applicant"})
	see(h, func(p SummaryPage) bool { return !section(p, "applicant").Edit })
	h.end()
}

// TestFormOfOldDataIsRefused: once the data was corrected neither the form that was printed before nor its scan that waits here counts.
// Printed again, it does; so does an earlier print of the same data.
func TestFormOfOldDataIsRefused(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	printed := func() scanner.Page {
		var code papers.Code
		h.client.set(func() { code = codeOf(*h.client.orders[id]) })
		return coded(t, code.String(), false)
	}
	forms := func(p ScanPage) int {
		return p.Materials[slices.IndexFunc(p.Materials, func(m ScanMaterial) bool { return m.Kind == ra.MaterialForm })].Pages
	}
	h.client.set(func() {
		o := h.client.orders[id]
		o.Papers[0].Verdict, o.Papers[0].Reasons = ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonDiffers}}
	})
	before := printed()
	h.toScan(id)
	h.scanner.Lay(before)
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return !p.Busy && forms(p) == 1 })
	h.do(Amend{})
	h.amends("杭州更正有限公司")
	see(h, func(p PrintPage) bool { return p.Preview != nil })
	h.do(Skip{})
	see(h, func(p ScanPage) bool { return !p.Busy && forms(p) == 0 })
	h.scanner.Lay(before)
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return !p.Busy && isFault(p.Fault, ra.CodePaperOld) && p.Form && forms(p) == 0 })
	h.do(Reprint{})
	see(h, func(p PrintPage) bool { return p.State == PrintReady && p.Preview != nil })
	h.do(Print{})
	see(h, func(p PrintPage) bool { return p.State == PrintDone })
	h.do(Go{})
	see[ScanPage](h, nil)
	h.scanner.Lay(printed())
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Fault == nil && forms(p) == 1 })
	h.end()
	h.restart()
	h.toScan(id)
	see(h, func(p ScanPage) bool { return forms(p) == 1 }) // of those that were scanned, only the last is kept
	h.end()
}

// TestFormIsComparedWithTheNewestData: what was corrected at another kiosk while the order is open here counts, and is what is printed.
func TestFormIsComparedWithTheNewestData(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.toScan(id)
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	var now papers.Code
	h.client.set(func() {
		o := h.client.orders[id]
		o.Applicant.Organisation.Name = "杭州更正有限公司"
		o.Version++
		now = codeOf(*o)
	})
	h.scanner.Lay(coded(t, now.String(), false))
	h.do(ChooseMaterial{ra.MaterialForm}, Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Fault == nil && p.Image != nil })
	h.end()
}
