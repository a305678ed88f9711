package workflow

import (
	"slices"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/write"
)

// writingMark is a line of the progress list.
type writingMark struct {
	id         string
	state      MarkState
	began, end time.Time
}

// markOf is the line of the progress list that a step belongs to.
var markOf = map[ra.Step]string{
	ra.StepIdentify: "make.check", ra.StepReserve: "make.check", ra.StepAdministrator: "make.pin", ra.StepAdminPIN: "make.pin",
	ra.StepSetPIN: "make.pin", ra.StepGenerate: "make.generate", ra.StepRequest: "make.request",
	ra.StepCertificate: "make.request", ra.StepWrite: "make.write", ra.StepProve: "make.prove", ra.StepConfirm: "make.prove",
	ra.StepAskPIN: "make.holder", ra.StepFetch: "make.fetch", ra.StepRoom: "make.room", ra.StepRelabel: "make.write",
	ra.StepProvePIN: "make.prove", ra.StepProveAdminPIN: "make.prove",
}

// planMarks are the lines of a plan's progress list.
func planMarks(p ra.Plan) (ids []string) {
	for _, step := range p.Steps() {
		if id := markOf[step]; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// writingMarks tell how far a job is, line by line: where a step began, everything before it is done.
func writingMarks(p write.Progress) []writingMark {
	var marks []writingMark
	ids := planMarks(p.Plan)
	for _, id := range ids {
		marks = append(marks, writingMark{id: id, state: MarkTodo})
	}
	for _, r := range p.Steps {
		at := slices.Index(ids, markOf[r.Step])
		for i := range marks {
			m := &marks[i]
			switch {
			case i < at && m.state != MarkDone:
				m.state, m.end = MarkDone, r.At
			case i == at && m.state != MarkRunning:
				m.state, m.began = MarkRunning, r.At
			}
		}
	}
	for i := range marks {
		if p.Err != nil && marks[i].state == MarkRunning {
			marks[i].state, marks[i].end = MarkFailed, p.Stopped
		}
	}
	return marks
}
