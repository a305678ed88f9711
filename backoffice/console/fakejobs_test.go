package console

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// addJobs has text messages that failed for every reason and upkeep in every state.
func (f *fakeRules) addJobs() {
	next, done := fakeNow.Add(7*time.Minute), fakeNow.Add(-12*time.Minute)
	f.works = []book.Work{
		{Name: "send_message", Waiting: 3, Running: 1, Retrying: 2, GivenUp: 5, Next: &next, Trouble: book.TroubleRefused},
		{Name: "crl", GivenUp: 1, DoneAt: &done, Trouble: book.Trouble(ra.CodeIssuerAway)},
		{Name: "prune", Retrying: 1, Next: &next, DoneAt: &done, Trouble: book.TroubleOther},
		{Name: "expire", DoneAt: &done}, {Name: "expiry_notices", DoneAt: &done}, {Name: "ca_ends"}}
	for i, answer := range []int{400, 401, 503, 0, 0} {
		o := f.cases[id(101+i)].Order
		ended := fakeNow.Add(-time.Duration(i) * time.Hour)
		m := book.FailedMessage{SentMessage: book.SentMessage{ID: id(700 + i), OrderID: o.ID, Mobile: "138****0000", Template: "returned", CreatedAt: ended,
			State: book.MessageFailed, EndedAt: &ended, Answer: answer, Attempts: 1}, Number: o.Number, Organisation: o.Applicant.Organisation.Name,
			ProjectID: o.ProjectID, HallID: o.HallID, Kept: true, Worth: i < 4}
		if i == 4 {
			m.Template = "takeover"
		}
		f.failed = append(f.failed, m)
	}
}

func (f *fakeRules) Works(context.Context, ra.Staff) ([]book.Work, error) {
	return f.works, f.failure("Works")
}

func (f *fakeRules) FailedMessages(_ context.Context, staff ra.Staff, before string) ([]book.FailedMessage, bool, error) {
	if !staff.MayAnywhere(ra.ActSee) {
		return nil, false, nil
	}
	return f.failed, before == "" && len(f.failed) > 0, f.failure("FailedMessages")
}

func (f *fakeRules) Resend(_ context.Context, _ ra.Staff, id string) error {
	f.failed = slices.DeleteFunc(f.failed, func(m book.FailedMessage) bool { return m.ID == id })
	return f.failure("Resend")
}

func (f *fakeRules) Retry(context.Context, ra.Staff, string) error { return f.failure("Retry") }
