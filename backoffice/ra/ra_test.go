package ra

import (
	"errors"
	"fmt"
	"testing"
)

func TestSmallChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want Code
	}{
		{"mobile", CheckMobile("13800001234"), ""},
		{"mobile 12x", CheckMobile("12800001234"), CodeMobile},
		{"email", CheckEmail("a@example.cn"), ""},
		{"email no dot", CheckEmail("a@example"), CodeEmail},
		{"email two", CheckEmail("a@b.cn, c@d.cn"), CodeEmail},
		{"login", CheckLogin("13800001234"), ""},
		{"login word", CheckLogin("zhangsan"), CodeLoginName},
		{"password", CheckPassword("abc12345"), ""},
		{"password digits", CheckPassword("12345678"), CodePasswordWeak},
		{"pin", CheckPIN("482913", 6, 8), ""},
		{"pin short", CheckPIN("4829", 6, 8), CodePINTooShort},
		{"pin long", CheckPIN("482913482", 6, 8), CodePINTooLong},
		{"pin run", CheckPIN("123456", 6, 8), CodePINTrivial},
		{"pin pair", CheckPIN("121212", 6, 8), CodePINTrivial},
		{"pin triple", CheckPIN("123123", 6, 8), CodePINTrivial},
		{"pin word", CheckPIN("abcdabcd", 6, 8), CodePINTrivial},
		{"pin down", CheckPIN("987654", 6, 8), CodePINTrivial},
		{"pin pieces", CheckPIN("1231234", 6, 8), CodePINTrivial},
		{"pin not quite", CheckPIN("1242163", 6, 8), ""},
		{"pin wide", CheckPIN("１２３４５６", 6, 8), CodePINCharacters},
		{"pin same", CheckPIN("000000", 6, 8), CodePINTrivial},
		{"pin chinese", CheckPIN("密码密码密码", 6, 8), CodePINCharacters},
		{"tax 15", CheckTaxNumber("123456789012345"), ""},
		{"tax 18", CheckTaxNumber("91110000MA00000153"), CodeCreditCodeCheck},
		{"name", CheckName("张三"), ""},
		{"name control", CheckName("张\x00三"), CodeInvalid},
		{"bank", CheckBankAccount("6222 0000 1111 2222"), ""},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%s: code %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOrderNumber(t *testing.T) {
	t.Parallel()
	number := OrderNumber("XH03", 127)
	prefix, sequence, err := ParseOrderNumber(number)
	if err != nil || prefix != "XH03" || sequence != 127 {
		t.Fatalf("ParseOrderNumber(%q) = %q, %d, %v", number, prefix, sequence, err)
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			wrong := number[:i] + string(d) + number[i+1:]
			if _, _, err := ParseOrderNumber(wrong); err == nil && wrong != number {
				t.Errorf("ParseOrderNumber(%q) accepted a wrong digit", wrong)
			}
		}
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	if err := OrderOpen.Move(OrderApproved); err != nil {
		t.Errorf("open to approved: %v", err)
	}
	if got := CodeOf(OrderDone.Move(OrderOpen)); got != CodeState {
		t.Errorf("done to open: code %q, want %q", got, CodeState)
	}
	if got := CodeOf(UnitState("unknown").Move(UnitDone)); got != CodeState {
		t.Errorf("unknown unit state: code %q, want %q", got, CodeState)
	}
}

func TestErrorIsByCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("placing order: %w", E(CodeConflict, "version", "3").At("order"))
	if !errors.Is(err, E(CodeConflict)) || errors.Is(err, E(CodeState)) {
		t.Errorf("errors.Is does not compare by code: %v", err)
	}
	if got, want := err.Error(), "placing order: conflict (order) version=3"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		MaskMobile("13812341234"):          "138****1234",
		MaskIDNumber("110101199003071233"): "110***********1233",
		MaskName("李四"):                     "李*",
		MaskLogin("zhang@example.cn"):      "z****@example.cn",
		MaskMobile("123"):                  "***",
	} {
		if got != want {
			t.Errorf("masked %q, want %q", got, want)
		}
	}
}
