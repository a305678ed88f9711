package document_test

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/document"
)

func painter(t *testing.T) *document.Painter {
	t.Helper()
	p, err := document.NewPainter("")
	if errors.Is(err, document.ErrNoFont) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDataIsAccepted(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		c := document.NewCompany(seed)
		checks := map[string]error{
			"credit code": ra.CheckCreditCode(c.CreditCode),
			"legal":       ra.CheckIDNumber(c.Legal.IDNumber),
			"handler":     ra.CheckIDNumber(c.Handler.IDNumber),
			"mobile":      ra.CheckMobile(c.Handler.Mobile),
			"phone":       ra.CheckPhone(c.Phone),
			"account":     ra.CheckBankAccount(c.Account),
			"name":        ra.CheckName(c.Name),
		}
		for what, err := range checks {
			if err != nil {
				t.Errorf("seed %d, %s: %v in %+v", seed, what, err, c)
			}
		}
	}
	first, again, other := document.NewCompany(7), document.NewCompany(7), document.NewCompany(8)
	if first != again || first == other {
		t.Error("a seed must give one company, and another one another")
	}
}

// With KEYHALL_PICTURES=DIR the papers are kept there to be looked at.
func TestPapers(t *testing.T) {
	t.Parallel()
	p, c := painter(t), document.NewCompany(1)
	at := time.Date(2026, 3, 2, 9, 30, 12, 0, time.UTC)
	blank := image.NewRGBA(image.Rect(0, 0, 1654, 2339))
	for i := range blank.Pix {
		blank.Pix[i] = 0xFF
	}
	papers := map[string]struct {
		page          image.Image
		width, height int
	}{
		"licence":        {p.Licence(c), 2339, 1654},
		"identity-front": {p.IdentityFront(c.Handler), 1200, 827},
		"identity-back":  {p.IdentityBack(c.Handler), 1200, 827},
		"stamped":        {p.Stamp(blank, c, 0.75, 0.8), 1654, 2339},
		"change": {p.ChangeNotice(c, []document.Change{{Item: "名称", Before: c.Name, After: "杭州示例信息技术集团有限公司"},
			{Item: "法定代表人", Before: c.Legal.Name, After: c.Handler.Name}}, at), 1654, 2339},
		"remittance": {p.Remittance(c, document.Payee{Holder: "示例电子印章中心有限公司", Bank: "示例银行杭州分行", Number: "330100000012345678"}, 60000, "XH03-000127-8", at), 1654, 827},
	}
	for name, paper := range papers {
		if got := paper.page.Bounds().Size(); got != image.Pt(paper.width, paper.height) {
			t.Errorf("%s: got %v, want %d × %d", name, got, paper.width, paper.height)
		}
		file, err := document.PNG(paper.page)
		if err != nil {
			t.Fatal(err)
		}
		if len(file) < 20_000 {
			t.Errorf("%s: only %d bytes: is anything drawn?", name, len(file))
		}
		if dir := os.Getenv("KEYHALL_PICTURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".png"), file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
