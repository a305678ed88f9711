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
		"9A330100MA00000076": CodeCreditCodeRegion, "90330100MA00000075": CodeCreditCodeRegion, "91ABCDEFMA00000076": CodeCreditCodeRegion,
		"91000000MA0000007C": CodeCreditCodeRegion, "91100000MA00000073": "", "A1110000MA00000076": "", "N2330100MA0000007H": "", "Y1330100MA0000007C": "",
		"G1330100MA0000007T": CodeCreditCodeDepartment, "111111111111111111": CodeCreditCodeCheck,
		"110101199003071234": CodeCreditCodePerson, "11010119900307123X": CodeCreditCodePerson, "911124198108030024": CodeCreditCodePerson,
		"91330100МА00000072": CodeCreditCodeLetter, "13800138000": CodeCreditCodeLength, "MA0000007": CodeCreditCodeLength,
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
		{DocumentPassport, "X0000\u202E0001", CodeCharacter}, {DocumentPassport, "e 1234 5678", ""}, {DocumentPassport, "C01X00T47", ""},
		{DocumentPassport, "110101199003071233", CodeIDNumberOther}, {DocumentPassport, "ABC000000000000", CodeIDNumberOther},
		{DocumentPassport, "810000197805150026", CodeIDNumberOther}, {DocumentPassport, "110101199003071234", ""},
		{DocumentResident, "110101200002290018", ""}, {DocumentResident, "110101202302290019", CodeIDNumberDate},
		{DocumentResident, "11010118991231001X", CodeIDNumberDate}, {DocumentResident, "710000199003070011", ""},
		{DocumentResident, "34052419800101001ｘ", ""}, {DocumentResident, "830000199003070019", CodeIDNumberOther},
		{DocumentResident, "１１０１０１１９９００３０７１２３Ｘ", CodeIDNumberCheck}, {DocumentResident, "١١٠١٠١١٩٩٠٠٣٠٧١٢٣٣", CodeIDNumberLength},
		{DocumentResidence, "830000199003070019", ""}, {DocumentResidence, "810101199003070017", CodeIDNumberRegion},
		{DocumentForeigner, "911124198108030024", ""}, {DocumentForeigner, "usa 110 0000 00001", ""}, {DocumentForeigner, "911124198108030025", CodeIDNumberCheck},
		{DocumentHKMacau, "H12345678(00)", ""}, {DocumentTaiwan, "T12345678", CodeIDNumberShape},
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
		"+86 138-0013-8000": "13800138000", "+86 (0)138 0013 8000": "13800138000", "+886 0912-345-678": "+886912345678", "008613800138000": "13800138000", "8613800138000": "13800138000", "＋８６ １３８００１３８０００": "13800138000",
		"+86+8613800138000": "13800138000", "+86 0086 138 0013 8000": "13800138000", "（+86）138—0013—8000": "13800138000", "+ 86 138.0013.8000": "13800138000",
		"𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎": "13800138000", "0086-138-0013-8000": "13800138000", "+1 (212) 555-0123": "+12125550123",
		"+852 51234567": "+85251234567", "00852 5123 4567": "+85251234567", "+853 6612 3456": "+85366123456", "+886 912 345 678": "+886912345678",
	} {
		if got := NormalMobile(typed); got != want || CheckMobile(typed) != nil {
			t.Errorf("NormalMobile(%q) = %q (%v), want %q", typed, got, CheckMobile(typed), want)
		}
		if got := NormalLogin(typed); got != want {
			t.Errorf("NormalLogin(%q) = %q, want %q", typed, got, want)
		}
		if err := (Setting{Countries: []string{"852", "853"}}).Takes(typed); (err == nil) != !(strings.HasPrefix(want, "+886") || strings.HasPrefix(want, "+1")) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, wrong := range []string{"12800001234", "1380013800", "+852 11234567", "+86 12345678901", "852 51234567", "+0123456789", "138\u200B00138000",
		"١٣٨٠٠١٣٨٠٠٠", "①③⑧00138000", "013800138000", "138_0013_8000", "tel:13800138000", "+86 010 8888 8888", "+86 86", "+8613800138000;ext=1"} {
		if CheckMobile(wrong) == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
	for _, around := range []string{"\n+86 138 0013 8000", "+86 13800138000\r\n", "\t１３８００１３８０００ "} {
		if got := NormalLogin(around); got != "13800138000" || CheckLogin(around) != nil {
			t.Errorf("NormalLogin(%q) = %q (%v)", around, got, CheckLogin(around))
		}
	}
	if got := NormalLogin(" Zhang@Example.CN "); got != "zhang@example.cn" {
		t.Errorf("NormalLogin of an address: %q", got)
	}
}

func TestEmails(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Code{
		"Zhang@Example.CN": "", "ｚｈａｎｇ＠example.cn": "", "a+b@example.cn": "", "a'b@mail-1.example.co.uk": "", "zhang@xn--fsqu00a.xn--fiqs8s": "", "a@163.com": "",
		"": CodeRequired, "a\u200B@example.cn": CodeCharacter, "a@example.cn\r\nBcc: x@y.cn": CodeCharacter,
		"a@b": CodeEmail, "a@b..cn": CodeEmail, "a..b@example.cn": CodeEmail, "a@[127.0.0.1]": CodeEmail, "a@127.0.0.1": CodeEmail, "a@-b.cn": CodeEmail, "a@b-.cn": CodeEmail,
		"a@b_c.cn": CodeEmail, "a@example.cn.": CodeEmail, "a@exam ple.cn": CodeEmail, "a@b@c.cn": CodeEmail, "Zhang <a@example.cn>": CodeEmail, "a@example.cn, b@example.cn": CodeEmail,
		"张@example.cn": CodeEmail, "a@例子.cn": CodeEmail, "mailto:a@example.cn": CodeEmail, strings.Repeat("a", 65) + "@example.cn": CodeEmail,
		"a@" + strings.Repeat("b", 64) + ".cn": CodeEmail, strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 30) + "cn": CodeEmail,
	} {
		if got := CodeOf(CheckEmail(address)); got != want {
			t.Errorf("CheckEmail(%q) = %q, want %q", address, got, want)
		}
	}
}

// FuzzNormal: what is compared is what is stored, so that nobody has two accounts by typing a form once more.
func FuzzNormal(f *testing.F) {
	for _, s := range []string{"+86 138 0013 8000", "+86+86138", "００８６", " Zhang@Example.CN\n", "（0571）8888 0000", "Ⅹ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CheckText(s) != nil {
			return
		}
		for name, normal := range map[string]func(string) string{"login": NormalLogin, "mobile": NormalMobile, "phone": NormalPhone, "email": NormalEmail,
			"document": NormalIDNumber, "credit code": NormalCreditCode, "account": NormalBankAccount} {
			once := normal(s)
			if again := normal(once); again != once {
				t.Errorf("%s of %q: %q, and once more %q", name, s, once, again)
			}
		}
	})
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
		"艾力．买买提": "", "Åsa": "", "김철수": "", "张〇三": "", "·艾力": CodeNameOdd, "艾力·": CodeNameOdd, "[张三]": CodeNameOdd, "张三（曾用名李四）": CodeNameOdd,
		"张\u0301三": CodeCharacter, "O`Neil": CodeCharacter, strings.Repeat("𠮷", 64): "", strings.Repeat("𠮷", 65): CodeTooLong, strings.Repeat("e\u0301", 64): "",
		"张": CodeNameOdd, "张3": CodeNameOdd, "张YAN": CodeNameOdd, "张&三": CodeNameOdd,
		"🌲": CodeCharacter, "张🌲": CodeCharacter, "西'安": CodeCharacter, "'": CodeCharacter,
		"西ʼ安": CodeCharacter, "西’安": CodeCharacter, "xiang'": CodeCharacter, "xi'安": CodeCharacter, "安xi’an": CodeNameOdd, "xi''an": CodeCharacter,
		"西＇安": CodeCharacter, "西‘安’": CodeNameOdd, "O‛Neil": CodeCharacter, "O′Neil": CodeCharacter, "··": CodeInvalid, long: CodeTooLong,
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

// TestTrivialPINs: what fingers and habits find by themselves, also with a character or two beside it, and what they do not.
func TestTrivialPINs(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{"000000", "121212", "123123", "123456", "987654", "112233", "111222", "11223344", "aabbcc", "123321", "12344321", "147258", "258369", "159357",
		"135791", "864208", "852963", "qwerty", "QWEasd", "1qaz2wsx", "qazwsx", "abc123", "123abc", "Abc12345", "a123456", "123456a", "654321x", "111111a", "888999", "5201314",
		"woaini520", "admin123", "password1", "890123", "zxcvbn"} {
		if got := CodeOf(CheckPIN(pin, 6, 16)); got != CodePINTrivial {
			t.Errorf("%s: %q, want it trivial", pin, got)
		}
	}
	for _, pin := range []string{"482913", "13579246", "86427531", "97531864", "13572468", "Keyhall9", "k7#mQ2x!", "728164", "hw83kd", "205817"} {
		if err := CheckPIN(pin, 6, 16); err != nil {
			t.Errorf("%s: %v, want it taken", pin, err)
		}
	}
}

func TestCheckPINFor(t *testing.T) {
	t.Parallel()
	a := Applicant{Organisation: Organisation{CreditCode: "91330106MA2B1X2C36"}, Legal: Person{IDNumber: "110101198001153017"},
		Handler: Person{IDNumber: "310115198512310045", Mobile: "13800138000"}}
	for pin, want := range map[string]Code{
		"198001": CodePINPersonal, "19800115": CodePINPersonal, "800115": CodePINPersonal, "19851231": CodePINPersonal, "13800138000": CodePINPersonal,
		"138000": CodePINPersonal, "310115": CodePINPersonal, "310045": CodePINPersonal, "2b1x2c": CodePINPersonal, "31121985": CodePINPersonal,
		"zs19800115": CodePINPersonal, "13800138000a": CodePINPersonal, "x198001y": CodePINPersonal, "A310115B": "",
		"51108991": "", "51100891": CodePINPersonal, "00083100831": CodePINPersonal, "710351": CodePINPersonal, // backwards
		"150180": CodePINPersonal, "198085": CodePINPersonal, "19801985": CodePINPersonal, "80008000": CodePINPersonal, "011585": CodePINPersonal, // put together
		"913301": CodePINPersonal, "062123": CodePINPersonal, "30178000": CodePINPersonal,
		"482913": "", "197703": "", "Keyhall9": "", "19771986": "",
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
