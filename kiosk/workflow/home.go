package workflow

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// homeStep is where everybody begins. It also goes through the writes that were interrupted, and looks whether a key
// that is plugged in has one, from whatever kiosk.
type homeStep struct {
	waiting []ra.Write  // of this kiosk
	found   *resumption // of a key that was plugged in
	loading bool        // the catalogue
	settled time.Time   // when the writes were gone through last
	asking  bool        // about keys
	asked   map[ukey.Identity]bool
	fault   *Fault
}

func (h *homeStep) name() stepName { return stepHome }

func (h *homeStep) back(*Workflow) step { return nil }

func (h *homeStep) enter(w *Workflow) {
	h.asked = map[ukey.Identity]bool{}
	h.loadProjects(w)
	h.settle(w)
	w.sweep()
}

// sweep erases once a day what nobody came back for.
func (w *Workflow) sweep() {
	now := w.cfg.Now()
	if now.Sub(w.swept) < 24*time.Hour {
		return
	}
	w.swept = now
	w.always(func(ctx context.Context) func() {
		err := w.cfg.Journal.Sweep(ctx, now.Add(-w.cfg.Keep))
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
	h.loading = true
	w.always(func(ctx context.Context) func() {
		projects, err := w.cfg.Office.Projects(ctx)
		return func() {
			h.loading = false
			if err == nil {
				w.projects = projects
			}
		}
	})
}

// settle sends stored proofs again and finds what still waits for its key.
func (h *homeStep) settle(w *Workflow) {
	h.settled = w.cfg.Now()
	w.work("", func(ctx context.Context) func() {
		waiting, err := w.maker.Settle(ctx)
		return func() {
			h.waiting = waiting
			if err != nil && !gone(err) {
				w.cfg.Log.Error("writes not settled", "error", err)
			}
		}
	})
}

// tick watches the keys: one with an unfinished write is told of.
func (h *homeStep) tick(w *Workflow) {
	if len(w.projects) == 0 && w.cfg.Office.Up() {
		h.loadProjects(w)
	}
	if len(h.waiting) > 0 && w.cfg.Now().Sub(h.settled) >= w.cfg.Refresh {
		h.settle(w)
	}
	if h.asking {
		return
	}
	h.asking = true
	asked := h.asked
	projects := w.projects
	w.work("", func(ctx context.Context) func() {
		infos, err := w.cfg.Keys.List(ctx)
		if err != nil {
			return func() { h.asking = false }
		}
		found, now := lookForOperation(ctx, w.cfg.Office, projects, infos, asked)
		return func() {
			h.asking, h.asked = false, now
			if found != nil {
				h.found = found
			}
			if h.found != nil && !plugged(infos, h.found.key) {
				h.found = nil
			}
		}
	})
}

// lookForOperation asks the back office about each key once while it stays plugged in.
func lookForOperation(ctx context.Context, o Office, projects []ra.Project, infos []ukey.Info, asked map[ukey.Identity]bool) (*resumption, map[ukey.Identity]bool) {
	var found *resumption
	now := map[ukey.Identity]bool{}
	for _, info := range infos {
		key := info.Identity()
		if asked[key] {
			now[key] = true
			continue
		}
		model, ok := modelOf(projects, info)
		if !ok {
			now[key] = len(projects) > 0
			continue
		}
		op, there, err := o.OperationForKey(ctx, model.ID, info.Serial)
		now[key] = err == nil
		if err == nil && there {
			found = &resumption{op: op, key: key}
		}
	}
	return found, now
}

func plugged(infos []ukey.Info, key ukey.Identity) bool {
	return slices.ContainsFunc(infos, func(i ukey.Info) bool { return i.Identity() == key })
}

func (h *homeStep) page(*Workflow) Page {
	p := HomePage{Fault: h.fault}
	for _, k := range ra.Kinds() {
		p.Services = append(p.Services, ServiceTile{Kind: k, Built: built(k)})
	}
	switch {
	case h.found != nil:
		p.Unfinished = &Unfinished{Number: h.numberOf(h.found.op.ID), Serial: h.found.key.Serial, Step: h.stepOf(h.found.op.ID)}
	case len(h.waiting) > 0:
		w := h.waiting[0]
		p.Unfinished = &Unfinished{Number: w.OrderNumber, Serial: w.Key.Serial, Step: w.Step}
	}
	return p
}

func (h *homeStep) known(id string) ra.Write {
	i := slices.IndexFunc(h.waiting, func(w ra.Write) bool { return w.ID == id })
	if i < 0 {
		return ra.Write{Step: ra.StepPrepare}
	}
	return h.waiting[i]
}

func (h *homeStep) numberOf(id string) string { return h.known(id).OrderNumber }
func (h *homeStep) stepOf(id string) ra.Step  { return h.known(id).Step }

// built are the services that this version offers.
func built(k ra.Kind) bool { return k == ra.KindNew }

func (h *homeStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case ChooseKind:
		if !built(a.Kind) {
			w.become(&noticeStep{page_: NoticePage{ID: "not_built", Args: map[string]string{"kind": string(a.Kind)}}})
			return
		}
		w.visit.kind = a.Kind
		w.become(&projectsStep{})
	case Choose:
		h.choose(w, a.Name)
	case ResumeWrite:
		h.resume(w)
	}
}

func (h *homeStep) choose(w *Workflow, name string) {
	switch name {
	case "orders", "login":
		w.become(newLogIn("", nil))
	case "info":
		w.become(&projectsStep{info: true})
	case "staff":
		w.become(&noticeStep{page_: NoticePage{ID: "staff"}})
	}
}

func (h *homeStep) resume(w *Workflow) {
	switch {
	case h.found != nil:
		w.become(&keyStep{resume: &resumption{op: h.found.op, key: h.found.key, number: h.numberOf(h.found.op.ID)}})
	case len(h.waiting) > 0:
		wr := h.waiting[0]
		w.become(&keyStep{resume: &resumption{
			op: ra.Operation{ID: wr.ID, OrderID: wr.OrderID, Model: wr.Model, Serial: wr.Key.Serial}, key: ukey.Identity(wr.Key),
			number: wr.OrderNumber,
		}})
	}
}

// noticeStep tells something calmly.
type noticeStep struct {
	page_ NoticePage
	next  step // nil: home
}

func (n *noticeStep) name() stepName      { return stepNotice }
func (n *noticeStep) page(*Workflow) Page { return n.page_ }
func (n *noticeStep) back(*Workflow) step { return n.next }
func (n *noticeStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Go, Choose:
		if n.next == nil {
			w.home()
			return
		}
		w.become(n.next)
	}
}

// faultStep tells of something that stopped a step before it could show anything.
type faultStep struct {
	fault Fault
	retry step // nil: only home is left
}

func (f *faultStep) name() stepName      { return stepFault }
func (f *faultStep) back(*Workflow) step { return nil }

func (f *faultStep) page(*Workflow) Page {
	if f.retry == nil {
		return FaultPage{Fault: f.fault, Actions: []string{"home"}}
	}
	return FaultPage{Fault: f.fault, Actions: []string{"retry", "home"}}
}

func (f *faultStep) act(w *Workflow, a Action) {
	_, main := a.(Go)
	c, _ := a.(Choose)
	switch {
	case f.retry != nil && (main || c.Name == "retry"):
		w.become(f.retry)
	case main || c.Name == "home":
		w.home()
	}
}

// stop shows a fault with a way to try again; work that was given up shows nothing.
func (w *Workflow) stop(err error, retry step) {
	if w.lost(err) {
		return
	}
	if f := FaultOf(err); f != nil {
		w.cfg.Log.Warn("stopped", "at", string(w.at.name()), "order", w.visit.orderID(), "error", err)
		w.become(&faultStep{fault: *f, retry: retry})
	}
}
