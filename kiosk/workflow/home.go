package workflow

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
	"keyhall/kiosk/keys"
)

// HomePage has the six services and what is possible without choosing one.
type HomePage struct {
	Services   []ServiceTile
	Plugged    bool // a key is there that can be checked: event CheckKey{}
	Lost       bool // and it was reported lost
	Unfinished bool // a write was interrupted: event ResumeWrite; whose, and of which key, is not said here
	Fault      *Fault
	Limits     []health.Part // without these not everybody is served to the end here: "home.limit.<part>"
}

func (HomePage) page() {}

// ServiceTile is one of the six services.
type ServiceTile struct {
	Kind    ra.Kind
	Offered bool // false: no project of this hall has it, and touching it says so
}

// ChooseKind is a tile of the home page.
type ChooseKind struct{ Kind ra.Kind }

func (ChooseKind) action() {}

// ResumeWrite goes on with the interrupted write shown on the home page.
type ResumeWrite struct{}

func (ResumeWrite) action() {}

// SeeInfo tells about a project.
type SeeInfo struct{}

func (SeeInfo) Name() string { return "info" }
func (SeeInfo) action()      {}

// CallStaff finds staff, from any page: what is in hand goes on behind the notice.
type CallStaff struct{}

func (CallStaff) Name() string { return "staff" }
func (CallStaff) action()      {}

// homeStep is where everybody begins. It also goes through the writes that were interrupted, and looks whether something
// waits for a key that is plugged in, from whatever kiosk. Whose that is nobody learns here.
type homeStep struct {
	waiting int       // writes of this kiosk
	found   bool      // a key that is plugged in waits
	plugged bool      // a key is there, and nobody writes to it
	lost    bool      // it was reported lost
	loading bool      // the catalogue
	loaded  time.Time // when it was asked for last
	settled time.Time // when the writes were gone through last
	running int       // writes that were left while they run
	fault   *Fault
}

func newHome(*Workflow) step { return &homeStep{} }

func (h *homeStep) enter(w *Workflow) {
	h.running = w.cfg.Jobs.Running()
	h.loadProjects(w)
	h.settle(w)
	w.sweep()
	w.limits.refresh(w)
}

// date is what time it is at the back office, or as long as that is not known at this machine. What expires goes by the former alone.
func (w *Workflow) date() time.Time {
	if t, known := w.cfg.Office.Time(); known {
		return t
	}
	return w.cfg.Now().UTC()
}

// sweep erases once a day what nobody came back for, by the back office's time: this machine's may be wrong. So may the back office's,
// and what was erased is gone: nothing is while this machine's is a day behind it, and the start page tells that one of the two is wrong.
func (w *Workflow) sweep() {
	now, known := w.cfg.Office.Time()
	if !known || now.Sub(w.swept).Abs() < 24*time.Hour || now.Sub(w.cfg.Now()) > 24*time.Hour {
		return
	}
	w.swept = now
	w.always(func(ctx context.Context) func() {
		err := w.cfg.Journal.Sweep(ctx, now, w.cfg.Keep)
		return func() {
			if err != nil && !gone(err) {
				w.cfg.Log.Error("journal not swept", "error", err)
			}
		}
	})
}

// loadProjects keeps the catalogue at hand; a customer who is quicker than the answer does not break it off.
func (h *homeStep) loadProjects(w *Workflow) {
	if h.loading {
		return
	}
	h.loading, h.loaded = true, w.cfg.Now()
	w.always(func(ctx context.Context) func() {
		projects, err := w.cfg.Office.Projects(ctx)
		return func() {
			h.loading, h.fault = false, shutOut(err)
			if err == nil {
				w.projects = projects
				w.cfg.Watcher.Catalogue(w.projects)
			}
		}
	})
}

// shutOut tells everybody before they begin that the back office takes nothing from this kiosk.
func shutOut(err error) *Fault {
	switch ra.CodeOf(err) {
	case ra.CodeKioskBlocked, ra.CodeKioskUnknown:
		return FaultOf(err)
	}
	return nil
}

// staleCatalogue: it was never had, it is a while ago, or the kiosk is shut out and may be let in by now.
func (h *homeStep) staleCatalogue(w *Workflow) bool {
	age := w.cfg.Now().Sub(h.loaded)
	return len(w.projects) == 0 && w.cfg.Office.Up() || age >= 4*w.cfg.Refresh || h.fault != nil && age >= w.cfg.Refresh
}

// settle sends stored proofs again and finds what still waits for its key.
func (h *homeStep) settle(w *Workflow) {
	h.settled = w.cfg.Now()
	w.work("", func(ctx context.Context) func() {
		waiting, err := w.cfg.Jobs.Settle(ctx)
		return func() {
			h.waiting = len(waiting)
			if err != nil && !gone(err) {
				w.cfg.Log.Error("writes not settled", "error", err)
			}
		}
	})
}

// tick keeps the catalogue and what is known of interrupted writes fresh.
func (h *homeStep) tick(w *Workflow) {
	if h.staleCatalogue(w) {
		h.loadProjects(w)
	}
	w.limits.refresh(w)
	if h.waiting > 0 && w.cfg.Now().Sub(h.settled) >= w.cfg.Refresh {
		h.settle(w)
	}
}

// saw tells of a key that is there, with an unfinished write that nobody carries out, or lost.
func (h *homeStep) saw(_ *Workflow, seen keys.Snapshot) {
	h.found, h.plugged, h.lost = false, false, false
	for _, k := range seen.Keys {
		if !k.Held {
			h.plugged, h.found, h.lost = true, h.found || k.Waits(), h.lost || k.Status.Lost
		}
	}
}

// moved finds out what became of a write that was left.
func (h *homeStep) moved(w *Workflow) {
	before := h.running
	if h.running = w.cfg.Jobs.Running(); h.running < before {
		h.settle(w)
	}
}

func (h *homeStep) page(w *Workflow) Page {
	p := HomePage{Fault: h.fault, Plugged: h.plugged, Lost: h.lost}
	if p.Fault == nil && w.cfg.Office.ClockWrong() {
		p.Fault = &Fault{Code: ra.CodeClockWrong}
	}
	for _, k := range ra.Kinds() {
		p.Services = append(p.Services, ServiceTile{Kind: k, Offered: w.offers(k)})
	}
	p.Unfinished = h.found || h.waiting > 0
	p.Limits = slices.DeleteFunc(slices.Clone(w.limits.known), func(part health.Part) bool {
		return part == health.Clock && p.Fault != nil && p.Fault.Code == ra.CodeClockWrong // said once, as the more urgent of the two
	})
	return p
}

// offers tells whether a project of this hall sells a service. While nobody knows the projects it is found out behind the tile.
func (w *Workflow) offers(k ra.Kind) bool {
	return len(w.projects) == 0 || slices.ContainsFunc(w.projects, func(p ra.Project) bool { return sells(p, k) })
}

func sells(p ra.Project, k ra.Kind) bool {
	return slices.ContainsFunc(p.Services, func(s ra.Service) bool { return s.Kind == k })
}

func (h *homeStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case ChooseKind:
		if !w.offers(a.Kind) {
			w.above(&noticeStep{notice: NoticePage{ID: "not_offered", Args: map[string]string{"kind": string(a.Kind)}}})
			return
		}
		w.apply(a.Kind, ra.ReasonNone)
	case SeeOrders:
		w.start(flowOrders)
	case SeeInfo:
		w.start(flowInfo)
	case ResumeWrite:
		w.start(flowResume)
	case CheckKey:
		w.start(flowCheck)
	case UseSlip:
		w.start(flowSlip)
	case OpenHealth:
		if w.cfg.Health != nil {
			w.visit.staffLogsIn = w.cfg.StaffPIN == nil
			w.start(flowHealth)
		}
	}
}
