package form

import "testing"

func TestCapitalYuan(t *testing.T) {
	t.Parallel()
	tests := map[int64]string{
		0:                 "零元整",
		5:                 "伍分",
		50:                "伍角整",
		100:               "壹元整",
		105:               "壹元零伍分",
		60000:             "陆佰元整",
		75000:             "柒佰伍拾元整",
		100200:            "壹仟零贰元整",
		1000000:           "壹万元整",
		1000100:           "壹万零壹元整",
		1010000:           "壹万零壹佰元整",
		12345678:          "壹拾贰万叁仟肆佰伍拾陆元柒角捌分",
		100_000_000_00:    "壹亿元整",
		100_000_001_00:    "壹亿零壹元整",
		1_000_500_000_000: "壹佰亿零伍佰万元整",
	}
	for fen, want := range tests {
		if got := capitalYuan(fen); got != want {
			t.Errorf("%d: got %s, want %s", fen, got, want)
		}
	}
}

func TestYuan(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{0: "0.00", 5: "0.05", 75000: "750.00", 123456789: "1,234,567.89", -100: "-1.00"} {
		if got := yuan(fen); got != want {
			t.Errorf("%d: got %s, want %s", fen, got, want)
		}
	}
}
