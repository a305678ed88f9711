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
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
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
		chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "zh-CN"),
	}, more...)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx, emulation.SetDeviceMetricsOverride(int64(width), int64(height), 1, false)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// noise collects what the page complains about: exceptions, policy violations, failed loads.
func noise(ctx context.Context) *[]string {
	var heard []string
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			heard = append(heard, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				for _, a := range e.Args {
					heard = append(heard, string(a.Value))
				}
			}
		case *network.EventLoadingFailed:
			if e.BlockedReason != "" {
				heard = append(heard, "blocked: "+string(e.BlockedReason))
			}
		}
	})
	return &heard
}

func press(keys string, modifiers ...chromedp.KeyOption) chromedp.Action {
	return chromedp.KeyEvent(keys, modifiers...)
}

// look waits until a condition of the page holds.
func look(expression string) chromedp.Action {
	return chromedp.Poll(expression, nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(10*time.Second))
}

func at(kind ra.MaterialKind) chromedp.Action {
	return look(fmt.Sprintf(`document.querySelector("#side")?.dataset.at === %q && document.querySelector(".strip [aria-current]")?.dataset.kind === %[1]q`, kind))
}

// TestReviewByKeyboard plays a reviewer's whole way in a real browser, with the keys only.
func TestReviewByKeyboard(t *testing.T) {
	b := setup(t)
	ctx := browser(t, 1600, 1000)
	heard := noise(ctx)
	var path string
	steps := []chromedp.Action{
		network.Enable(),
		chromedp.Navigate(b.server.URL + "/queue"),
		chromedp.SendKeys(`input[name=login]`, wang.Login, chromedp.ByQuery),
		chromedp.SendKeys(`input[name=password]`, fakePassword+kb.Enter, chromedp.ByQuery),
		chromedp.WaitVisible(`#rows table`, chromedp.ByQuery),
		press("j"), press(kb.Enter),
		at(ra.MaterialLicence),
		look(`document.querySelector("[data-scan]").naturalWidth > 0`),
		press("a"), at(ra.MaterialIdentity),
		press("t"), press("+"), press("f"),
		press(kb.ArrowRight), look(`document.querySelector("[data-caption]").textContent.includes("2 / 2")`),
		press("a"), at(ra.MaterialForm),
		press("r"), look(`document.querySelector("#return-sheet").open`),
		press("3"), look(`document.querySelector("#return-sheet input[value=no_seal]").checked`),
		press(kb.Enter, chromedp.KeyModifiers(2)), look(`document.querySelector(".reasons") !== null`),
		chromedp.Click(`.material[data-kind=registration_form]`, chromedp.ByQuery), at(ra.MaterialForm),
		press("a"), at(ra.MaterialRemittance),
		press("p"), press("600"),
		chromedp.SendKeys(`input[name=reference]`, "2026112300981"+kb.Enter, chromedp.ByQuery),
		look(`document.querySelector("#case-bar .pay-paid") !== null`),
		look(`!document.querySelector("footer button.main").disabled`),
		press(kb.Enter, chromedp.KeyModifiers(2)),
		chromedp.WaitVisible(`.outcome.approved`, chromedp.ByQuery),
		press("n"), look(`!document.querySelector(".outcome")`),
		chromedp.Evaluate(`location.pathname`, &path),
	}
	for i, step := range steps {
		if err := chromedp.Run(ctx, step); err != nil {
			t.Fatalf("step %d: %v\n%s", i+1, err, state(ctx))
		}
	}
	if got := b.fake.cases[id(101)].Order.State; got != ra.OrderApproved {
		t.Errorf("order: got %s, want approved", got)
	}
	if want := "/orders/" + id(102); path != want {
		t.Errorf("next: got %s, want %s", path, want)
	}
	if len(*heard) > 0 {
		t.Errorf("the page complained:\n%s", strings.Join(*heard, "\n"))
	}
}

// state is what a failed step is told with.
func state(ctx context.Context) string {
	var text string
	err := chromedp.Run(ctx, chromedp.Evaluate(`location.href + "\n" + document.body.innerText.slice(0, 1500)`, &text))
	return strings.TrimSpace(fmt.Sprint(text, errors.Join(err)))
}

// TestLiveNewsDoesNotJump changes an order behind the reviewer's back.
func TestLiveNewsDoesNotJump(t *testing.T) {
	b := setup(t)
	ctx := browser(t, 1600, 1000)
	var before, after string
	err := chromedp.Run(ctx, logInActions(b),
		chromedp.Navigate(b.server.URL+"/orders/"+id(101)), at(ra.MaterialLicence),
		chromedp.Click(`[data-kind=registration_form].material`, chromedp.ByQuery), at(ra.MaterialForm),
		chromedp.Evaluate(`document.querySelector("#side").innerHTML.length + document.querySelector("[data-scan]").src`, &before),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := b.fake.ConfirmPayment(ctx, chen, id(101), 60000, "R", 4)
			b.fake.watch <- struct{}{}
			return err
		}),
		chromedp.WaitVisible(`#news .news`, chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector("#side").innerHTML.length + document.querySelector("[data-scan]").src`, &after),
		chromedp.Click(`#news .news`, chromedp.ByQuery),
		look(`document.querySelector("#case-bar .pay-paid") !== null`),
		at(ra.MaterialForm),
	)
	if err != nil {
		t.Fatalf("%v\n%s", err, state(ctx))
	}
	if before != after {
		t.Error("the page changed by itself")
	}
}

func logInActions(b *bench) chromedp.Action {
	return chromedp.Tasks{
		chromedp.Navigate(b.server.URL + "/login"),
		chromedp.SendKeys(`input[name=login]`, wang.Login, chromedp.ByQuery),
		chromedp.SendKeys(`input[name=password]`, fakePassword+kb.Enter, chromedp.ByQuery),
		chromedp.WaitVisible(`.tiles`, chromedp.ByQuery),
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
			draw(t, ctx, p, l, 1600, 1000, false)
		}
	}
	for _, p := range gallery {
		switch p.name {
		case "case", "case-reason-missing", "queue", "orders":
			draw(t, ctx, p, chinese, 1280, 800, false)
			draw(t, ctx, p, chinese, 1600, 1000, true)
		case "certificate", "login", "overview", "release":
			draw(t, ctx, p, chinese, 1600, 1000, true)
			draw(t, ctx, p, english, 1280, 800, false)
		}
	}
}

func draw(t *testing.T, ctx context.Context, p galleryPage, l language, width, height int, dark bool) {
	t.Helper()
	b := setup(t)
	scheme, name := "light", fmt.Sprintf("%s.%s", p.name, l)
	if dark {
		scheme, name = "dark", name+".dark"
	}
	if width != 1600 {
		name += fmt.Sprintf(".%d", width)
	}
	if p.set != nil && p.out {
		p.set(b.fake)
	}
	actions := []chromedp.Action{
		emulation.SetDeviceMetricsOverride(int64(width), int64(height), 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
		network.ClearBrowserCookies(),
		network.SetCookie(languageCookie, string(l)).WithURL(b.server.URL),
	}
	if !p.out {
		actions = append(actions, logInActions(b))
	}
	actions = append(actions, chromedp.ActionFunc(func(context.Context) error {
		if p.set != nil && !p.out {
			p.set(b.fake)
		}
		return nil
	}))
	if p.form == nil {
		actions = append(actions, chromedp.Navigate(b.server.URL+p.path))
	} else {
		actions = append(actions, submit(b, p))
	}
	var picture []byte
	actions = append(actions, look(`document.readyState === "complete" && [...document.images].every(i => i.complete || i.loading === "lazy")`),
		look(`document.fonts.status === "loaded"`), chromedp.CaptureScreenshot(&picture))
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, state(ctx))
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// submit posts a form from a page of ours.
func submit(b *bench, p galleryPage) chromedp.Action {
	var js strings.Builder
	fmt.Fprintf(&js, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = %q;`, p.path)
	for name, values := range p.form {
		for _, value := range values {
			fmt.Fprintf(&js, `{ const i = document.createElement("input"); i.name = %q; i.value = %q; f.append(i); }`, name, value)
		}
	}
	js.WriteString(`document.body.append(f); f.submit(); })()`)
	tasks := chromedp.Tasks{chromedp.Evaluate(js.String(), nil), look(`location.pathname === "` + p.path + `" && document.querySelector(".problem, .notice, .code")`)}
	if p.out {
		return append(chromedp.Tasks{chromedp.Navigate(b.server.URL + "/login")}, tasks...)
	}
	return tasks
}
