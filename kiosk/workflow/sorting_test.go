package workflow

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"testing"

	"github.com/skip2/go-qrcode"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	papers "keyhall/printer/form"
)

// coded is the scan of a page with a code in its upper right corner; turned lays it upside down.
func coded(t *testing.T, content string, turned bool) scanner.Page {
	t.Helper()
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	const width, height, side = 600, 848, 96
	page := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(page, image.Rect(width-side-30, 20, width-30, 20+side), code.Image(side), image.Point{}, draw.Src)
	if turned {
		for i, j := 0, len(page.Pix)-1; i < j; i, j = i+1, j-1 {
			page.Pix[i], page.Pix[j] = page.Pix[j], page.Pix[i]
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, page, nil); err != nil {
		t.Fatal(err)
	}
	return scanner.Page{JPEG: b.Bytes()}
}

// TestPageGoesToTheMaterialOfItsCode, and what belongs to no order's materials is refused with words.
func TestPageGoesToTheMaterialOfItsCode(t *testing.T) {
	t.Parallel()
	number, other := ra.OrderNumber("XH03", 127), ra.OrderNumber("XH03", 128)
	now := ra.Order{Number: number, Applicant: ra.Applicant{Organisation: ra.Organisation{Name: "甲公司"}}}
	before, elsewhere, edition := now, now, codeOf(now)
	before.Applicant.Organisation.Name = "乙公司"
	elsewhere.Number = other
	edition.Edition++
	order := func(form ra.Verdict) *visit {
		v := newVisit(nil)
		v.order = &ra.Order{Number: number, Applicant: now.Applicant, Papers: []ra.Material{{Kind: ra.MaterialLicence, MaxPages: 2}, {Kind: ra.MaterialForm, MaxPages: 1, Verdict: form}}}
		v.sheets = &sheets{of: map[ra.MaterialKind][]sheet{}}
		return v
	}
	for name, c := range map[string]struct {
		content string
		turned  bool
		verdict ra.Verdict
		want    ra.MaterialKind
		code    ra.Code
	}{
		"the form":                {content: codeOf(now).String(), want: ra.MaterialForm},
		"the form, upside down":   {content: codeOf(now).String(), turned: true, want: ra.MaterialForm},
		"accepted already":        {content: codeOf(now).String(), verdict: ra.VerdictAccepted, want: ra.MaterialLicence},
		"a licence's own code":    {content: "http://zzgs.example.cn/xcx/?id=123", want: ra.MaterialLicence},
		"older data":              {content: codeOf(before).String(), code: ra.CodePaperOld},
		"another edition":         {content: edition.String(), code: ra.CodePaperVersion},
		"of no data":              {content: papers.Code{Paper: papers.PaperRegistration, Number: number}.String(), code: ra.CodePaperVersion},
		"another order's form":    {content: codeOf(elsewhere).String(), code: ra.CodePaperOther},
		"another hall's form":     {content: papers.Code{Paper: papers.PaperRegistration, Number: ra.OrderNumber("NB07", 9)}.String(), code: ra.CodePaperOther},
		"a number of nobody's":    {content: "KH2:FORM:XH03-000127-0:1:AAAAAAAAAAAAA", code: ra.CodePaperUnread},
		"with more in it":         {content: codeOf(now).String() + "' OR 1=1", code: ra.CodePaperUnread},
		"a paper that nobody has": {content: papers.Code{Paper: "NOBODYS", Number: number}.String(), code: ra.CodePaperOther},
		"the slip":                {content: papers.Code{Paper: papers.PaperSlip, Number: number}.String(), code: ra.CodePaperOther},
		"the account":             {content: papers.Code{Paper: papers.PaperTransfer, Number: number}.String(), code: ra.CodePaperOther},
	} {
		got, _, err := intakeOf(order(c.verdict), ra.Project{}, ra.MaterialLicence, 2).take(t.Context(), coded(t, c.content, c.turned))
		if got != c.want || ra.CodeOf(err) != c.code {
			t.Errorf("%s: got %q, %v, want %q, %q", name, got, err, c.want, c.code)
		}
	}
	s := intakeOf(order(ra.VerdictNone), ra.Project{}, ra.MaterialLicence, 2)
	for n, want := range []error{nil, errEnough} {
		if _, _, err := s.take(t.Context(), coded(t, codeOf(now).String(), false)); err != want {
			t.Errorf("form %d: got %v, want %v", n+1, err, want)
		}
	}
	if kind, place, err := s.take(t.Context(), blankSheet()); kind != ra.MaterialLicence || place != 1 || err != nil {
		t.Errorf("got %q, %d, %v, want the licence's first page", kind, place, err)
	}
}

// TestScanningMovesOn: what is complete is left for what is not, the side that comes next is told, and the last page stays in view
// to be turned.
func TestScanningMovesOn(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.client.set(func() {
		o := h.client.orders[id]
		o.Papers = append([]ra.Material{o.Papers[0], {Kind: ra.MaterialIdentity, MinPages: 2, MaxPages: 4}}, o.Papers[1:]...)
	})
	h.toScan(id)
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 && p.Current == 0 && p.Side == "" && p.Form })
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool {
		return !p.Busy && p.Current == 1 && p.Side == SideFront && p.Showing == 0 && p.Image != nil
	})
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Current == 1 && p.Side == SideBack && p.Showing == 1 })
	h.do(Scan{"flatbed"})
	moved := see(h, func(p ScanPage) bool { return !p.Busy && p.Current == 2 && p.Showing == 1 && p.Shown == 1 })
	h.do(Turn{})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Showing == 1 && !bytes.Equal(p.Image, moved.Image) })
	h.do(Drop{})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Materials[1].Pages == 1 })
	h.do(ChooseMaterial{ra.MaterialForm}, Scan{"flatbed"})
	see(h, func(p ScanPage) bool {
		return !p.Busy && p.Materials[2].Pages == 1 && p.Current == 1 && p.Side == SideBack && !p.Ready
	})
	h.scanner.Lay(coded(t, papers.Code{Paper: papers.PaperRegistration, Number: ra.OrderNumber("XH03", 9)}.String(), false))
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool {
		return !p.Busy && isFault(p.Fault, ra.CodePaperOther) && p.Fault.Args["number"] == ra.OrderNumber("XH03", 9) && p.Materials[1].Pages == 1
	})
	h.end()
}

// TestFormIsPrintedFromTheScanner: an order found in the list leads to scanning, its paper is there; who lacks it prints it.
func TestFormIsPrintedFromTheScanner(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toScan(h.order(1, ra.OrderOpen))
	for _, back := range []Action{Skip{}, Go{}} {
		h.do(Reprint{})
		see(h, func(p PrintPage) bool { return p.State == PrintReady && p.Preview != nil })
		if _, printed := back.(Go); printed {
			h.do(Print{})
			see(h, func(p PrintPage) bool { return p.State == PrintDone })
		}
		h.do(back)
		see[ScanPage](h, nil)
	}
	h.do(Back{})
	see[PrintPage](h, nil)
	h.end()
}

// codeOf is the code of an order's registration form.
func codeOf(o ra.Order) papers.Code { return papers.CodeOf(papers.PaperRegistration, ra.Project{}, o) }
