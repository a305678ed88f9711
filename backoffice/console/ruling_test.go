package console

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// TestRulingSheet suspends a certificate as a supervisor does, in a real browser of the smallest and a big desk: the sheet says what
// happens, a reason and words are needed, and the page says that it was done. Nothing hangs over the page's edge.
func TestRulingSheet(t *testing.T) {
	for _, width := range []int{1024, 1920} {
		b := setup(t)
		ctx := browser(t, width, 768)
		draw := func(name string) {
			t.Helper()
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`[...document.querySelectorAll("main *, dialog[open] *")].some((e) => e.getBoundingClientRect().right > innerWidth + 1)`))
			if err != nil || wide {
				t.Errorf("%s at %d: something hangs over the edge: %v, %v", name, width, wide, err)
			}
			if *screenshots == "" {
				return
			}
			picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err == nil {
				err = os.WriteFile(filepath.Join(*screenshots, fmt.Sprintf("%s.%d.png", name, width)), picture, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		}
		steps := func(all ...chromedp.Action[chromedp.Void]) {
			t.Helper()
			if err := chromedp.Do(ctx, all...); err != nil {
				t.Fatalf("%v\n%s", err, state(ctx))
			}
		}
		steps(logInActions(b, wang), chromedp.Navigate(b.server.URL+"/certificates/"+id(441)), look(`document.querySelector(".rulings")`))
		draw("ruling")
		steps(chromedp.Click(chromedp.CSS(`[data-sheet=suspend-sheet]`)), look(`document.querySelector("#suspend-sheet").open`))
		draw("ruling-sheet")
		steps(look(`!document.querySelector("#suspend-sheet form").reportValidity()`),
			look(`(document.querySelector("#suspend-sheet select").value = "misuse") !== ""`),
			enter(`#suspend-sheet textarea`, "机构来电，UKey 找不到了"), chromedp.Click(chromedp.CSS(`#suspend-sheet button.main`)),
			look(`document.querySelector(".notice.good")`))
		withRuling(b.fake)
		steps(chromedp.Navigate(b.server.URL+"/certificates/"+id(441)), look(`document.querySelector(".asked")`))
		draw("ruling-asker")
		steps(chromedp.Navigate(b.server.URL+"/"), look(`document.querySelector("#second")`))
		draw("ruling-overview")
		steps(chromedp.Navigate(b.server.URL+"/login"), look(`true`))
	}
}

// TestRefusedRulingKeepsWhatWasTyped: in the sheet, which opens again.
func TestRefusedRulingKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	got := b.post("/certificates/"+id(441)+"/revoke", url.Values{"ruling": {id(78)}, "reason": {"removeFromCRL"}, "note": {"机构注销"}})
	sheet := got.Find("#revoke-sheet")
	if _, open := sheet.Attr("data-show"); got.status != http.StatusUnprocessableEntity || !open || sheet.Find("textarea").Text() != "机构注销" ||
		sheet.Find("[name=ruling]").AttrOr("value", "") != id(78) || !strings.Contains(sheet.Find(".problem").Text(), "原因") {
		t.Errorf("got %d, sheet %s", got.status, strings.Join(strings.Fields(sheet.Text()), " "))
	}
}

// TestWhyRulingsAreGrey: each button that cannot be used says why, in every state of a certificate.
func TestWhyRulingsAreGrey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	for state, open := range map[ra.CertificateState]string{ra.CertificateActive: "suspend revoke", ra.CertificateIssued: "", ra.CertificateSuspended: "restore revoke",
		ra.CertificateSuperseded: "revoke", ra.CertificateRevoked: "", ra.CertificateExpired: ""} {
		b.fake.suspensions = nil
		if state == ra.CertificateSuspended {
			withHold(b.fake)
		}
		b.fake.certificate(id(441)).State = state
		page := b.get("/certificates/" + id(441))
		var can []string
		for _, act := range rulingActs {
			button := page.Find("[data-sheet=" + string(act) + "-sheet]")
			if act == ra.ActFound { // only a lost key's page has it
				if button.Length() > 0 {
					t.Errorf("%s: a key that nobody lost can be found", state)
				}
				continue
			}
			if _, grey := button.Attr("disabled"); !grey {
				can = append(can, string(act))
			} else if page.Find("#"+button.AttrOr("aria-describedby", "none")).Text() == "" {
				t.Errorf("%s: %s is grey without a word", state, act)
			}
		}
		if got := strings.Join(can, " "); got != open {
			t.Errorf("%s: %q can be done, want %q", state, got, open)
		}
	}
}

// TestLostKeyOnTheConsole: its page says who reported it without their name, offers to restore it by a second person, and the hall's own rule
// lifts nothing of it.
func TestLostKeyOnTheConsole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	b.fake.certificate(id(441)).State = ra.CertificateSuspended
	b.fake.suspensions = map[string][]book.Suspension{id(441): {{CertificateID: id(441), Reason: ra.SuspendedAsLost, Ground: ra.GroundLost, Person: id(9), At: fakeNow}}}
	page := b.get("/certificates/" + id(441))
	if got := page.Find(".held").Text(); !strings.Contains(got, "UKey 挂失") || !strings.Contains(got, "客户") {
		t.Errorf("the suspension reads %q", got)
	}
	if _, grey := page.Find("[data-sheet=restore-sheet]").Attr("disabled"); !grey {
		t.Error("the hall's own rule restores a lost key")
	}
	sheet := page.Find("#found-sheet")
	if sheet.Length() != 1 || !strings.Contains(sheet.Text(), "第二") {
		t.Errorf("the sheet to restore it reads %q", sheet.Text())
	}
}

// TestSecondPersonOnTheConsole: who asked cannot confirm, the colleague can, and both are told what happened.
func TestSecondPersonOnTheConsole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	b.fake.second(id(441))
	*b.fake.find(chenSupervises.ID) = chenSupervises
	path := "/certificates/" + id(441)
	asked := b.post(path+"/revoke", url.Values{"ruling": {id(78)}, "reason": {"superseded"}, "note": {"x"}})
	if asked.path != path+"?done=wait" || asked.Find(".notice.good").Length() != 1 {
		t.Fatalf("asked: at %s", asked.path)
	}
	b.fake.waiting.AskedBy = wang.ID
	if got := b.post("/rulings/"+id(78)+"/confirm", nil); got.status != http.StatusForbidden || got.Find(".asked .problem").Length() != 1 {
		t.Errorf("confirmed by who asked: got %d", got.status)
	}
	if got := b.get("/").Find("#count-certificates").Text(); got != "1" {
		t.Errorf("%q rulings are counted, want 1", got)
	}
	b.logInAs(chenSupervises)
	if got := b.post("/rulings/"+id(78)+"/confirm", nil); got.path != path+"?done=confirm" {
		t.Errorf("confirmed: at %s with %d", got.path, got.status)
	}
}
