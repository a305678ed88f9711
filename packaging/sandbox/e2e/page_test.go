package e2e

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keyhall/packaging/sandbox/house/housetest"
)

// colours counts the different ones in the kiosk's window; a page that nothing was drawn on has one at most.
const colours = `(() => {
	const window = document.querySelector("canvas");
	if (!window) return 0;
	const pixels = window.getContext("2d").getImageData(0, 0, window.width, window.height).data;
	return new Set(new Uint32Array(pixels.buffer)).size;
})()`

// TestKioskAsAPage shows the kiosk as `make run` does without a display: its window is drawn in the browser.
func TestKioskAsAPage(t *testing.T) {
	for _, program := range []string{"broadwayd", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			housetest.Missing(t, err)
		}
	}
	h := housetest.New(t)
	must(t, h.StartKiosk(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	ctx, stop := chromedp.NewExecAllocator(ctx, append(options, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1920, 1080))...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.KioskURL())))
	for drawn := 0; drawn < 100; time.Sleep(100 * time.Millisecond) {
		var err error
		if drawn, err = chromedp.Run(ctx, chromedp.Evaluate[int](colours)); err != nil {
			t.Fatalf("only %d colours were drawn: %v", drawn, err)
		}
	}
}
