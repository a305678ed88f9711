package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// TestCodeIsToldAsItIs: what an authorization code is worth stands beside what is done for it, and nothing promises one where there is none.
func TestCodeIsToldAsItIs(t *testing.T) {
	t.Parallel()
	until := fakeNow.Add(time.Hour)
	for _, c := range []struct {
		code review.CodeStatus
		want string
	}{
		{review.CodeStatus{State: review.CodeGood, Until: until, Sent: book.MessageSent, Mobile: "139****0001", Left: 5}, "授权码有效至 2026-11-23 11:36。短信已发送至 139****0001。"},
		{review.CodeStatus{State: review.CodeGood, Until: until, Sent: book.MessageWaiting, Mobile: "139****0001", Left: 5}, "短信正在发送至 139****0001。"},
		{review.CodeStatus{State: review.CodeGood, Until: until, Sent: book.MessageFailed, Left: 5}, "短信没有发出，请重新发送。"},
		{review.CodeStatus{State: review.CodeGood, Until: until, Sent: book.MessageSent, Wrong: 2, Left: 3}, "客户已输错 2 次，还可以试 3 次。"},
		{review.CodeStatus{State: review.CodeUsedUp, Until: until, Sent: book.MessageSent, Wrong: 5}, "授权码已失效：客户输错了 5 次。"},
		{review.CodeStatus{State: review.CodeExpired, Until: until, Sent: book.MessageSent}, "授权码已于 2026-11-23 11:36 过期"},
		{review.CodeStatus{State: review.CodeWithdrawn, Sent: book.MessageWithdrawn}, "客户重新设置了密码"},
	} {
		b := setup(t)
		b.logIn()
		withCode(c.code)(b.fake)
		got := b.get("/orders/" + id(106)).Find("footer")
		if !strings.Contains(got.Text(), c.want) {
			t.Errorf("%+v: got %q, want %q in it", c.code, got.Text(), c.want)
		}
		if dead := c.code.State != review.CodeGood; dead && strings.Contains(got.Text(), "已发送") {
			t.Errorf("%+v: %q speaks of a message that is worth nothing", c.code, got.Text())
		}
		if got.Find(`form[action$="/code"]`).Length() != 1 {
			t.Errorf("%+v: no button for a new code", c.code)
		}
	}
	b := setup(t)
	b.logIn()
	extension(b.fake.cases[id(102)])
	b.get("/orders/" + id(102))
	if got := b.get("/orders/" + id(102)).Find("footer").Text(); strings.Contains(got, "授权码") {
		t.Errorf("an extension, which no code opens, before its approval: %q", got)
	}
	accept(b.fake.cases[id(102)], ra.OrderApproved)
	b.fake.cases[id(102)].Code = nil
	if got := b.get("/orders/" + id(102)).Find("footer"); strings.Contains(got.Text(), "授权码") || got.Find(`form[action$="/code"]`).Length() != 0 {
		t.Errorf("an extension, which no code opens, after its approval: %q", got.Text())
	}
}

// TestChangedCodeIsNews: somebody who looks at a case hears that its code is void now.
func TestChangedCodeIsNews(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	live, _ := b.get("/orders/" + id(106)).Find("[data-live-case]").Attr("data-live-case")
	if got := b.get(live); got.status != http.StatusNoContent {
		t.Errorf("nothing changed: got %d, want 204", got.status)
	}
	withCode(review.CodeStatus{State: review.CodeUsedUp, Wrong: 5})(b.fake)
	if got := b.get(live); !strings.Contains(got.Text(), "授权码") || !strings.Contains(got.Text(), "已失效") {
		t.Errorf("the code was used up: got %d %q", got.status, got.Text())
	}
}
