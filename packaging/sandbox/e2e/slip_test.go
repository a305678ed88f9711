package e2e

import (
	"context"
	"regexp"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

var slipCode = regexp.MustCompile(`验证码 ([0-9]{8})`)

// TestSlip: an application is begun, printed, and corrected at another kiosk. Its form on the glass finds it again, a code to the registered
// mobile opens it, the form of before the correction is refused, and the one that is printed then is taken.
func TestSlip(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	c := h.customer
	must(t, c.Register(ctx, want))
	must(t, c.Order(ctx, want))
	must(t, visit.Do(ctx, c.Pressing("action.logout"), c.Seeing("action.use_slip")))
	h.correctElsewhere(ctx, t, want)

	layForm := visit.Step{Name: "lay the stamped form", Do: func(ctx context.Context) error { return h.Lay(ctx, "stamped-form") }}
	must(t, visit.Do(ctx, c.Pressing("action.use_slip"), c.Seeing("form.slip.title"), layForm, c.Pressing("action.read_slip"),
		c.Seeing("form.login.title"), c.Pressing("action.login_code"), c.Seeing("form.slip_code.title")))
	code := slipCode.FindStringSubmatch(h.texted(ctx, t, want.Company.Handler.Mobile, "凭此码可以查看并办理这笔业务"))[1]
	must(t, visit.Do(ctx, c.Filling("slip_code", code), c.Pressing("action.login"), c.Seeing("scan.title"),
		c.Pressing("material.registration_form"), c.Pressing("action.scan_flatbed"), c.BeingTold(ra.CodePaperOld),
		c.Pressing("action.print"), c.Seeing("print.title"), c.Pressing("action.print"), c.Seeing("print.done"), c.Pressing("action.next"),
		c.Seeing("scan.title"), c.Pressing("material.registration_form"), layForm, c.Pressing("action.scan_flatbed"), c.NoLongerTold(ra.CodePaperOld),
		c.Seeing("action.retake")))
	h.checkAudit(t)
}

// correctElsewhere corrects the name of the organisation at another kiosk of the hall.
func (h *hall) correctElsewhere(ctx context.Context, t *testing.T, a visit.Application) {
	t.Helper()
	line, err := h.Colleague(ctx, "04")
	must(t, err)
	client, err := line.Client()
	must(t, err)
	defer client.Close()
	session, err := client.LogIn(ctx, a.Login, a.Password)
	must(t, err)
	to := session.Membership.Applicant()
	to.Organisation.Name = "杭州更正科技有限公司"
	_, err = client.Amend(ctx, session.Token, to, nil)
	must(t, err)
}
