package ra

import (
	"strings"
	"testing"
	"time"
)

func TestCheckCreditCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Code{
		"91110000MA00000152": "", "12310115MB1234562B": "", "914403000987654301": "", "91350100M000100Y43": "", "９１３５０１００m000100y43": "",
		"92330100MA0000A002": "", "52330100MJ000000XP": "", "12330100MB0000000K": "", "93330100MA00000B77": "", "91330100MA00000740": "",
		"９１330100ma00000072": "", " 9133 0100-MA00 0000 72": "",
		"91110000MA00000153": CodeCreditCodeCheck, "91350203M0000ABC6D": CodeCreditCodeCheck,
		"91330100MA0000001F": "",
		"9111000OMA00000152": CodeCreditCodeLetter, "91350100M000100Y4Z": CodeCreditCodeLetter,
		"91110000MA0000152":  CodeCreditCodeLength,
		"000000000000000000": CodeCreditCodeDepartment, "01330100MA00000072": CodeCreditCodeDepartment, "C1330100MA00000072": CodeCreditCodeDepartment,
		"110101199003070396": CodeCreditCodePerson, "110101199003071233": CodeCreditCodePerson, "810000197805150026": CodeCreditCodePerson,
		"110101000000010": CodeCreditCodeOld, "91330100MA000000\u200B72": CodeCharacter, "": CodeRequired, " ": CodeRequired,
	} {
		if got := CodeOf(CheckCreditCode(code)); got != want {
			t.Errorf("CheckCreditCode(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestRemarkCreditCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Code{"91330100MA0000001F": CodeCreditCodeBody, "9133 0100 ma00 0000 1f": CodeCreditCodeBody, "91330100MA00000740": "",
		"52330100MJ000000XP": "", "91350100M000100Y43": "", "110101000000010": ""} {
		if got := CodeOf(RemarkCreditCode(code)); got != want {
			t.Errorf("RemarkCreditCode(%q) = %q, want %q", code, got, want)
		}
	}
	doubts := InvoiceFields().Doubts(Invoice{Kind: InvoiceOrdinary, Title: "示例公司", TaxNumber: "91330100MA0000001F"}, Setting{})
	if len(doubts) != 1 || doubts[0].Field != "invoice.tax_number" || doubts[0].Code != CodeCreditCodeBody {
		t.Errorf("got %v", doubts)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   Document
		number string
		want   Code
	}{
		{DocumentResident, "110101199003071233", ""}, {"", "310115198512310045", ""}, {DocumentResident, "34052419800101001x", ""},
		{DocumentResident, "1101 0119 9003 0712 33", ""}, {DocumentResident, "１１０１０１１９９００３０７１２３３", ""},
		{DocumentResident, "110101199003071234", CodeIDNumberCheck}, {DocumentResident, "110101199013071233", CodeIDNumberDate},
		{DocumentResident, "440300200102290016", CodeIDNumberDate}, {DocumentResident, "010101199003071233", CodeIDNumberRegion},
		{DocumentResident, "990101199003071233", CodeIDNumberRegion}, {DocumentResident, "11010119900307123", CodeIDNumberLength},
		{DocumentResident, "110101900307123", CodeIDNumberOld}, {DocumentResident, "11010119900307123\x00", CodeCharacter},
		{DocumentResident, "", CodeRequired}, {DocumentResident, "810000197805150026", CodeIDNumberOther},
		{DocumentResident, "H00000000", CodeIDNumberOther}, {DocumentResident, "ABC000000000000", CodeIDNumberOther},
		{DocumentResidence, "810000197805150026", ""}, {DocumentResidence, "110101199003071233", CodeIDNumberOther},
		{DocumentResidence, "810000197805150027", CodeIDNumberCheck},
		{DocumentHKMacau, "H00000000", ""}, {DocumentHKMacau, "m1234567890", ""}, {DocumentHKMacau, "H0000000", CodeIDNumberShape},
		{DocumentHKMacau, "T00000000", CodeIDNumberShape}, {DocumentHKMacau, "00000000", CodeIDNumberOther},
		{DocumentTaiwan, "00000000", ""}, {DocumentTaiwan, "0000000001", ""}, {DocumentTaiwan, "000000001", CodeIDNumberShape},
		{DocumentForeigner, "ABC000000000000", ""}, {DocumentForeigner, "ABC00000000000", CodeIDNumberLength},
		{DocumentForeigner, "110101199003071233", CodeIDNumberOther}, {DocumentForeigner, "AB1000000000000", CodeIDNumberShape},
		{DocumentPassport, "X00000001", ""}, {DocumentPassport, "ABCDEFGH", CodeIDNumberShape}, {DocumentPassport, "X000", CodeIDNumberShape},
		{DocumentPassport, "X0000\u202E0001", CodeCharacter},
	} {
		if got := CodeOf(c.kind.Check(c.number)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.kind, c.number, got, c.want)
		}
	}
	number := "93101234519900307001"[:17]
	if err := DocumentForeigner.Check(number[:6] + "19900307" + "001" + string(IDCheck(number[:6]+"19900307"+"001"))); err != nil {
		t.Errorf("the card of 2023: %v", err)
	}
}

// TestMasks: at least half of what is left of a number is hidden, and no mask shows a number whole.
func TestMasks(t *testing.T) {
	t.Parallel()
	numbers := []string{"00000000", "0000000000", "H00000000", "X00000001", "ABC000000000000", "110101199003071233", "810000197805150026"}
	for _, r := range documentRules() {
		for _, number := range numbers {
			if r.check(number) != nil {
				continue
			}
			if shown := len(number) - strings.Count(r.mask(number), "*"); shown > len(number)/2 {
				t.Errorf("%s: %s shows %d characters of %d", r.kind, r.mask(number), shown, len(number))
			}
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC) // already the 27th in the hall
	number := func(day string) string { return "110101" + day + "001" + string(IDCheck("110101"+day+"001")) }
	for day, want := range map[string]Code{
		"20991231": CodeIDNumberDate, "20261128": CodeIDNumberDate, "20240101": CodeAge, "20101128": CodeAge, "20101127": "", "19900307": "",
		"19160101": "", "19150101": CodeAge,
	} {
		err := LegalFields().Check(Person{Name: "张三", IDNumber: number(day)}, Setting{Now: now})
		if got := CodeOf(err); got != want {
			t.Errorf("born %s: %q, want %q", day, got, want)
		}
		insisted := LegalFields().Check(Person{Name: "张三", IDNumber: number(day)}, Setting{Now: now, Insisted: []string{"legal.id_number"}})
		if (insisted == nil) != (want == "" || want == CodeAge) {
			t.Errorf("born %s, insisted on: %v", day, insisted)
		}
	}
}

func TestMobiles(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"13800138000": "13800138000", "138 0013 8000": "13800138000", "１３８００１３８０００": "13800138000", "+86 13800138000": "13800138000",
		"+86 138-0013-8000": "13800138000", "008613800138000": "13800138000", "8613800138000": "13800138000", "＋８６ １３８００１３８０００": "13800138000",
		"+852 51234567": "+85251234567", "00852 5123 4567": "+85251234567", "+853 6612 3456": "+85366123456", "+886 912 345 678": "+886912345678",
	} {
		if got := NormalMobile(typed); got != want || CheckMobile(typed) != nil {
			t.Errorf("NormalMobile(%q) = %q (%v), want %q", typed, got, CheckMobile(typed), want)
		}
		if got := NormalLogin(typed); got != want {
			t.Errorf("NormalLogin(%q) = %q, want %q", typed, got, want)
		}
		if err := (Setting{Countries: []string{"852", "853"}}).Takes(typed); (err == nil) != !strings.HasPrefix(want, "+886") {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, wrong := range []string{"12800001234", "1380013800", "+852 11234567", "+86 12345678901", "852 51234567", "+0123456789", "138\u200B00138000"} {
		if CheckMobile(wrong) == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
	if got := NormalLogin(" Zhang@Example.CN "); got != "zhang@example.cn" {
		t.Errorf("NormalLogin of an address: %q", got)
	}
}

// TestNothingHidden: no field of any kind takes a character that nobody sees.
func TestNothingHidden(t *testing.T) {
	t.Parallel()
	right := map[string]string{"organisation.credit_code": "91330106MA2B1X2C36", "organisation.name": "示例公司", "organisation.address": "文三路", "legal.name": "张三",
		"legal.id_number": "110101199003071233", "handler.name": "李四", "handler.id_number": "110101199003071233", "handler.mobile": "13800138000",
		"handler.email": "a@example.cn", "invoice.title": "示例公司", "invoice.tax_number": "91330106MA2B1X2C36", "invoice.address": "文三路", "invoice.phone": "0571-88880000",
		"invoice.bank": "示例银行", "invoice.account": "330100000012345678", "delivery.name": "李四", "delivery.phone": "0571-88880000", "delivery.address": "文三路",
		"organisation.short_name": "示例"}
	for _, hidden := range []string{"\u200B", "\u202E", "\uFEFF", "\u3164", "\u00AD", "\u2028", "\uE863", "\u0000", "\u2060", "\uFE0F", "\U000E0041", "\u061C"} {
		holds := func(id string, wrong func(string, Setting) error) {
			if err := wrong(right[id], Setting{}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			for _, s := range []string{right[id] + hidden, hidden + right[id], right[id][:3] + hidden + right[id][3:]} {
				if got := CodeOf(wrong(s, Setting{})); got != CodeCharacter {
					t.Errorf("%s with %q: %q", id, hidden, got)
				}
			}
		}
		for _, f := range OrganisationFields() {
			holds(f.ID, f.Wrong)
		}
		for _, f := range append(LegalFields(), HandlerFields()...) {
			if f.Writing != WritingChoice {
				holds(f.ID, f.Wrong)
			}
		}
		for _, f := range InvoiceFields() {
			if f.Writing != WritingChoice {
				holds(f.ID, f.Wrong)
			}
		}
		for _, f := range DeliveryFields() {
			if f.Writing != WritingChoice {
				holds(f.ID, f.Wrong)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 65)
	for name, want := range map[string]Code{
		"张三": "", "艾力·买买提": "", "O’Neil, John-Paul": "", "𠮷𬱖": "", "Nguyễn Văn An": "",
		"张": CodeNameOdd, "张3": CodeNameOdd, "张YAN": CodeNameOdd, "张&三": CodeNameOdd,
		"🌲": CodeCharacter, "张🌲": CodeCharacter, "西'安": CodeCharacter, "'": CodeCharacter, "··": CodeInvalid, long: CodeTooLong,
	} {
		if got := CodeOf(CheckPersonName(name)); got != want {
			t.Errorf("CheckPersonName(%q) = %q, want %q", name, got, want)
		}
	}
	o := Organisation{Name: long, CreditCode: "91330106MA2B1X2C36"}
	if got := CodeOf(OrganisationFields().Check(o, Setting{})); got != CodeRequired {
		t.Errorf("a name of 65 characters without a short form: %q", got)
	}
	o.ShortName = long
	if got := CodeOf(OrganisationFields().Check(o, Setting{})); got != CodeTooLong {
		t.Errorf("a short form of 65 characters: %q", got)
	}
	o.ShortName = "长（中国）"
	if err := OrganisationFields().Check(o, Setting{}); err != nil || o.CertificateName() != "长（中国）" {
		t.Errorf("with a short form: %v, %q", err, o.CertificateName())
	}
	o.Name = "长城公司"
	if got := OrganisationFields().Normal(o); got.ShortName != "" {
		t.Errorf("a name that fits keeps the short form %q", got.ShortName)
	}
	same := OrganisationFields().Normal(Organisation{Name: "测试(上海)有限公司"})
	if other := OrganisationFields().Normal(Organisation{Name: "测试（上海）有限公司"}); same != other {
		t.Errorf("two spellings: %q, %q", same.Name, other.Name)
	}
}

func TestCheckPINFor(t *testing.T) {
	t.Parallel()
	a := Applicant{Organisation: Organisation{CreditCode: "91330106MA2B1X2C36"}, Legal: Person{IDNumber: "110101198001153017"},
		Handler: Person{IDNumber: "310115198512310045", Mobile: "13800138000"}}
	for pin, want := range map[string]Code{
		"198001": CodePINPersonal, "19800115": CodePINPersonal, "800115": CodePINPersonal, "19851231": CodePINPersonal, "13800138000": CodePINPersonal,
		"138000": CodePINPersonal, "310115": CodePINPersonal, "310045": CodePINPersonal, "2b1x2c": CodePINPersonal, "31121985": CodePINPersonal,
		"482913": "", "197703": "", "Keyhall9": "",
	} {
		if got := CodeOf(CheckPINFor(pin, a)); got != want {
			t.Errorf("%s: %q, want %q", pin, got, want)
		}
	}
}

func TestLacks(t *testing.T) {
	t.Parallel()
	lacks := func(s string) (rune, bool) { return '𧮞', strings.Contains(s, "𧮞") }
	err := LegalFields().Check(Person{Name: "张𧮞", IDNumber: "110101199003071233"}, Setting{Lacks: lacks})
	if CodeOf(err) != CodeUnprintable || !strings.Contains(err.Error(), "U+27B9E") {
		t.Errorf("got %v", err)
	}
}

func TestDoubts(t *testing.T) {
	t.Parallel()
	a := Applicant{Organisation: Organisation{Name: "示例公司", CreditCode: "91350203M0000ABC6D"}, Legal: Person{Name: "张", IDNumber: "110101199003071233"},
		Handler: Person{Name: "李四", IDNumber: "110101199003071234", Mobile: "13800138000"}}
	var got []string
	for _, e := range a.Doubts(Setting{Insisted: []string{"organisation.credit_code"}}) {
		got = append(got, e.Field+" "+string(e.Code))
	}
	if want := "organisation.credit_code credit_code_check,legal.name name_odd"; strings.Join(got, ",") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
