package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
)

// scanning is what the pages that scan have in common.
type scanning struct {
	sources []string
	busy    bool
	fault   *Fault
	tried   time.Time       // to hand in
	current ra.MaterialKind // what is scanned next belongs to it, unless its code says otherwise
	showing ra.MaterialKind // whose sheet is shown: the last one scanned, or the current material's
	shown   int             // index into that material's sheets, -1 for none
	// scanned, where it is set, is told that sheets came, so that the assistant moves on.
	scanned func(w *Workflow)
}

// begin loads what was scanned before and asks the scanner where it takes paper.
func (s *scanning) begin(w *Workflow) {
	v := w.visit
	s.showing, s.shown = s.current, -1
	if v.sheets == nil {
		v.sheets = &sheets{of: map[ra.MaterialKind][]sheet{}}
	}
	if !v.sheets.loaded {
		s.load(w)
	}
	w.work("", func(ctx context.Context) func() {
		sources, err := w.cfg.Scanner.Sources(ctx)
		return func() {
			s.sources = nil
			for _, x := range sources {
				s.sources = append(s.sources, string(x))
			}
			if err != nil {
				s.sources = []string{string(scanner.Flatbed)} // so that it can be tried again once it is plugged in
				s.fail(w, err)
			}
		}
	})
}

func (s *scanning) load(w *Workflow) {
	v := w.visit
	order := *v.order
	delete(v.aside, order.ID)
	kept, err := w.cfg.Journal.Pages(w.ctx, order.ID)
	if err != nil {
		s.fail(w, err)
		return
	}
	v.sheets.load(order.Papers, kept)
	s.shown = s.last(v)
}

func (s *scanning) works() bool { return s.busy }

// list are the sheets of the material that is shown.
func (s *scanning) list(v *visit) []sheet {
	if v.sheets == nil {
		return nil
	}
	return v.sheets.of[s.showing]
}

func (s *scanning) last(v *visit) int { return len(s.list(v)) - 1 }

// image is the picture of the sheet shown.
func (s *scanning) image(v *visit) []byte {
	if list := s.list(v); s.shown >= 0 && s.shown < len(list) {
		return list[s.shown].jpeg
	}
	return nil
}

func (s *scanning) fail(w *Workflow, err error) {
	if err != nil && !gone(err) {
		w.cfg.Log.Warn("not scanned", "order", w.visit.orderID(), "material", string(s.current), "error", err)
	}
	s.fault = FaultOf(err)
}

// act takes what a person does with pages; it reports whether that was it.
func (s *scanning) act(w *Workflow, a Action, most int) bool {
	v := w.visit
	switch a := a.(type) {
	case ShowPage:
		if a.Index >= 0 && a.Index <= s.last(v) {
			s.shown = a.Index
		}
	case Scan:
		if len(v.sheets.of[s.current]) >= most {
			s.fault = tooMany(most)
			return true
		}
		s.scan(w, scanner.Source(a.Source), most)
	case Retake:
		s.retake(w, scanner.Source(a.Source))
	case Turn:
		s.turn(w)
	case Drop:
		s.drop(w)
	default:
		return false
	}
	return true
}

func tooMany(most int) *Fault {
	return &Fault{Code: ra.CodeTooManyPages, Args: map[string]string{"max": strconv.Itoa(most)}}
}

// scan takes one page from the glass, or all from the feeder as far as they are wanted. Each is in the journal before it
// is shown.
func (s *scanning) scan(w *Workflow, source scanner.Source, most int) {
	v, order, turn := w.visit, w.visit.orderID(), w.turn
	in := intakeOf(v, w.projectOf(*v.order), s.current, most)
	in.newest = w.newest(*v.order)
	delete(v.handed, order)
	s.busy, s.fault = true, nil
	request := s.request(w, source, s.current)
	keep := func(ctx context.Context, p scanner.Page) error {
		kind, place, err := in.take(ctx, p)
		if err != nil {
			return err
		}
		sh, err := w.keepPage(ctx, order, kind, place, p)
		if err == nil {
			w.post(turn, func() {
				v.sheets.of[kind] = append(v.sheets.of[kind], sh)
				s.showing = kind
				s.shown = s.last(v)
			})
		}
		return err
	}
	w.work("", func(ctx context.Context) func() {
		_, err := w.cfg.Office.Recall(ctx, order) // what was handed in counts again once it is handed in again
		if err != nil {
			return func() { s.busy = false; s.fail(w, err) }
		}
		if source == scanner.Feeder {
			err = w.cfg.Scanner.ScanAll(ctx, request, func(p scanner.Page) error { return keep(ctx, p) })
		} else {
			var p scanner.Page
			if p, err = w.cfg.Scanner.Scan(ctx, request); err == nil {
				err = keep(ctx, p)
			}
		}
		return func() {
			s.busy = false
			s.came(w)
			if errors.Is(err, errEnough) {
				s.fault = tooMany(most)
				return
			}
			s.fail(w, err)
		}
	})
}

// came tells that sheets came, whatever ended the scan.
func (s *scanning) came(w *Workflow) {
	if s.scanned != nil {
		s.scanned(w)
	}
}

// request is how a page of the material in hand is scanned: in colour, for its seals, unless the catalogue says otherwise.
func (s *scanning) request(w *Workflow, source scanner.Source, kind ra.MaterialKind) scanner.Request {
	if source != scanner.Feeder {
		source = scanner.Flatbed
	}
	return scanner.Request{Source: source, DPI: w.cfg.DPI, Color: !w.visit.order.Paper(kind).Grey}
}

// keepPage checks a scan and puts it into the journal at its place: CodeScanEmpty, CodeScanTooLarge, CodeScanNotImage.
func (w *Workflow) keepPage(ctx context.Context, order string, material ra.MaterialKind, place int, p scanner.Page) (sheet, error) {
	width, height, err := scanner.CheckImage(p.JPEG)
	if err != nil {
		return sheet{}, err
	}
	if len(p.JPEG) > ra.MaxPageBytes {
		return sheet{}, ra.E(ra.CodeScanTooLarge, "max_mb", strconv.Itoa(ra.MaxPageBytes>>20))
	}
	sum := sha256.Sum256(p.JPEG)
	sh := sheet{jpeg: p.JPEG, page: ra.Page{
		ID: newID(), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(p.JPEG)), Width: width, Height: height, Place: place,
		At: w.date(),
	}}
	return sh, w.cfg.Journal.SavePage(ctx, ra.KeptPage{OrderID: order, Material: material, Page: sh.page, JPEG: p.JPEG})
}

// paper is one material of an order, in whose session its pages are changed.
type paper struct {
	session, order string
	material       ra.MaterialKind
}

// remaking makes a page anew, or none.
type remaking func(ctx context.Context, old sheet) (*scanner.Page, error)

// change works on the sheet shown: the new one, if do returns one, takes its place, and the old one is erased here and
// at the back office.
func (s *scanning) change(w *Workflow, do remaking) {
	v, at := w.visit, s.shown
	of := paper{session: v.session, order: v.orderID(), material: s.showing}
	list := s.list(v)
	if at < 0 || at >= len(list) {
		return
	}
	old := list[at]
	delete(v.handed, of.order)
	s.busy, s.fault = true, nil
	w.work("", func(ctx context.Context) func() {
		fresh, order, err := w.replacePage(ctx, of, old, do)
		return func() {
			s.busy = false
			if err != nil {
				if !w.lost(err) {
					s.fail(w, err)
				}
				return
			}
			if order != nil {
				v.setOrder(*order)
			}
			if fresh != nil {
				list[at] = *fresh
				s.came(w)
				return
			}
			v.sheets.of[of.material] = slices.Delete(list, at, at+1)
			s.shown = min(at, s.last(v))
		}
	})
}

// replacePage puts what do makes, if anything, in the place of an old page, which goes. Order is what the back office made of it.
func (w *Workflow) replacePage(ctx context.Context, of paper, old sheet, do remaking) (fresh *sheet, order *ra.Order, err error) {
	had, err := w.cfg.Office.Recall(ctx, of.order)
	if err != nil {
		return nil, nil, err
	}
	old.delivered = old.delivered || had // it may be by now
	p, err := do(ctx, old)
	if err == nil && p != nil {
		var sh sheet
		sh, err = w.keepPage(ctx, of.order, of.material, old.page.Place, *p)
		fresh = &sh
	}
	if err == nil {
		order, err = w.erasePage(ctx, of, old)
	}
	if err != nil && fresh != nil { // the old one stays, so the new one must not
		err = errors.Join(err, w.cfg.Journal.ErasePage(w.ctx, fresh.page.ID))
	}
	return fresh, order, err
}

// erasePage erases a page here, and at the back office what was delivered to it.
func (w *Workflow) erasePage(ctx context.Context, of paper, old sheet) (order *ra.Order, err error) {
	if old.delivered {
		o, err := w.cfg.Office.RemovePage(ctx, of.session, of.order, of.material, old.page.ID)
		if err != nil {
			return nil, err
		}
		order = &o
	}
	return order, w.cfg.Journal.ErasePage(ctx, old.page.ID)
}

func (s *scanning) turn(w *Workflow) {
	s.change(w, func(_ context.Context, old sheet) (*scanner.Page, error) {
		p, err := scanner.Rotate(scanner.Page{JPEG: old.jpeg, DPI: scanner.DefaultDPI}, 1)
		return &p, err
	})
}

func (s *scanning) retake(w *Workflow, source scanner.Source) {
	request := s.request(w, source, s.showing)
	s.change(w, func(ctx context.Context, _ sheet) (*scanner.Page, error) {
		p, err := w.cfg.Scanner.Scan(ctx, request)
		return &p, err
	})
}

func (s *scanning) drop(w *Workflow) {
	s.change(w, func(context.Context, sheet) (*scanner.Page, error) { return nil, nil })
}
