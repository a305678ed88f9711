package visit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"keyhall/backoffice/ra"
)

// Supervisor sits before the console in a browser of their own.
type Supervisor struct {
	browser context.Context
	closers []func()
	console string
}

// Watch looks at a page in a browser without a window until the returned function is called: a kiosk that is shown as a page only draws
// while somebody does.
func Watch(ctx context.Context, url string) (leave func(), err error) {
	s, err := NewSupervisor(ctx, url, 1920, 1080)
	if err != nil {
		return nil, err
	}
	if err := s.Visit("/"); err != nil {
		s.Leave()
		return nil, err
	}
	return s.Leave, nil
}

// NewSupervisor opens a browser, without a window. The console's certificate is the sandbox's own and is not in the browser's
// list: that one warning is waved through. Leave closes it.
func NewSupervisor(ctx context.Context, console string, width, height int) (*Supervisor, error) {
	profile, err := os.MkdirTemp("", "keyhall-browser-")
	if err != nil {
		return nil, err
	}
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.WindowSize(width, height), chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	s := &Supervisor{console: strings.TrimRight(console, "/")}
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	browser, closeTab := chromedp.NewContext(allocator)
	s.browser = browser
	s.closers = []func(){closeTab, stop, func() { os.RemoveAll(profile) }}
	if err := chromedp.Do(browser); err != nil {
		s.Leave()
		return nil, fmt.Errorf("browser: %w", err)
	}
	return s, nil
}

// Leave closes the browser.
func (s *Supervisor) Leave() {
	for _, f := range s.closers {
		f()
	}
}

func (s *Supervisor) do(what string, actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(s.browser, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		again, cancel := context.WithTimeout(s.browser, 5*time.Second)
		defer cancel()
		page, _ := chromedp.Run(again, chromedp.Text(chromedp.CSS("body"))) // only to say more
		if png, err := chromedp.Run(again, chromedp.FullScreenshot(80)); err == nil {
			os.WriteFile(os.TempDir()+"/keyhall-console-failed.png", png, 0o600)
		}
		return fmt.Errorf("%s: %w; the page says: %s", what, err, strings.Join(strings.Fields(page), " "))
	}
	return nil
}

// LogIn enters the console.
func (s *Supervisor) LogIn(login, password string) error {
	return s.do("log in",
		chromedp.Navigate(s.console+"/login"),
		chromedp.SendKeys(chromedp.CSS(`input[name=login]`), login),
		chromedp.SendKeys(chromedp.CSS(`input[name=password]`), password),
		chromedp.Click(chromedp.CSS(`form[action="/login"] button`)),
		chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"], a[href="/queue"]`)))
}

// TakeNext claims the order that waits longest.
func (s *Supervisor) TakeNext() error {
	return s.do("take the next order",
		chromedp.Navigate(s.console+"/queue"),
		chromedp.Click(chromedp.CSS(`form[action="/queue/next"] button`)),
		chromedp.WaitVisible(chromedp.CSS(`#case`)))
}

// Open opens the case of an order and takes it.
func (s *Supervisor) Open(orderID string) error {
	if err := s.do("open the case", chromedp.Navigate(s.console+"/orders/"+orderID), chromedp.WaitVisible(chromedp.CSS(`#case`))); err != nil {
		return err
	}
	return s.do("take the case", chromedp.Click(chromedp.CSS(`form[action$="/claim"] button`)), chromedp.WaitVisible(chromedp.CSS(`form[action$="/unclaim"]`)))
}

// AcceptAll accepts every material of the case but the remittance slip, which finance looks at.
func (s *Supervisor) AcceptAll() error {
	ctx, cancel := context.WithTimeout(s.browser, patience)
	defer cancel()
	script := `[...document.querySelectorAll('.materials button.material')].map((m) => m.dataset.kind)`
	kinds, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err != nil {
		return fmt.Errorf("materials: %w", err)
	}
	for _, kind := range kinds {
		if kind == string(ra.MaterialRemittance) {
			continue
		}
		if err := s.Accept(kind); err != nil {
			return err
		}
	}
	return nil
}

// Accept looks at all pages of a material and accepts it.
func (s *Supervisor) Accept(material string) error {
	chosen := fmt.Sprintf(`.materials button.material[data-kind=%q]`, material)
	err := s.do("choose "+material,
		chromedp.Click(chromedp.CSS(chosen)),
		chromedp.WaitVisible(chromedp.CSS(chosen+`[aria-current=true]`)))
	if err != nil {
		return err
	}
	if err := s.lookAtPages(material); err != nil {
		return err
	}
	return s.do("accept "+material,
		chromedp.Click(chromedp.CSS(`form.verdict button[value=accepted]:not([disabled])`)),
		chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf(`.materials button.material.accepted[data-kind=%q]`, material))))
}

// lookAtPages shows every page of a material: before, none is accepted.
func (s *Supervisor) lookAtPages(material string) error {
	ctx, cancel := context.WithTimeout(s.browser, patience)
	defer cancel()
	script := fmt.Sprintf(`[...document.querySelectorAll('[data-page][data-kind=%q]')].map((p) => p.dataset.page)`, material)
	pages, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err == nil && len(pages) == 0 {
		err = errors.New("it has no pages")
	}
	if err != nil {
		return fmt.Errorf("look at the pages of %s: %w", material, err)
	}
	for _, page := range pages {
		err := s.do("look at a page of "+material,
			chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-page=%q]`, page))),
			chromedp.WaitReady(chromedp.CSS(fmt.Sprintf(`[data-scan][data-seen=%q]`, page))))
		if err != nil {
			return err
		}
	}
	return nil
}

// ConfirmPayment says that the money came.
func (s *Supervisor) ConfirmPayment(amount, reference string) error {
	return s.do("confirm the payment",
		chromedp.SendKeys(chromedp.CSS(`form.confirm input[name=amount]`), amount),
		chromedp.SendKeys(chromedp.CSS(`form.confirm input[name=reference]`), reference),
		chromedp.Click(chromedp.CSS(`form.confirm button.grow`)),
		chromedp.WaitNotPresent(chromedp.CSS(`form.confirm`)))
}

// Approve lets the keys be made.
func (s *Supervisor) Approve() error {
	return s.do("approve",
		chromedp.Click(chromedp.CSS(`form[action$="/approve"] button.main:not([disabled])`)),
		chromedp.WaitVisible(chromedp.CSS(`.outcome.approved, .outcome.done`)))
}

// Shot saves what the browser shows as PNG.
func (s *Supervisor) Shot(path string) error {
	ctx, cancel := context.WithTimeout(s.browser, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	return os.WriteFile(path, png, 0o600)
}

// Visit opens a page of the console.
func (s *Supervisor) Visit(path string) error {
	return s.do("open "+path, chromedp.Navigate(s.console+path))
}
