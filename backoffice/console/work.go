package console

import (
	"net/http"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// jobsPage is what the back office does by itself, and what came of it.
type jobsPage struct {
	frame
	Works    []workRow
	Messages []failedRow
	Older    string // id of the last message, where there are more
	Said     string // translation of what was done
}

// workRow is a kind of background work.
type workRow struct {
	book.Work
	Retry bool // somebody should look, and who looks may have it tried again
}

// failedRow is a text message that could not be sent.
type failedRow struct {
	book.FailedMessage
	Why    string // of "failed.why" and "failed.do"
	Resend bool   // who looks may send it again
}

// jobsDone are the notices after an act.
var jobsDone = map[string]string{"retry": "jobs.retried", "resend": "jobs.resent"}

func (c *console) showJobs(w http.ResponseWriter, r *http.Request, v visit) error {
	works, err := c.jobs.Works(r.Context(), v.staff)
	if err != nil {
		return err
	}
	failed, more, err := c.jobs.FailedMessages(r.Context(), v.staff, r.FormValue("before"))
	if err != nil {
		return err
	}
	p := jobsPage{frame: c.frame(r, v, "jobs", "jobs.title"), Said: jobsDone[r.FormValue("done")]}
	p.Path = "/jobs"
	for _, work := range works {
		look := work.Retrying > 0 || work.GivenUp > 0 && (work.Name != book.SendMessage{}.Kind() || v.staff.MayAnywhere(ra.ActResend))
		p.Works = append(p.Works, workRow{work, look && v.staff.May(ra.ActRetry, "", "")})
	}
	for _, m := range failed {
		p.Messages = append(p.Messages, failedRow{m, whyFailed(m), m.Worth && v.staff.May(ra.ActResend, m.ProjectID, m.HallID)})
	}
	if more {
		p.Older = failed[len(failed)-1].ID
	}
	return c.render(w, v, http.StatusOK, "jobs", "layout", p)
}

// whyFailed names why a message was not sent, by the gateway's last answer.
func whyFailed(m book.FailedMessage) string {
	switch a := m.Answer; {
	case a == http.StatusUnauthorized, a == http.StatusForbidden, a == http.StatusProxyAuthRequired:
		return "unknown_here"
	case a == http.StatusRequestTimeout, a == http.StatusTooEarly, a == http.StatusTooManyRequests, a >= 500:
		return "failing"
	case a >= 400:
		return "refused"
	case a > 0: // neither yes nor no
		return "failing"
	}
	return "away"
}

// retryWork has a work tried again now.
func (c *console) retryWork(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.jobs.Retry(r.Context(), v.staff, r.PathValue("name")); err != nil {
		return err
	}
	redirect(w, r, "/jobs?done=retry")
	return nil
}

// resendMessage sends a message again that failed.
func (c *console) resendMessage(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.jobs.Resend(r.Context(), v.staff, r.PathValue("id")); err != nil {
		return err
	}
	redirect(w, r, "/jobs?done=resend")
	return nil
}

// trouble says why a job failed: in words of its own, or those of the rules' errors.
func (w words) trouble(t book.Trouble) string {
	for _, id := range []string{"trouble." + string(t), "error." + string(t)} {
		if w.has(id) {
			return dropUnfilled(w.say(id))
		}
	}
	return w.say("trouble." + string(book.TroubleOther))
}
