package form_test

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/printer/form"
)

// on is an order of a kind and reason on n certificates, with all the papers that one may want.
func on(k ra.Kind, r ra.ServiceReason, n int) ra.Order {
	o := order()
	o.Kind, o.Reason, o.AmountFen, o.Lines = k, r, 0, nil
	o.Papers = []ra.Material{{Kind: ra.MaterialLicence}, {Kind: ra.MaterialRiskNotice}, {Kind: ra.MaterialForm}}
	for i := range n {
		o.Units = append(o.Units, ra.Unit{Index: i + 1, TermMonths: 12, Target: &ra.UnitTarget{
			SerialNumber: fmt.Sprintf("4e1f0a9b2c3d4e5f60718293a4b5c6%02x", i), Key: ra.KeyIdentity{Serial: fmt.Sprintf("7F03A1%02d9021", i)},
			NotAfter: time.Date(2026, 4, 30, 2, 0, 0, 0, time.UTC)}})
	}
	return o
}

// renamed is a change of everything that there is.
func renamed(n int) ra.Order {
	o := on(ra.KindChange, ra.ReasonName, n)
	was := o.Applicant
	o.Former, o.Files = &was, ra.FilesSome
	o.Applicant.Organisation.Name = strings.Repeat("杭州更名示例科技", 5) + "有限公司"
	o.Applicant.Organisation.CreditCode = "91330106MA2B1X2C47"
	o.Changes = was.Changes(o.Applicant)
	return o
}

func noticed() ra.Project {
	p := project()
	for _, rule := range ra.ServiceRules() {
		p.Notices = append(p.Notices, ra.Notice{Kind: rule.Kind, Reason: rule.Reason, Version: 3, Title: ra.Text{ZH: "证书业务风险告知函"},
			Body: ra.Text{ZH: strings.Repeat("一、用原证书加密的文件，请在办理前先行解密并另存；原密钥一旦被删除，这些文件将永久无法打开。\n\n", 5)}})
	}
	return p
}

// drawn are papers of all kinds, short and long, by the names of their files.
func drawn() map[string]struct {
	paper form.Paper
	order ra.Order
} {
	type drawing = struct {
		paper form.Paper
		order ra.Order
	}
	all := map[string]drawing{"registration-new": {form.PaperRegistration, order()}, "registration-fullest": {form.PaperRegistration, fullest()}}
	for _, n := range []int{1, 10} {
		change := renamed(n)
		extend := on(ra.KindExtend, ra.ReasonNone, n)
		extend.Files, extend.AmountFen = ra.FilesNone, 20000
		extend.Lines = []ra.Line{{Name: ra.Text{ZH: "延期 1 年"}, Quantity: n, PriceFen: 20000, TermMonths: 12}}
		for name, d := range map[string]drawing{
			"registration-extend": {form.PaperRegistration, extend}, "registration-change": {form.PaperRegistration, change},
			"registration-renew": {form.PaperRegistration, on(ra.KindRenew, ra.ReasonNone, n)}, "registration-lost": {form.PaperRegistration, on(ra.KindReissue, ra.ReasonLost, n)},
			"unlock": {form.PaperUnlock, on(ra.KindUnlock, ra.ReasonNone, n)}, "notice-extend": {form.PaperNotice, extend}, "notice-change": {form.PaperNotice, change},
		} {
			all[fmt.Sprintf("%s-%d", name, n)] = d
		}
	}
	return all
}

// A scan of any page of any paper tells which order it belongs to and of which data it is.
func TestCodeIsRead(t *testing.T) {
	t.Parallel()
	needs(t, "pdftoppm", "pdfinfo")
	for name, d := range drawn() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdf, err := form.Draw(d.paper, noticed(), d.order, member())
			if err != nil {
				t.Fatal(err)
			}
			file, want := save(t, name, pdf), form.CodeOf(d.paper, noticed(), d.order)
			for _, page := range []string{"1", pages(t, file)} {
				picture, _, err := image.Decode(bytes.NewReader(run(t, "pdftoppm", "-png", "-r", "150", "-f", page, "-singlefile", file)))
				if err != nil {
					t.Fatal(err)
				}
				for turns := range 4 { // a page may lie on the glass any way round
					if code, found := form.Read(picture); code != want || !found {
						t.Errorf("page %s, turned %d times: got %v, %v, want %v", page, turns, code, found, want)
					}
					picture = turned(picture)
				}
			}
		})
	}
	if _, found := form.Read(image.NewGray(image.Rect(0, 0, 40, 60))); found {
		t.Error("an empty page has a code")
	}
}

// Each paper says what it is about, and nothing that means nothing for its kind.
func TestPaperOfEachService(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	papers := drawn()
	for name, c := range map[string]struct {
		wants, lacks []string
		pages        string
	}{
		"registration-new":       {[]string{"领取方式", "发票"}, []string{"所涉证书", "变更内容", "办理原因"}, "1"},
		"registration-extend-1":  {[]string{"7F03A1009021", "4E1F0A9B", "2026-04-30", "2027-04-30（延长1年）", "没有尚未解密", "发票"}, []string{"领取方式", "变更内容"}, "1"},
		"registration-extend-10": {[]string{"7F03A1099021", "单位公章", "第2页"}, nil, "2"},
		"registration-change-1":  {[]string{"变更前（旧）", "变更后（新）", "杭州示例科技有限公司", "91330106MA2B1X2C47", "变更单位名称或代码", "不变", "仍有用原证书加密"}, []string{"领取方式", "发票", "合计", "零元"}, "2"},
		"registration-renew-1":   {[]string{"另续1年，延期时计入"}, []string{"领取方式", "发票", "合计", "零元"}, "1"},
		"registration-lost-1":    {[]string{"遗失，补办", "领取方式"}, []string{"发票抬头", "合计"}, "1"},
		"unlock-1":               {[]string{"UKey解锁申请表", "7F03A1009021", "设定新密码", "短信发送到经办人手机13800000000", "单位公章"}, []string{"发票", "领取方式", "合计"}, "1"},
		"notice-extend-1":        {[]string{"证书业务风险告知函", "第3版", "停止使用", "用原证书加密的文件", "单位公章", "已逐条阅读"}, nil, "1"},
		"notice-change-1":        {[]string{"杭州示例科技有限公司", "吊销，不能恢复"}, []string{"更名示例"}, "1"},
		"notice-change-10":       {[]string{"7F03A1099021", "单位公章"}, nil, "1"},
	} {
		d := papers[name]
		pdf, err := form.Draw(d.paper, noticed(), d.order, member())
		if err != nil {
			t.Fatal(err)
		}
		file := save(t, name, pdf)
		text := words(t, file)
		t.Run(name, func(t *testing.T) {
			wants(t, text, c.wants...)
			wants(t, text, d.order.Number)
			for _, no := range c.lacks {
				if strings.Contains(text, no) {
					t.Errorf("it says %q:\n%s", no, text)
				}
			}
			if got := pages(t, file); got != c.pages {
				t.Errorf("got %s pages, want %s", got, c.pages)
			}
		})
	}
	if _, err := form.Draw(form.PaperSlip, project(), order(), member()); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("a receipt as a sealed paper: %v, want CodeNotFound", err)
	}
}

// What an order wants sealed follows from its materials, and a material's paper from the kind.
func TestSealed(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ra.Kind][]form.Paper{
		ra.KindNew: {form.PaperNotice, form.PaperRegistration}, ra.KindExtend: {form.PaperNotice, form.PaperRegistration},
		ra.KindUnlock: {form.PaperNotice, form.PaperUnlock},
	} {
		if got := form.Sealed(on(kind, ra.ReasonNone, 1)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
	if got := form.Sealed(order()); got != nil {
		t.Errorf("no materials: got %q", got)
	}
	for _, m := range ra.MaterialKinds() {
		if paper := form.For(ra.KindExtend, m); paper != "" && paper.Material() != m {
			t.Errorf("the paper of %s is of %s", m, paper.Material())
		}
	}
}

// A paper counts for the order it was printed of, a notice for any that says the same; what is refused is told why.
func TestAccept(t *testing.T) {
	t.Parallel()
	o := on(ra.KindExtend, ra.ReasonNone, 2)
	older := noticed()
	older.Notices = slices.Clone(older.Notices)
	for i := range older.Notices {
		older.Notices[i].Version = 2
	}
	reworded := noticed()
	reworded.Notices = slices.Clone(reworded.Notices)
	for i := range reworded.Notices {
		reworded.Notices[i].Body.ZH = "别的话。"
	}
	other := on(ra.KindExtend, ra.ReasonNone, 2)
	other.Number, other.CreatedAt = ra.OrderNumber("XH03", 128), o.CreatedAt.AddDate(0, 0, 1)
	longer := on(ra.KindExtend, ra.ReasonNone, 2)
	longer.Units[1].Target.NotAfter = longer.Units[1].Target.NotAfter.AddDate(1, 0, 0)
	elsewhere := longer
	elsewhere.Number = other.Number
	edition := form.CodeOf(form.PaperRegistration, noticed(), o)
	edition.Edition--
	unlock := on(ra.KindUnlock, ra.ReasonNone, 2)
	for name, c := range map[string]struct {
		code form.Code
		want ra.MaterialKind
		err  ra.Code
	}{
		"the form":                           {form.CodeOf(form.PaperRegistration, noticed(), o), ra.MaterialForm, ""},
		"the notice":                         {form.CodeOf(form.PaperNotice, noticed(), o), ra.MaterialRiskNotice, ""},
		"the notice of an earlier order":     {form.CodeOf(form.PaperNotice, noticed(), other), ra.MaterialRiskNotice, ""},
		"the form of another order":          {form.CodeOf(form.PaperRegistration, noticed(), other), "", ra.CodePaperOther},
		"a form of other data":               {form.CodeOf(form.PaperRegistration, noticed(), longer), "", ra.CodePaperOld},
		"a form of before":                   {edition, "", ra.CodePaperVersion},
		"a notice of an older version":       {form.CodeOf(form.PaperNotice, older, o), "", ra.CodePaperVersion},
		"a notice of other words":            {form.CodeOf(form.PaperNotice, reworded, o), "", ra.CodePaperOld},
		"a notice of other data":             {form.CodeOf(form.PaperNotice, noticed(), longer), "", ra.CodePaperOld},
		"another order's, of other data":     {form.CodeOf(form.PaperNotice, noticed(), elsewhere), "", ra.CodePaperOther},
		"an unlock form":                     {form.CodeOf(form.PaperUnlock, noticed(), unlock), "", ra.CodePaperOther},
		"the receipt":                        {form.Code{Paper: form.PaperSlip, Number: o.Number}, "", ra.CodePaperOther},
		"no number":                          {form.Code{Paper: form.PaperRegistration, Number: "XH03-000127-9"}, "", ra.CodePaperUnread},
		"what could not be read, of nothing": {form.Code{}, "", ra.CodePaperUnread},
	} {
		if got, err := form.Accept(c.code, noticed(), o); got != c.want || ra.CodeOf(err) != c.err {
			t.Errorf("%s: got %q, %v, want %q, %q", name, got, err, c.want, c.err)
		}
	}
	if got, err := form.Accept(form.CodeOf(form.PaperUnlock, noticed(), unlock), noticed(), unlock); got != ra.MaterialForm || err != nil {
		t.Errorf("the unlock form: got %q, %v", got, err)
	}
}

// The receipt of each service says what was done to which key.
func TestReceiptOfEachService(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	at := time.Date(2026, 3, 3, 2, 10, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		kind  ra.Kind
		wants []string
	}{
		"extend":  {ra.KindExtend, []string{"数字证书延期回执", "原有效期至", "2026-04-30", "2027-03-03", "4E1F0A9B2C3D", "密码没有改变", "请勿删除"}},
		"change":  {ra.KindChange, []string{"数字证书变更回执", "2026-04-30", "2027-03-03", "密码没有改变"}},
		"reissue": {ra.KindReissue, []string{"数字证书补办回执", "原证书序列号", "C600", "2027-03-03", "密码由您本人设定"}},
		"unlock":  {ra.KindUnlock, []string{"UKey解锁回执", "已设定新密码", "2026-04-30", "原密码已作废"}},
		"renew":   {ra.KindRenew, []string{"数字证书续期回执", "1年", "办理延期"}},
	} {
		o := on(c.kind, ra.ReasonNone, 2)
		all := keys(2)
		for i := range all {
			all[i].Target, all[i].TermMonths = o.Units[i].Target, 12
			if c.kind == ra.KindUnlock || c.kind == ra.KindRenew {
				all[i].Certificate = ra.Certificate{}
			}
		}
		pdf, err := form.Slip(project(), o, all, at)
		if err != nil {
			t.Fatal(err)
		}
		file := save(t, "receipt-"+name, pdf)
		text := words(t, file)
		wants(t, text, append(c.wants, all[0].Serial, all[1].Serial, "李*", "2026-03-03 10:10", o.Number)...)
		if got := pages(t, file); got != "1" {
			t.Errorf("%s: got %s pages, want 1", name, got)
		}
		if strings.Contains(text, "—") {
			t.Errorf("%s: something is missing:\n%s", name, text)
		}
	}
}

// Every material has a picture of a good one.
func TestSample(t *testing.T) {
	t.Parallel()
	for _, m := range ra.MaterialKinds() {
		for _, k := range []ra.Kind{ra.KindNew, ra.KindExtend, ra.KindUnlock} {
			png, err := form.Sample(k, m)
			if err != nil {
				t.Fatal(err)
			}
			keep(t, "sample-"+string(m)+"-"+string(k), png)
			picture, _, err := image.Decode(bytes.NewReader(png))
			if err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			if size := picture.Bounds().Size(); size.Y < 500 || size.Y > 1000 || size.X < 500 {
				t.Errorf("%s: %v", m, size)
			}
		}
	}
	if _, err := form.Sample(ra.KindNew, "passport"); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("what is no material: %v, want CodeNotFound", err)
	}
}

// keep keeps a picture for a person to look at, with KEYHALL_PICTURES=DIR.
func keep(t *testing.T, name string, png []byte) {
	t.Helper()
	if dir := os.Getenv("KEYHALL_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
