package workflow

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// TestFlowTables: what the rows name exists, and no flow has a stage twice.
func TestFlowTables(t *testing.T) {
	t.Parallel()
	for name, stages := range flows {
		seen := map[stageName]bool{}
		last := -1
		for _, s := range stages {
			if seen[s.name] {
				t.Errorf("%s has %s twice", name, s.name)
			}
			seen[s.name] = true
			if s.open == nil {
				t.Errorf("%s: nothing works at %s", name, s.name)
			}
			if _, ok := flows[s.up]; s.up != "" && !ok {
				t.Errorf("%s: %s leads up to %s, which is no flow", name, s.name, s.up)
			}
			if s.back != "" && !seen[s.back] {
				t.Errorf("%s: %s leads back to %s, which does not come before it", name, s.name, s.back)
			}
			if at := slices.Index(bars(), s.bar); name == flowApply && s.bar != "" {
				if at < last {
					t.Errorf("the step bar goes back at %s", s.name)
				}
				last = at
			}
		}
	}
	for section, at := range sectionStages {
		if !slices.ContainsFunc(flows[flowApply], func(s stage) bool { return s.name == at }) {
			t.Errorf("section %s is entered at %s, which no application has", section, at)
		}
	}
}

// TestFlowGoesWhereThereIsSomethingToDo: the order of a visit is what the table says of the state of things, and of nothing else.
func TestFlowGoesWhereThereIsSomethingToDo(t *testing.T) {
	t.Parallel()
	open := func(m ra.MaterialsState, p ra.PaymentState) *ra.Order {
		return &ra.Order{ID: "o", State: ra.OrderOpen, Materials: m, Payment: p, Papers: []ra.Material{{Kind: ra.MaterialForm}, {Kind: ra.MaterialRemittance}}}
	}
	slip := open(ra.MaterialsMissing, ra.PaymentUnpaid)
	slip.Papers = []ra.Material{{Kind: ra.MaterialRemittance}}
	known := somebody{session: "s", login: "l", entered: true, member: ra.Membership{ID: "m", ProjectID: "seal"}}
	project := &ra.Project{ID: "seal", Services: []ra.Service{{ID: "a", Kind: ra.KindNew, PriceFen: 1}}}
	begun := []stageName{stageNeeds, stageTakeUp}
	placed := open(ra.MaterialsMissing, ra.PaymentUnpaid)
	placed.Papers = []ra.Material{{Kind: ra.MaterialLicence}, {Kind: ra.MaterialForm}}
	warned := open(ra.MaterialsMissing, ra.PaymentUnpaid)
	warned.Papers = []ra.Material{{Kind: ra.MaterialRiskNotice}}
	unsealed := open(ra.MaterialsMissing, ra.PaymentUnpaid)
	unsealed.Papers = []ra.Material{{Kind: ra.MaterialLicence}}
	for name, c := range map[string]struct {
		flow   flowName
		v      visit
		passed []stageName
		want   stageName
	}{
		"a tile was touched":         {flowApply, visit{}, nil, stageProjects},
		"the project was chosen":     {flowApply, visit{inHand: inHand{project: project}}, nil, stageLogIn},
		"a service was chosen":       {flowApply, visit{inHand: inHand{project: project, kind: ra.KindNew}}, nil, stageNeeds},
		"one of several":             {flowApply, visit{inHand: inHand{project: project, kind: ra.KindReissue}}, nil, stageReason},
		"somebody new":               {flowApply, visit{inHand: inHand{project: project}, somebody: somebody{registering: true}}, nil, stageAccount},
		"another organisation":       {flowApply, visit{inHand: inHand{project: project}, somebody: somebody{session: "s", joining: true}}, nil, stageOrganisation},
		"several organisations":      {flowApply, visit{inHand: inHand{project: project}, somebody: somebody{session: "s"}}, nil, stageMembers},
		"logged in":                  {flowApply, visit{inHand: inHand{project: project}, somebody: known}, nil, stageDrafts},
		"nothing was left":           {flowApply, visit{inHand: inHand{project: project, looked: true}, somebody: known}, nil, stageTakeUp},
		"an application":             {flowApply, visit{inHand: inHand{project: project, kind: ra.KindNew, looked: true}, somebody: known}, begun, stageServices},
		"a key was lost":             {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindReissue, reason: ra.ReasonLost, targeted: true}, somebody: known}, begun, stageWarning},
		"a certificate ends":         {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindExtend}, somebody: known}, begun, stageTargets},
		"it was chosen":              {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindExtend, targeted: true}, somebody: known}, begun, stageTerm},
		"and paid for":               {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindExtend, targeted: true, targets: []ra.Holding{{PaidMonths: 12}}}, somebody: known}, begun, stageWarning},
		"a name changed":             {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindChange, reason: ra.ReasonName}, somebody: known}, begun, stageNewOrganisation},
		"another handler":            {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindChange, reason: ra.ReasonData}, somebody: known}, begun, stageNewHandler},
		"nothing to be rewritten":    {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindChange, reason: ra.ReasonLegal}, somebody: known}, append(begun, stageNewLegal), stageSummary},
		"a PIN is locked":            {flowApply, visit{inHand: inHand{project: project, looked: true, kind: ra.KindUnlock, targeted: true}, somebody: known}, begun, stageSummary},
		"services were chosen":       {flowApply, visit{inHand: inHand{project: project, kind: ra.KindNew, quantity: map[string]int{"a": 1}, looked: true}, somebody: known}, append(begun, stageServices), stageInvoice},
		"the session ended":          {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsMissing, ra.PaymentUnpaid)}}, nil, stageLogIn},
		"placed":                     {flowApply, visit{inHand: inHand{project: project, looked: true, order: placed}, somebody: known}, nil, stagePrint},
		"placed, with risks":         {flowApply, visit{inHand: inHand{project: project, looked: true, order: warned}, somebody: known}, nil, stageRisk},
		"the risks were read":        {flowApply, visit{inHand: inHand{project: project, looked: true, order: warned}, somebody: known}, []stageName{stageRisk}, stagePrint},
		"nothing to seal":            {flowApply, visit{inHand: inHand{project: project, looked: true, order: unsealed}, somebody: known}, nil, stageScan},
		"printed":                    {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsMissing, ra.PaymentUnpaid)}, somebody: known}, []stageName{stagePrint}, stageScan},
		"only the slip is wanted":    {flowApply, visit{inHand: inHand{project: project, looked: true, order: slip}, somebody: known}, nil, stagePay},
		"sent back":                  {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsReturned, ra.PaymentPaid)}, somebody: known}, nil, stageScan},
		"handed in":                  {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsSubmitted, ra.PaymentUnpaid)}, somebody: known}, nil, stagePay},
		"paying later":               {flowApply, visit{inHand: inHand{project: project, looked: true, payLater: true, order: open(ra.MaterialsSubmitted, ra.PaymentUnpaid)}, somebody: known}, nil, stageWait},
		"nothing is due":             {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsSubmitted, ra.PaymentNothingDue)}, somebody: known}, nil, stageWait},
		"under review":               {flowApply, visit{inHand: inHand{project: project, looked: true, order: open(ra.MaterialsSubmitted, ra.PaymentPaid)}, somebody: known}, nil, stageWait},
		"approved":                   {flowApply, visit{inHand: inHand{project: project, looked: true, order: &ra.Order{State: ra.OrderApproved}}, somebody: known}, nil, stageKey},
		"a key was chosen":           {flowApply, visit{inHand: inHand{project: project, looked: true, order: &ra.Order{State: ra.OrderApproved}}, somebody: known}, []stageName{stageKey}, stageCode},
		"the code was typed":         {flowApply, visit{inHand: inHand{project: project, looked: true, order: &ra.Order{State: ra.OrderApproved}}, somebody: known, keyWork: keyWork{code: "1"}}, []stageName{stageKey}, stageBegin},
		"going on":                   {flowResume, visit{}, nil, stageKey},
		"going on, the ticket here":  {flowResume, visit{keyWork: keyWork{held: true}}, []stageName{stageKey}, stageProof},
		"going on by a login":        {flowResume, visit{keyWork: keyWork{held: true}, somebody: somebody{wantsLogIn: true}}, []stageName{stageKey}, stageLogIn},
		"going on by the code":       {flowResume, visit{keyWork: keyWork{held: true, code: "1"}}, []stageName{stageKey}, stageBegin},
		"going on, the ticket away":  {flowResume, visit{}, []stageName{stageKey}, stageLogIn},
		"going on there, logged in":  {flowResume, visit{somebody: known}, []stageName{stageKey}, stageCode},
		"going on here, logged in":   {flowResume, visit{somebody: known, keyWork: keyWork{held: true}}, []stageName{stageKey}, stageBegin},
		"the orders":                 {flowOrders, visit{somebody: known, inHand: inHand{looked: true}}, nil, stageOrders},
		"nobody, who wants to look":  {flowOrders, visit{}, nil, stageLogIn},
		"another organisation, list": {flowMembers, visit{somebody: known, inHand: inHand{looked: true}}, nil, stageChosen},
	} {
		r := running{name: c.flow, stages: flows[c.flow], passed: map[stageName]bool{}}
		for _, p := range c.passed {
			r.passed[p] = true
		}
		i := r.first(&c.v)
		if i < 0 || r.stages[i].name != c.want {
			t.Errorf("%s: stage %d of %s, want %s", name, i, c.flow, c.want)
		}
	}
}

// TestDeviceAtWorkIsSomebody: while a page is printed or scanned nobody is sent home, and afterwards there is time to go on.
func TestDeviceAtWorkIsSomebody(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]struct{ working, idle step }{
		"printing": {&printStep{papers: []printed{{state: PrintRunning}}}, &printStep{papers: []printed{{state: PrintDone}}}},
		"scanning": {&scanStep{scanning: scanning{busy: true}}, &scanStep{}},
		"slip":     {&payStep{scanning: scanning{busy: true}}, &payStep{}},
		"account":  {&payStep{paper: PrintRunning}, &payStep{paper: PrintDone}},
		"done":     {&doneStep{slip: slipPrint{state: PrintRunning}}, &doneStep{slip: slipPrint{state: PrintDone}}},
		"reprint":  {&finishedStep{slip: slipPrint{state: PrintRunning}}, &finishedStep{slip: slipPrint{state: PrintDone}}},
	} {
		now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
		w := &Workflow{cfg: Config{Now: func() time.Time { return now }, Idle: time.Minute}, at: at.idle, visit: &visit{}, touched: now}
		now = now.Add(40 * time.Second)
		if w.attend(); !w.touched.Before(now) {
			t.Errorf("%s: nobody counts as somebody", name)
		}
		w.at = at.working
		if w.attend(); w.touched != now {
			t.Errorf("%s counts as nobody", name)
		}
	}
}
