package book

import (
	"slices"
	"testing"
)

func TestSearchForms(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" 测试(上海) ": "测试（上海）", "(A)": "（A）", "９１330100ma": "91330100MA", "138 0013 8000": "13800138000", "A+B, C": "A+B, C",
		"VATCN-91330100ma00000072": "91330100MA00000072", "ntrcn-9133 0100 MA00 0000 72": "91330100MA00000072", "organizationIdentifier = NTRCN-91330100MA00000072": "91330100MA00000072",
		"2.5.4.97=91330100MA00000072": "organizationIdentifier=91330100MA00000072", "OID.2.5.4.97 = 91330100MA00000072": "organizationIdentifier=91330100MA00000072",
		"CN = 测试(上海)": "CN=测试（上海）", "\u200e测试\u200b公司": "测试公司", "测试\n": "测试", `A "B"; C`: `A ""B""; C`, "９１３３ ０１００": "91330100",
	} {
		if got := SearchForms(typed); !slices.Contains(got, want) {
			t.Errorf("SearchForms(%q) = %q, want %q among them", typed, got, want)
		}
	}
	if got := SearchForms(" "); len(got) != 0 {
		t.Errorf("for nothing: %q", got)
	}
}

func TestSerialNumberForms(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"5f3a": {"5f3a"}, "5F:3A:00": {"5f3a00"}, "0x5F3a": {"5f3a"}, "00 5f 3a": {"5f3a"}, "\u200e5f 3a": {"5f3a"}, "０x５f": {"5f"}, "5f-3a": {"5f3a"},
		"126612345678901234567890": {"126612345678901234567890", "1acfab446600d03f0ad2"}, "12": {"12"}, "": nil, "0x": nil, "000": nil, "测试": nil, "5f3g": nil, "%": nil,
	} {
		if got := SerialNumberForms(typed); !slices.Equal(got, want) {
			t.Errorf("SerialNumberForms(%q) = %q, want %q", typed, got, want)
		}
	}
}
