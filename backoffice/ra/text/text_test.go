package text

import "testing"

func TestLine(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"测试(上海)有限公司":           "测试（上海）有限公司",
		"测试（上海）有限公司":           "测试（上海）有限公司",
		"测试﹙上海﹚有限公司":           "测试（上海）有限公司",
		"测试〔上海〕有限公司":           "测试（上海）有限公司",
		"测试【 上海 】有限公司":         "测试（上海）有限公司",
		"测试［上海]有限公司":           "测试（上海）有限公司",
		"测试❨上海❩有限公司":           "测试（上海）有限公司",
		"Test [Shanghai] Ltd":  "Test [Shanghai] Ltd",
		"测试 (上海) 有限 公司":        "测试（上海）有限公司",
		"　测试有限公司 ":             "测试有限公司",
		"ＡＢＣ科技有限公司":            "ABC科技有限公司",
		"ABC（Shanghai）Ltd":     "ABC(Shanghai)Ltd",
		"ABC  (Shanghai)  Ltd": "ABC (Shanghai) Ltd",
		"艾力•买买提":               "艾力·买买提",
		"艾力・买买提":               "艾力·买买提",
		"艾力 · 买买提":             "艾力·买买提",
		"艾力．买买提":               "艾力·买买提",
		"艾力.买买提":               "艾力·买买提",
		"艾力●买买提":               "艾力·买买提",
		"艾力ㆍ买买提":               "艾力·买买提",
		"艾力··买买提":              "艾力·买买提",
		"艾力· ·买买提":             "艾力·买买提",
		"示例3.5公司":              "示例3.5公司",
		"测试O’Neil公司":           "测试O'Neil公司",
		"Oʼ Neil, Oʻahu, ＇":    "O' Neil, O'ahu, '",
		"西ʼ安":                  "西'安",
		"A.B.公司":               "A.B.公司",
		"测试（上海)有限公司":           "测试（上海）有限公司",
		"Jean–Pierre O’Neil":   "Jean-Pierre O'Neil",
		"Cafe\u0301":           "Café",
		"⽼\uF9E1":              "老李",
		"文三路 478 号 A 座":        "文三路478号 A 座",
		"文三路４７８号":              "文三路478号",
		"第Ⅲ期〇号":                "第Ⅲ期〇号",
		"测\u200B试":             "测\u200B试",
		"𠮷野\u00A0𬱖":            "𠮷野𬱖",
		"":                     "",
		" \u3000":              "",
		"Smith,  John":         "Smith, John",
		"测试,上海":                "测试，上海",
		"𝐀BC":                  "ABC",
		"Soﬁa Oﬃce":            "Sofia Office",
		"ǅenan Ĳsselstein":     "Dženan IJsselstein",
		"ﾊﾞﾝﾀﾞｲ":               "バンダイ",
		"ｶﾞﾗｽ（上海）有限公司":         "ガラス（上海）有限公司",
		"ﷲ ﻻ":                  "الله لا",
		"\uFFBB\uFFC2":         "카",
		"ㆍ":                    "·",
		"10㎡²":                 "10㎡²",
	} {
		if got := Line(typed); got != want {
			t.Errorf("Line(%q) = %q, want %q", typed, got, want)
		}
		if got := Line(want); got != want {
			t.Errorf("Line(%q) = %q, once more changes it", want, got)
		}
	}
}

func TestCompact(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"１３８００１３８０００": "13800138000", "138 0013 8000": "13800138000", "138–0013－8000": "13800138000", "９１330100ma": "91330100ma",
		"138\u00A00013\u30008000": "13800138000", "a\u200Bb": "a\u200Bb",
		"138—0013―8000": "13800138000", "１３８－００１３–８０００": "13800138000",
	} {
		if got := Compact(typed, "-"); got != want {
			t.Errorf("Compact(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestOdd(t *testing.T) {
	t.Parallel()
	for _, fine := range []string{"张三", "𠮷野䶮㛃𬱖", "艾力·买买提", "O'Neil, John-Paul", "测试（上海）有限公司第Ⅲ期〇号", "Nguyễn Văn", "A&B+C", "№ 3, 2/F",
		"O’Neil", "测试O’Neil公司", "Oʻahu", "Workers' Union", "测试‘甲’公司"} {
		if r, at, found := Odd(Line(fine)); found {
			t.Errorf("Odd(%q) = %s at %d", fine, Name(r), at)
		}
	}
	for line, want := range map[string]int{
		"张\u200B三": 2, "张\u202E三": 2, "\uFEFF张三": 1, "张三\u3164": 3, "张\u00AD三": 2, "张\u2028三": 2, "张\uE863三": 2, "🌲公司": 1,
		"张\u0000三": 2, "张\n三": 2, "\u0301a": 1, "a\u0301\u0302\u0303": 4, "葛\U000E0100": 2, "'西安": 1, "西'安": 2, "a\uFFFDb": 2, "张\u2800三": 2,
		"\U000E0041": 1, "张☺": 2, "<b>": 1, "张\u2060三": 2, "a\u034Fb": 2,
		"张\u0301三": 2, "张\u3099三": 2, "张\u302A三": 2, "1\u0301": 2, "a·\u0301": 3, "张\u17B4三": 2, "张\u20E3三": 2, "👍🏽": 1, "张\u200D三": 2, "张\u2066三": 2,
		"xiang'": 6, "xi''an": 3, "xi'安": 3, "西xi'安": 4, "西’安": 2, "‘西安": 1, "西安’": 3, "测试‘甲’’公司": 6, "O' Neil'": 8,
		"张\U000E0001三": 2, "葛\uFE0E": 2, "张\uFFFC三": 2, "⿰木三": 1, "张\U0003FFFD三": 2, "张\uFFA0三": 2, "张\u115F三": 2,
	} {
		if r, at, _ := Odd(line); at != want {
			t.Errorf("Odd(%q) = %s at %d, want at %d", line, Name(r), at, want)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]string{'\u200B': "U+200B", '🌲': "🌲 (U+1F332)", '\u3164': "U+3164", ' ': "U+0020", '\uE863': "U+E863"} {
		if got := Name(r); got != want {
			t.Errorf("Name(%U) = %q, want %q", r, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("测试 (上海) 有限公司 ")
	f.Add("e\u0301 １ ・")
	f.Fuzz(func(t *testing.T, s string) {
		once := Line(s)
		if again := Line(once); again != once {
			t.Errorf("Line(%q) = %q, and once more %q", s, once, again)
		}
		Odd(once)
	})
}
