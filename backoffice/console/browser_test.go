package console

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keyhall/backoffice/ra"
)

var screenshots = flag.String("screenshots", "", "folder in which to draw every page")

// browser starts Chromium of its own; without one the test is skipped, in CI it fails.
func browser(t *testing.T, width, height int, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.IgnoreCertErrors, chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "zh-CN"),
	}, more...)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, window(width, height)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// do sends one command of the browser's protocol.
func do[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func window(width, height int) chromedp.Action[chromedp.Void] {
	return do(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(width), Height: int64(height), DeviceScaleFactor: 1})
}

// complaints are what the page said that it should not: exceptions, policy violations, blocked loads.
type complaints struct {
	mu    sync.Mutex
	heard []string
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.heard = append(c.heard, fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			c.heard = append(c.heard, fmt.Sprint(e.Args))
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason != "" {
			c.heard = append(c.heard, "blocked: "+string(e.BlockedReason))
		}
	}
}

func (c *complaints) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.heard, "\n")
}

// press presses a key without typing its character: the page may take the key for itself.
func press(key string, options ...chromedp.KeyOption) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, k := range kb.Encode([]rune(key)[0]) {
			if k.Type == kb.KeyChar {
				continue
			}
			for _, o := range options {
				o(k)
			}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, *k); err != nil {
				return err
			}
		}
		return nil
	})
}

func enter(field, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(field), text)
}

const quiet = `document.readyState === "complete" && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")`

// look waits until a condition of the page holds, across navigations. The page's scripts have run by then and no part of it is
// being exchanged: a key pressed or a button clicked before would be lost.
func look(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
		defer cancel()
		for {
			holds, err := chromedp.Evaluate[bool](quiet+" && Boolean("+condition+")")(ctx, target)
			if holds {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("never came true: %s (%w)", condition, errors.Join(ctx.Err(), err))
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// at waits until a page of the material is shown and was seen.
func at(kind ra.MaterialKind) chromedp.Action[chromedp.Void] {
	return look(fmt.Sprintf(`document.querySelector("#side")?.dataset.at === %q && document.querySelector(".strip [aria-current]")?.dataset.kind === %[1]q &&
		document.querySelector("[data-scan]").dataset.seen === document.querySelector(".strip [aria-current]").dataset.page`, kind))
}

// TestReviewByKeyboard plays a reviewer's whole way in a real browser, with the keys only.
func TestReviewByKeyboard(t *testing.T) {
	b := setup(t)
	ctx := browser(t, 1600, 1000)
	var said complaints
	if err := chromedp.Listen(ctx, said.hear); err != nil {
		t.Fatal(err)
	}
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Navigate(b.server.URL + "/queue"),
		enter(`input[name=login]`, wang.Login), enter(`input[name=password]`, fakePassword+kb.Enter),
		look(`document.querySelector("#rows table")`),
		press("j"), press(kb.Enter),
		at(ra.MaterialLicence),
		look(`document.querySelector("[data-scan]").naturalWidth > 0`),
		press("a"), at(ra.MaterialIdentity),
		press("t"), press("+"), press("f"),
		press("a"), look(`document.querySelector("span[data-caption]").textContent.includes("2 / 2")`), // not before both pages were seen
		at(ra.MaterialIdentity), press("a"), at(ra.MaterialForm),
		press("r"), look(`document.querySelector("#return-sheet").open`),
		press("3"), look(`document.querySelector("#return-sheet input[value=no_seal]").checked`),
		press(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)), look(`document.querySelector(".reasons") !== null`), at(ra.MaterialRemittance),
		chromedp.Click(chromedp.CSS(`.material[data-kind=registration_form]`)), at(ra.MaterialForm),
		press("a"), at(ra.MaterialRemittance),
		press("p"), look(`document.activeElement.name === "amount"`), enter(`input[name=amount]`, "600"),
		enter(`input[name=reference]`, "2026112300981"+kb.Enter),
		look(`document.querySelector("#case-bar .pay-paid") !== null`),
		look(`!document.querySelector("footer button.main").disabled`),
		press(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)),
		look(`document.querySelector(".outcome.approved")`),
		chromedp.Click(chromedp.CSS(`footer form[hx-confirm] button`)), look(`document.querySelector("#ask-sheet").open`),
		chromedp.Click(chromedp.CSS(`#ask-sheet [data-ask-yes]`)), look(`document.querySelector("footer .notice.good")`),
		press("n"), look(fmt.Sprintf("location.pathname === %q", "/orders/"+id(102))),
	}
	for i, step := range steps {
		if err := chromedp.Do(ctx, step); err != nil {
			t.Fatalf("step %d: %v\n%s", i+1, err, state(ctx))
		}
	}
	if got := b.fake.cases[id(101)].Order.State; got != ra.OrderApproved {
		t.Errorf("order: got %s, want approved", got)
	}
	if text := said.text(); text != "" {
		t.Errorf("the page complained:\n%s", text)
	}
}

// state is what a failed step is told with.
func state(ctx context.Context) string {
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	return fmt.Sprint(text, errors.Join(err))
}

// TestLiveNewsDoesNotJump changes an order behind the reviewer's back.
func TestLiveNewsDoesNotJump(t *testing.T) {
	b := setup(t)
	ctx := browser(t, 1600, 1000)
	must := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%v\n%s", err, state(ctx))
		}
	}
	picture := func() string {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#side").innerHTML + document.querySelector("[data-scan]").src`))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	must(logInActions(b, wang), chromedp.Navigate(b.server.URL+"/orders/"+id(101)), at(ra.MaterialLicence),
		chromedp.Click(chromedp.CSS(`.material[data-kind=registration_form]`)), at(ra.MaterialForm))
	before := picture()
	if _, err := b.fake.ConfirmPayment(ctx, chen, id(101), 60000, "R", 4); err != nil {
		t.Fatal(err)
	}
	b.fake.watch <- struct{}{}
	must(look(`document.querySelector("#news .news")`))
	if picture() != before {
		t.Error("the page changed by itself")
	}
	must(chromedp.Click(chromedp.CSS(`#news .news`)), look(`document.querySelector("#case-bar .pay-paid")`), at(ra.MaterialForm))
}

func logInActions(b *bench, m ra.Staff) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Navigate(b.server.URL+"/login"),
		enter(`input[name=login]`, m.Login), enter(`input[name=password]`, fakePassword+kb.Enter), look(`document.querySelector(".side-nav")`))
}

// tooWide tells what of a page does not fit into the window: tables cut off by their card, the page itself, and what breaks in the middle
// of a number of minutes.
const tooWide = `(() => {
	const bad = [];
	const page = document.querySelector(".page");
	if (page.scrollWidth > page.clientWidth || document.documentElement.scrollWidth > innerWidth) bad.push("page " + page.scrollWidth);
	for (const t of document.querySelectorAll("table.list")) if (t.offsetWidth > t.parentElement.clientWidth + 1) bad.push("table " + t.offsetWidth + " in " + t.parentElement.clientWidth);
	for (const d of document.querySelectorAll("td.num")) if (d.firstChild?.nodeType === 3 && d.childElementCount === 0) {
		const r = document.createRange(); r.selectNodeContents(d);
		if (r.getClientRects().length > 1) bad.push("broken: " + d.textContent);
	}
	for (const d of document.querySelectorAll(".bar *")) if (d.getBoundingClientRect().right > innerWidth + 1) bad.push("bar: " + d.textContent.trim().slice(0, 30));
	return bad.join("; ");
})()`

// TestUsableAt1024: nothing is cut off at 1024 pixels, in both languages.
func TestUsableAt1024(t *testing.T) {
	ctx := browser(t, 1024, 768)
	for _, l := range []language{chinese, english} {
		for _, p := range gallery {
			if p.out || p.form != nil {
				continue
			}
			b := setup(t)
			if p.set != nil {
				p.set(b.fake)
			}
			var got string
			err := chromedp.Do(ctx, do(network.ClearBrowserCookies, cdp.Empty{}),
				do(network.SetCookie, network.SetCookieParams{Name: languageCookie, Value: string(l), URL: b.server.URL}),
				logInActions(b, p.who()), chromedp.Navigate(b.server.URL+p.path), look(`document.fonts.status === "loaded"`),
				chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
					got, err = chromedp.Evaluate[string](tooWide)(ctx, target)
					return err
				}))
			if err != nil || got != "" {
				t.Errorf("%s.%s: %s %v", p.name, l, got, err)
			}
		}
	}
}

// TestScreenshots draws every page of the gallery into the folder of -screenshots, in both languages, and the case also
// small and dark.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("draws only with -screenshots DIR")
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t, 1600, 1000)
	for _, l := range []language{chinese, english} {
		for _, p := range gallery {
			shoot(t, ctx, p, l, 1600, 1000, false)
		}
	}
	for _, p := range gallery {
		switch p.name {
		case "case", "case-reason-missing", "queue", "orders", "staff", "member":
			shoot(t, ctx, p, chinese, 1280, 800, false)
			shoot(t, ctx, p, chinese, 1600, 1000, true)
		case "certificate", "login", "overview", "release":
			shoot(t, ctx, p, chinese, 1600, 1000, true)
			shoot(t, ctx, p, english, 1280, 800, false)
		}
	}
}

func shoot(t *testing.T, ctx context.Context, p galleryPage, l language, width, height int, dark bool) {
	t.Helper()
	b := setup(t)
	scheme, name := "light", fmt.Sprintf("%s.%s", p.name, l)
	if dark {
		scheme, name = "dark", name+".dark"
	}
	if width != 1600 {
		name += fmt.Sprintf(".%d", width)
	}
	steps := []chromedp.Action[chromedp.Void]{
		window(width, height),
		do(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		do(network.ClearBrowserCookies, cdp.Empty{}),
		do(network.SetCookie, network.SetCookieParams{Name: languageCookie, Value: string(l), URL: b.server.URL}),
	}
	if !p.out {
		steps = append(steps, logInActions(b, p.who()))
	}
	steps = append(steps, chromedp.Func(func(context.Context, *chromedp.Target) error {
		if p.set != nil {
			p.set(b.fake)
		}
		return nil
	}))
	if p.form == nil {
		steps = append(steps, chromedp.Navigate(b.server.URL+p.path))
	} else {
		steps = append(steps, submit(b, p))
	}
	steps = append(steps, look(`document.readyState === "complete" && [...document.images].every(i => i.complete || i.loading === "lazy") && document.fonts.status === "loaded"`))
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, state(ctx))
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// submit posts a form from a page of ours.
func submit(b *bench, p galleryPage) chromedp.Action[chromedp.Void] {
	var js strings.Builder
	fmt.Fprintf(&js, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = %q;`, p.path)
	for name, values := range p.form {
		for _, value := range values {
			fmt.Fprintf(&js, `{ const i = document.createElement("input"); i.name = %q; i.value = %q; f.append(i); }`, name, value)
		}
	}
	js.WriteString(`document.body.append(f); setTimeout(() => f.submit()); return true; })()`)
	return chromedp.Steps(chromedp.Navigate(b.server.URL+"/login"), look(js.String()),
		look(`location.pathname === "`+p.path+`" && document.querySelector(".problem, .notice, .code")`))
}
