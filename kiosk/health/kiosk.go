package health

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"keyhall/backoffice/ra"
	"keyhall/printer/form"
)

// keys asks each module for its keys, and the USB for UKeys that none of them sees.
func (c *Checkup) keys(ctx context.Context) Finding {
	if len(c.cfg.Modules) == 0 {
		return Finding{Part: Keys, What: "none", State: Warn}
	}
	type answer struct {
		keys int
		err  error
	}
	answers := make([]answer, len(c.cfg.Modules))
	var wg sync.WaitGroup
	for i, m := range c.cfg.Modules {
		wg.Go(func() {
			infos, err := m.Reader.List(ctx)
			answers[i] = answer{len(infos), err}
		})
	}
	wg.Wait()
	f, seen := good(Keys), 0
	for i, a := range answers {
		seen += a.keys
		told := fmt.Sprintf("%s: %d", c.cfg.Modules[i].Name, a.keys)
		if a.err != nil {
			told = fmt.Sprintf("%s: %v", c.cfg.Modules[i].Name, a.err)
			f.What, f.State = "module", Bad
		}
		f = f.with("module", told)
	}
	if c.cfg.USB == nil {
		return f
	}
	devices, err := c.cfg.USB(ctx)
	if err != nil {
		f.Cause = err.Error()
	}
	for _, d := range devices {
		f = f.with("usb", fmt.Sprintf("%s %s (%04x:%04x), %s", d.Maker, d.Name, d.Vendor, d.Product, d.Port))
	}
	if f.State == Good && len(devices) > seen {
		f.What, f.State = "no_driver", Warn
	}
	return f
}

// officeAndClock asks the back office, whose answer brings its time, and tells of one of both.
func (c *Checkup) officeAndClock(p Part) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		if c.cfg.Office == nil || c.cfg.Time == nil {
			return Finding{Part: p, What: "none", State: Warn}
		}
		err := c.cfg.Office(ctx)
		if p == Office {
			return office(err)
		}
		return c.clock(err)
	}
}

func office(err error) Finding {
	switch {
	case err == nil:
		return good(Office)
	case ra.CodeOf(err) == ra.CodeKioskBlocked, ra.CodeOf(err) == ra.CodeKioskUnknown:
		return bad(Office, "shut_out", err)
	case ra.Away(err):
		return bad(Office, "away", err)
	}
	return bad(Office, "error", err)
}

// tolerance is how far the machine's clock may be off before certificates and papers suffer.
const tolerance = 5 * time.Minute

// clock compares with the back office's time, as its last answer or the refusal brought it.
func (c *Checkup) clock(asked error) Finding {
	if c.cfg.Time == nil {
		return Finding{Part: Clock, What: "none", State: Warn}
	}
	t, known := c.cfg.Time()
	if ra.CodeOf(asked) == ra.CodeClockWrong {
		return bad(Clock, "wrong", asked)
	}
	if !known {
		return bad(Clock, "unknown", nil).mildly()
	}
	off := c.cfg.Now().Round(0).Sub(t).Round(time.Second)
	f := good(Clock)
	if off.Abs() > tolerance {
		f = bad(Clock, "wrong", nil)
	}
	return f.with("off", off.String())
}

// Room that must be left for scans, which wait here until the back office has them.
const (
	littleRoom = 2 << 30
	noRoom     = 300 << 20
)

func (c *Checkup) disk(context.Context) Finding {
	if c.cfg.Data == "" {
		return Finding{Part: Disk, What: "none", State: Warn}
	}
	var s unix.Statfs_t
	if err := unix.Statfs(c.cfg.Data, &s); err != nil {
		return bad(Disk, "unreadable", err)
	}
	free := s.Bavail * uint64(s.Bsize)
	f := good(Disk)
	switch {
	case free < noRoom:
		f = bad(Disk, "full", nil)
	case free < littleRoom:
		f = bad(Disk, "full", nil).mildly()
	}
	return f.with("free", fmt.Sprintf("%d MB", free>>20)).with("folder", c.cfg.Data)
}

func (c *Checkup) fonts(ctx context.Context) Finding {
	out, err := exec.CommandContext(ctx, "fc-list", ":lang=zh-cn", "family").Output()
	if err != nil {
		return bad(Fonts, "missing", err)
	}
	if !strings.Contains(string(out), form.Family) {
		return bad(Fonts, "missing", nil).with("wanted", form.Family)
	}
	return good(Fonts).with("wanted", form.Family)
}

func (c *Checkup) pinyin(ctx context.Context) Finding {
	if c.cfg.Pinyin == nil {
		return bad(Pinyin, "missing", nil)
	}
	switch n, err := c.cfg.Pinyin(ctx); {
	case err != nil:
		return bad(Pinyin, "away", err)
	case n == 0:
		return bad(Pinyin, "empty", nil)
	}
	return good(Pinyin)
}
