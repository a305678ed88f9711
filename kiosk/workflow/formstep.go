package workflow

// formStep is a step that is nothing but a form.
type formStep struct {
	at     stageName
	build  func(w *Workflow) *form
	next   func(w *Workflow, f *form)           // the main button, when everything is right
	choose func(w *Workflow, f *form, a Action) // a secondary button, may be nil
}

// form is the visit's, so that going back finds what was typed.
func (s *formStep) form(w *Workflow) *form {
	f := w.visit.forms[string(s.at)]
	if f == nil {
		f = s.build(w)
		w.visit.forms[string(s.at)] = f
	}
	return f
}

func (s *formStep) enter(w *Workflow) { s.form(w).wipeHidden() }

func (s *formStep) page(w *Workflow) Page { return s.form(w).page() }

func (s *formStep) act(w *Workflow, a Action) {
	f := s.form(w)
	if f.act(a) {
		return
	}
	if _, main := a.(Go); !main {
		if s.choose != nil {
			s.choose(w, f, a)
		}
		return
	}
	if !f.ready() {
		f.insist()
		return
	}
	f.fault = nil
	s.next(w, f)
}

// refuseAt goes back to the form that has the field which an error names; false when none of these has it.
func (w *Workflow) refuseAt(err error, at ...stageName) bool {
	for _, name := range at {
		if f := w.visit.forms[string(name)]; f != nil && fieldOf(err) != "" && f.entry(fieldOf(err)) != nil {
			w.reopen(name)
			f.refuse(err) // after the form came back: that empties what is hidden
			return true
		}
	}
	return false
}
