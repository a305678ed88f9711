package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

// TestForgottenPassword: somebody who registered sets a password anew at the kiosk with the code on their telephone, and logs in with it.
func TestForgottenPassword(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	c := h.customer
	const anew = "Weihai-2027"
	must(t, c.Register(ctx, want))
	must(t, visit.Do(ctx, c.Pressing("action.logout"),
		c.Pressing("action.orders"), c.Filling("login", want.Login), c.Pressing("action.forgot_password"),
		c.Seeing("form.forgot.title"), c.Pressing("action.send_code"), c.Seeing("form.recover.title")))
	code := resetCode.FindStringSubmatch(h.texted(ctx, t, want.Company.Handler.Mobile, "重新设置登录密码，验证码"))[1]
	must(t, visit.Do(ctx,
		c.Filling("reset_code", otherCharacter(code[0])+code[1:]), c.Filling("new_password", anew), c.Filling("new_password_again", anew),
		c.Pressing("action.change_password"), c.BeingTold(ra.CodeSMSCodeWrong, "left", "4"),
		c.Filling("reset_code", code), c.Filling("new_password", anew), c.Filling("new_password_again", anew),
		c.Pressing("action.change_password"), c.Seeing("notice.password_reset.title"), c.Pressing("action.close"),
		c.Seeing("form.login.title"), c.Filling("password", want.Password), c.Pressing("action.login"), c.BeingTold(ra.CodeLoginWrong, "left", "4"),
		c.Filling("password", anew), c.Pressing("action.login"), c.Seeing("orders.title")))
	h.texted(ctx, t, want.Company.Handler.Mobile, "24 小时内不能制作证书")
	h.checkAudit(t)
}

var resetCode = regexp.MustCompile(`验证码 ([0-9]{8})`)

// texted waits for a message to a telephone with these words in it.
func (h *hall) texted(ctx context.Context, t *testing.T, mobile, words string) string {
	t.Helper()
	for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		for _, m := range h.Messages.All() {
			if m.Mobile == mobile && strings.Contains(m.Text, words) {
				return m.Text
			}
		}
	}
	t.Fatalf("no message to %s says %q", mobile, words)
	return ""
}
