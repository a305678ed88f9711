package workflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image/color"
	"slices"
	"sync/atomic"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/device/scanner/scannertest"
)

// TestPagesKeepTheirOrder: pages stand at the back office as on the screen, whatever was taken anew, turned, removed or added
// between, whether the line held or broke amid the pages and the rest was delivered after the customer had left, and after a return.
func TestPagesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	for _, interrupted := range []bool{false, true} {
		t.Run(map[bool]string{false: "straight", true: "interrupted"}[interrupted], func(t *testing.T) {
			t.Parallel()
			h, d := realHall(t, 0)
			away := breaksAmidPages(d, interrupted)
			t.Cleanup(h.stop)
			r := d.Registration(t)
			if _, err := d.Register(t.Context(), "", r); err != nil {
				t.Fatal(err)
			}
			fillIn(h, r)
			h.do(Go{})
			see[PrintPage](h, nil)
			h.do(Skip{})
			see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
			for kind, most := range map[ra.MaterialKind]int{ra.MaterialLicence: 2, ra.MaterialIdentity: 2, ra.MaterialForm: 3} {
				for n := range most {
					h.changes(kind, n+1, Scan{"flatbed"})
				}
			}
			h.changes(ra.MaterialLicence, 2, ShowPage{0}, Retake{"flatbed"})
			h.changes(ra.MaterialIdentity, 2, ShowPage{0}, Turn{})
			h.changes(ra.MaterialForm, 2, ShowPage{1}, Drop{})
			h.changes(ra.MaterialForm, 3, Scan{"flatbed"})
			h.changes(ra.MaterialForm, 3, ShowPage{0}, Retake{"flatbed"})
			h.changes(ra.MaterialForm, 2, ShowPage{2}, Drop{})
			if interrupted {
				h.do(Go{})
				see(h, func(p ScanPage) bool { return isKept(p.Fault, keptPapers) && !p.Busy })
				h.changes(ra.MaterialLicence, 2, ShowPage{0}, Retake{"flatbed"})
				h.changes(ra.MaterialForm, 2, ShowPage{0}, Retake{"flatbed"})
			}
			want := h.pictures(ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialForm)
			h.do(Go{})
			if interrupted {
				see(h, func(p ScanPage) bool { return isKept(p.Fault, keptPapers) && !p.Busy })
				h.do(Home{})
				see[HomePage](h, nil)
				h.stop()
				away.Store(false)
				h.restart()
			} else {
				see[PayPage](h, nil)
				h.do(Later{})
			}
			order := d.handedIn(t)
			samePages(t, "handed in", order, want)

			order = d.returnsForm(t, order)
			if interrupted {
				h.reopens(r, order.ID)
			} else {
				see(h, func(p WaitPage) bool { return p.Mend && p.Order.State == "sent_back" })
				h.do(Go{})
			}
			see(h, func(p ScanPage) bool { return p.Materials[p.Current].Kind == ra.MaterialForm && len(p.Sources) == 2 })
			h.changes(ra.MaterialForm, 2, ShowPage{0}, Retake{"flatbed"})
			h.changes(ra.MaterialForm, 3, Scan{"flatbed"})
			shown := h.pictures(ra.MaterialForm)[ra.MaterialForm]
			want[ra.MaterialForm] = []string{shown[0], want[ra.MaterialForm][1], shown[2]} // the second one may be another visit's
			h.stop()
			h.restart()
			h.reopens(r, order.ID)
			see(h, func(p ScanPage) bool { return len(p.Sources) == 2 && p.Ready })
			h.do(Go{})
			samePages(t, "after the return", d.handedIn(t), want)
			h.end()
			d.Sound(t)
		})
	}
}

// breaksAmidPages breaks the line after the third page, until it is told that it holds again.
func breaksAmidPages(d *direct, breaks bool) (away *atomic.Bool) {
	away = &atomic.Bool{}
	away.Store(breaks)
	var pages atomic.Int32
	d.lose = func(called string, after bool) error {
		if called == "AddPage" && !after {
			pages.Add(1)
		}
		brings := slices.Contains([]string{"AddPage", "MandatePage", "Submit", "MandateSubmit"}, called)
		if away.Load() && brings && pages.Load() > 3 {
			return errLine
		}
		return nil
	}
	return away
}

// reopens logs in and goes on with the only order.
func (h *hall) reopens(r ra.Registration, id string) {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
}

// changes does something to a material, with another paper on the glass, until it has so many pages.
func (h *hall) changes(kind ra.MaterialKind, pages int, actions ...Action) {
	h.t.Helper()
	h.do(ChooseMaterial{kind})
	before := see(h, func(p ScanPage) bool { return p.Materials[p.Current].Kind == kind && !p.Busy })
	had := before.Materials[before.Current].Pages
	h.paper += 3
	h.scanner.Lay(scannertest.Sheet(40, 60+h.paper, color.White))
	for _, a := range actions {
		h.do(a)
		if show, ok := a.(ShowPage); ok {
			before = see(h, func(p ScanPage) bool { return p.Shown == show.Index })
		}
	}
	see(h, func(p ScanPage) bool {
		return !p.Busy && p.Materials[p.Showing].Kind == kind && p.Materials[p.Showing].Pages == pages && (had != pages || !bytes.Equal(p.Image, before.Image))
	})
}

// pictures are the hashes of what the screen shows, page by page.
func (h *hall) pictures(kinds ...ra.MaterialKind) map[ra.MaterialKind][]string {
	h.t.Helper()
	all := map[ra.MaterialKind][]string{}
	for _, kind := range kinds {
		h.do(ChooseMaterial{kind})
		p := see(h, func(p ScanPage) bool { return p.Materials[p.Current].Kind == kind })
		for i := range p.Materials[p.Current].Pages {
			h.do(ShowPage{i})
			sum := sha256.Sum256(see(h, func(p ScanPage) bool { return p.Shown == i }).Image)
			all[kind] = append(all[kind], hex.EncodeToString(sum[:]))
		}
	}
	return all
}

func samePages(t *testing.T, when string, o ra.Order, want map[ra.MaterialKind][]string) {
	t.Helper()
	for kind, want := range want {
		var got []string
		for _, p := range o.Paper(kind).Pages {
			got = append(got, p.SHA256)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: pages of %s at the back office %v, on the screen %v", when, kind, got, want)
		}
	}
}

// handedIn waits until the only order's papers are.
func (d *direct) handedIn(t *testing.T) (order ra.Order) {
	t.Helper()
	eventually(t, "handed in", func() bool {
		all, err := d.SearchOrders(t.Context(), d.Supervisor, book.OrderQuery{})
		if err != nil || len(all) != 1 {
			return false
		}
		order = d.newest(t, all[0].ID)
		return order.Materials == ra.MaterialsSubmitted
	})
	return order
}

// returnsForm accepts all papers but the form, which is sent back.
func (d *direct) returnsForm(t *testing.T, order ra.Order) ra.Order {
	t.Helper()
	var err error
	d.Seen(t, d.Supervisor, order)
	for _, m := range order.Papers {
		verdict, reasons := ra.VerdictAccepted, []ra.Reason(nil)
		if m.Kind == ra.MaterialRemittance {
			continue
		}
		if m.Kind == ra.MaterialForm {
			verdict, reasons = ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonNoSeal}}
		}
		if order, err = d.Judge(t.Context(), d.Supervisor, order.ID, m.Kind, verdict, reasons, order.Version); err != nil {
			t.Fatal(err)
		}
	}
	if order, err = d.Return(t.Context(), d.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	return order
}
