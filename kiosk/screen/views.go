package screen

import (
	"fmt"

	"keyhall/kiosk/workflow"
)

// view returns the widgets of a page, built at its first showing.
func (w *Window) view(p workflow.Page) view {
	name := fmt.Sprintf("%T", p)
	v, ok := w.views[name]
	if !ok {
		v = build(w.kit, p)
		w.views[name] = v
		v.root().ToWidget().ShowAll()
		w.stack.AddNamed(v.root(), name)
	}
	return v
}

// build is the table of the pages.
func build(k *kit, p workflow.Page) view {
	switch p.(type) {
	case workflow.HomePage:
		return newHome(k)
	case workflow.ProjectsPage:
		return newProjects(k)
	case workflow.FormPage:
		return newForm(k)
	case workflow.AgreementsPage:
		return newAgreements(k)
	case workflow.AgreementPage:
		return newAgreement(k)
	case workflow.ServicesPage:
		return newServices(k)
	case workflow.SummaryPage:
		return newSummary(k)
	case workflow.PrintPage:
		return newPrinting(k)
	case workflow.ScanPage:
		return newScan(k)
	case workflow.PayPage:
		return newPay(k)
	case workflow.WaitPage:
		return newWait(k)
	case workflow.MembersPage:
		return newMembers(k)
	case workflow.OrdersPage:
		return newOrders(k)
	case workflow.KeyPage:
		return newKeyPage(k)
	case workflow.ProgressPage:
		return newProgress(k)
	case workflow.DonePage:
		return newDone(k)
	case workflow.InfoPage:
		return newInfo(k)
	case workflow.BusyPage:
		return newBusy(k)
	case workflow.FaultPage:
		return newFault(k)
	case workflow.NoticePage:
		return newNotice(k)
	}
	panic(fmt.Sprintf("no view for %T", p))
}
