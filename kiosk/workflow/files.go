package workflow

import (
	"keyhall/backoffice/ra"
	papers "keyhall/printer/form"
)

// HaveFiles says that files are still encrypted for the certificate that is replaced.
type HaveFiles struct{}

func (HaveFiles) Name() string { return "have_files" }
func (HaveFiles) action()      {}

// newWarning asks whether files are still encrypted for what the service replaces (S16). Who has some is told what to do first and whom to
// ask, and may go on: the case tells of it.
func newWarning(*Workflow) step {
	return &formStep{
		at: stageWarning,
		build: func(w *Workflow) *form {
			return &form{id: FormWarning + "_" + string(w.visit.kind), primary: "no_files", secondary: []Named{HaveFiles{}},
				facts: append(w.visit.targetRows(), Row{ID: "risk_then", Text: papers.OldCertificate(w.visit.rule())})}
		},
		next: func(w *Workflow, f *form) {
			answer := ra.FilesNone
			if f.id == FormFiles {
				answer = ra.FilesSome
			}
			w.answerFiles(answer)
		},
		choose: func(w *Workflow, f *form, a Action) {
			if _, some := a.(HaveFiles); some {
				c := w.visit.project.Contact
				*f = form{id: FormFiles, primary: "files_go_on", facts: []Row{{ID: "phone", Value: c.Phone}, {ID: "hours", Text: c.Hours}, {ID: "chat", Value: c.Chat}}}
			}
		},
	}
}

func (w *Workflow) answerFiles(a ra.FilesAnswer) {
	w.visit.draft.Application.Files = a
	delete(w.visit.forms, string(stageWarning)) // who comes back is asked again
	if w.keepApplication() {
		w.done()
	}
}
