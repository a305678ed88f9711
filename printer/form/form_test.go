package form_test

import (
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/printer/form"
)

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed (poppler-utils)", p)
		}
		t.Skipf("%s is not installed (poppler-utils)", p)
	}
}

func project() ra.Project {
	return ra.Project{
		ID:   "seal",
		Name: ra.Text{ZH: "示例电子印章中心", EN: "Example E-Seal Centre"},
		Contact: ra.Contact{
			Hours: ra.Text{ZH: "周一至周五 9:00-17:00"}, Web: "https://seal.example.cn", Phone: "0571-88880000", Chat: "seal-example",
			Address: ra.Text{ZH: "杭州市西湖区示例路 3 号政务服务中心二楼"},
		},
		Agreements: []ra.Agreement{
			{ID: "service", Version: 3, Title: ra.Text{ZH: "数字证书服务协议"}},
			{ID: "privacy", Version: 2, Title: ra.Text{ZH: "个人信息处理规则"}},
		},
	}
}

func order() ra.Order {
	return ra.Order{
		Number: ra.OrderNumber("XH03", 127), Kind: ra.KindNew,
		Applicant: ra.Applicant{
			Organisation: ra.Organisation{Name: "杭州示例科技有限公司", CreditCode: "91330106MA2B1X2C39", Address: "浙江省杭州市西湖区示例路 3 号 2 幢 501 室"},
			Legal:        ra.Person{Name: "张三", IDNumber: "110101199003071233"},
			Handler:      ra.Person{Name: "李四", IDNumber: "310115198512310045", Mobile: "13800000000"},
		},
		Lines: []ra.Line{
			{Name: ra.Text{ZH: "机构数字证书（投标专用）"}, Quantity: 3, PriceFen: 20000, TermMonths: 12},
			{Name: ra.Text{ZH: "UKey 介质"}, Quantity: 3, PriceFen: 5000},
		},
		AmountFen: 75000,
		Invoice:   ra.Invoice{Kind: ra.InvoiceOrdinary, Title: "杭州示例科技有限公司", TaxNumber: "91330106MA2B1X2C39"},
		Delivery:  ra.Delivery{Kind: ra.DeliveryCounter},
		CreatedAt: time.Date(2026, 3, 2, 18, 30, 0, 0, time.UTC), // already the third in the hall
	}
}

func member() ra.Membership {
	at := time.Date(2026, 3, 2, 6, 21, 0, 0, time.UTC)
	return ra.Membership{Agreed: []ra.Agreed{{AgreementID: "service", Version: 3, At: at}, {AgreementID: "privacy", Version: 2, At: at}}}
}

// fullest is an order in which everything is long.
func fullest() ra.Order {
	o := order()
	o.Kind, o.Reason = ra.KindReissue, ra.ReasonLost
	o.Applicant.Organisation.Name = strings.Repeat("浙江省杭州市西湖区示例电子商务与信息技术", 3) + "股份有限公司"
	o.Applicant.Organisation.Address = strings.Repeat("浙江省杭州市西湖区示例路三号", 3)
	o.Applicant.Handler.Email = "a.very.long.address.of.the.handler@subsidiary.example-company.com.cn"
	o.Invoice = ra.Invoice{
		Kind: ra.InvoiceSpecial, Title: o.Applicant.Organisation.Name, TaxNumber: "91330106MA2B1X2C39",
		Address: o.Applicant.Organisation.Address, Phone: "0571-88880000", Bank: "示例银行股份有限公司杭州西湖区文三路支行", Account: "330100000012345678",
	}
	o.Delivery = ra.Delivery{Kind: ra.DeliveryPrepaid, Name: "李四", Phone: "13800000000", Address: o.Applicant.Organisation.Address}
	for range 4 {
		o.Lines = append(o.Lines, ra.Line{Name: ra.Text{ZH: "机构数字证书（招标代理、投标、开标多用途，含电子印章）"}, Quantity: 2, PriceFen: 123456, TermMonths: 18})
		o.AmountFen += 2 * 123456
	}
	return o
}

func keys(n int) []form.Key {
	var keys []form.Key
	for i := range n {
		keys = append(keys, form.Key{
			Number: i + 1, Model: ra.Text{ZH: "飞天 ePass2003"}, Serial: "7F03A1" + string(rune('A'+i%26)) + "9021",
			Certificate: ra.Certificate{
				SerialNumber: "4e1f0a9b2c3d4e5f60718293a4b5c6d7",
				NotBefore:    time.Date(2026, 3, 3, 2, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 3, 3, 2, 0, 0, 0, time.UTC),
			},
		})
	}
	return keys
}

// save keeps a document where poppler finds it; with KEYHALL_PICTURES=DIR also where a person does.
func save(t *testing.T, name string, pdf []byte) string {
	t.Helper()
	dir := os.Getenv("KEYHALL_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, name+".pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// words is a document's text without spaces and line ends.
func words(t *testing.T, file string) string {
	return strings.Join(strings.Fields(string(run(t, "pdftotext", "-layout", file, "-"))), "")
}

func wants(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%q is not on the paper:\n%s", want, text)
		}
	}
}

func pages(t *testing.T, file string) string {
	for _, line := range strings.Split(string(run(t, "pdfinfo", file)), "\n") {
		if n, ok := strings.CutPrefix(line, "Pages:"); ok {
			return strings.TrimSpace(n)
		}
	}
	return "?"
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	pdf, err := form.Draw(form.PaperRegistration, project(), order(), member())
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "registration", pdf)
	wants(t, words(t, file), "数字证书业务登记表", "示例电子印章中心", order().Number, "杭州示例科技有限公司", "91330106MA2B1X2C39", "张三",
		"李四", "310115198512310045", "13800000000", "电子邮箱—", "机构数字证书（投标专用）", "1 年", "200.00", "600.00", "柒佰伍拾元整", "¥750.00",
		"增值税普通发票", "现场领取", "《数字证书服务协议》第3版", "单位公章", "申请日期2026-03-03", "0571-88880000", "第1页")
	if got := pages(t, file); got != "1" {
		t.Errorf("got %s pages, want 1", got)
	}
}

// onPaper fails for a value of a T that the form does not show: a word of its own in each field, and every choice's name.
func onPaper[T any](t *testing.T, fields ra.Fields[T], in func(*ra.Order) *T) {
	t.Helper()
	o := fullest()
	said := map[string]bool{}
	draw := func() {
		pdf, err := form.Draw(form.PaperRegistration, project(), o, member())
		if err != nil {
			t.Fatal(err)
		}
		text := words(t, save(t, "fields", pdf))
		for word := range said {
			if !strings.Contains(text, word) {
				t.Errorf("%q is not on the paper", word)
			}
		}
		clear(said)
	}
	for i, f := range fields {
		if len(f.Choices) == 0 {
			word := "W" + string(rune('A'+i)) + "W"
			*f.At(in(&o)) = word
			said[word] = true
		}
	}
	draw()
	for _, f := range fields {
		for _, c := range f.Choices {
			*f.At(in(&o)) = c.Value
			said[strings.ReplaceAll(c.Name.ZH, " ", "")] = true
			draw()
		}
	}
}

// Every value that an order has is on the form that the customer seals.
func TestRegistrationHasEveryField(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext")
	onPaper(t, ra.OrganisationFields(), func(o *ra.Order) *ra.Organisation { return &o.Applicant.Organisation })
	onPaper(t, ra.LegalFields(), func(o *ra.Order) *ra.Person { return &o.Applicant.Legal })
	onPaper(t, ra.HandlerFields(), func(o *ra.Order) *ra.Person { return &o.Applicant.Handler })
	onPaper(t, ra.InvoiceFields(), func(o *ra.Order) *ra.Invoice { return &o.Invoice })
	onPaper(t, ra.DeliveryFields(), func(o *ra.Order) *ra.Delivery { return &o.Delivery })
}

func TestRegistrationInFull(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	pdf, err := form.Draw(form.PaperRegistration, project(), fullest(), member())
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "registration-full", pdf)
	wants(t, words(t, file), "股份有限公司", "增值税专用发票", "快递寄付", "330100000012345678", "1 年", "18 个月", "单位公章", "第2页")
	if got := pages(t, file); got != "2" {
		t.Errorf("got %s pages, want 2", got)
	}
}

func TestSlip(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	pdf, err := form.Slip(project(), order(), keys(3), time.Date(2026, 3, 3, 2, 10, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "slip", pdf)
	text := words(t, file)
	wants(t, text, "数字证书领取回执", order().Number, "杭州示例科技有限公司", "7F03A1A9021", "7F03A1C9021", "4E1F", "2026-03-03 至", "2027-03-03", "飞天 ePass2003", "登录任意一台终端的",
		"李*", "138****0000", "2026-03-03 10:10", "https://seal.example.cn")
	for _, untrue := range []string{"二维码", "—"} { // nobody can scan it at a kiosk; and everything about these keys is known
		if strings.Contains(text, untrue) {
			t.Errorf("the slip says %q:\n%s", untrue, text)
		}
	}
	for _, secret := range []string{"李四", "13800000000", "310115198512310045"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is not masked", secret)
		}
	}
}

func TestSlipOfManyKeys(t *testing.T) {
	t.Parallel()
	needs(t, "pdfinfo")
	pdf, err := form.Slip(project(), order(), keys(40), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := pages(t, save(t, "slip-many", pdf)); got == "1" {
		t.Error("forty keys on one page")
	}
}

func TestNothingKnown(t *testing.T) {
	t.Parallel()
	if _, err := form.Draw(form.PaperRegistration, ra.Project{}, ra.Order{}, ra.Membership{}); err != nil {
		t.Error(err)
	}
	if _, err := form.Slip(ra.Project{}, ra.Order{}, nil, time.Time{}); err != nil {
		t.Error(err)
	}
}

// The code of a form changes with everything that stands on it, and with nothing else.
func TestCodeIsOfThePrintedData(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ra.Order){
		"kind":         func(o *ra.Order) { o.Kind = ra.KindReissue },
		"old data":     func(o *ra.Order) { o.Former = &ra.Applicant{} },
		"files":        func(o *ra.Order) { o.Files = ra.FilesSome },
		"certificate":  func(o *ra.Order) { o.Units = []ra.Unit{{Target: &ra.UnitTarget{SerialNumber: "1"}}} },
		"reason":       func(o *ra.Order) { o.Reason = ra.ReasonLost },
		"organisation": func(o *ra.Order) { o.Applicant.Organisation.Name += "一" },
		"legal":        func(o *ra.Order) { o.Applicant.Legal.Name += "一" },
		"handler":      func(o *ra.Order) { o.Applicant.Handler.Email = "a@example.cn" },
		"lines":        func(o *ra.Order) { o.Lines[0].Quantity++ },
		"amount":       func(o *ra.Order) { o.AmountFen++ },
		"invoice":      func(o *ra.Order) { o.Invoice.TaxNumber = "" },
		"delivery":     func(o *ra.Order) { o.Delivery.Kind = ra.DeliveryPrepaid },
		"day":          func(o *ra.Order) { o.CreatedAt = o.CreatedAt.AddDate(0, 0, 1) },
	} {
		if o := order(); true {
			change(&o)
			if form.CodeOf(form.PaperRegistration, project(), o) == form.CodeOf(form.PaperRegistration, project(), order()) {
				t.Errorf("%s: the same code", name)
			}
		}
	}
	later := order()
	later.Version, later.State, later.Materials, later.Payment = 9, ra.OrderApproved, ra.MaterialsAccepted, ra.PaymentPaid
	later.CreatedAt = later.CreatedAt.Local()
	if got, want := form.CodeOf(form.PaperRegistration, project(), later), form.CodeOf(form.PaperRegistration, project(), order()); got != want {
		t.Errorf("got %v, want %v: an earlier print of the same data counts", got, want)
	}
	const long = 38 // characters that a code of 25 by 25 carries
	if got := form.CodeOf(form.PaperRegistration, project(), order()).String(); len(got) > long {
		t.Errorf("%q has %d characters, more than %d", got, len(got), long)
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("KH2:FORM:XH03-000127-8:1:ABCDEFGHIJKLM")
	f.Add("KH2:SLIP:XH03-000127-8")
	f.Add("KH1:form:")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ours := form.ParseCode(text); ours && c != (form.Code{}) {
			if again, _ := form.ParseCode(c.String()); again != c {
				t.Errorf("%q: got %v, and of that %v", text, c, again)
			}
		}
	})
}

// turned is a picture turned by a quarter.
func turned(p image.Image) image.Image {
	b := p.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(b.Dy()-1-y, x, p.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	p := project()
	p.Bank = ra.BankAccount{Holder: "示例电子印章中心有限公司", Bank: "中国工商银行杭州西湖支行", Number: "1202020309900012345"}
	pdf, err := form.Transfer(p, order(), time.Date(2026, 3, 3, 2, 10, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "transfer", pdf)
	wants(t, words(t, file), "银行转账信息", order().Number, p.Bank.Holder, p.Bank.Bank, "1202 0203 0990 0012 345", "2026-03-03 10:10")
	if got := pages(t, file); got != "1" {
		t.Errorf("got %s pages, want 1", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 3 {
				if _, err := form.Slip(project(), order(), keys(2), time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}
