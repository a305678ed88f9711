package form

import (
	"fmt"
	"strings"
)

// yuan writes fen as "1,200.00".
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	text := fmt.Sprintf("%d", fen/100)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return fmt.Sprintf("%s%s.%02d", sign, text, fen%100)
}

var (
	capitalDigits = [10]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	placeNames    = [4]string{"", "拾", "佰", "仟"}
	groupNames    = [4]string{"", "万", "亿", "万亿"}
)

// capitalYuan writes fen in the capital figures that cannot be altered by a stroke of the pen: 陆佰元整. Amounts of
// 10¹⁶ yuan and more, and negative ones, stay in figures.
func capitalYuan(fen int64) string {
	whole := fen / 100
	if fen < 0 || whole >= 1e16 {
		return yuan(fen)
	}
	jiao, cent := fen/10%10, fen%10
	var b strings.Builder
	if whole > 0 || fen == 0 {
		b.WriteString(capitalWhole(whole) + "元")
	}
	if jiao > 0 {
		b.WriteString(capitalDigits[jiao] + "角")
	} else if cent > 0 && whole > 0 {
		b.WriteString("零")
	}
	if cent > 0 {
		b.WriteString(capitalDigits[cent] + "分")
	} else {
		b.WriteString("整")
	}
	return b.String()
}

func capitalWhole(n int64) string {
	if n == 0 {
		return capitalDigits[0]
	}
	var b strings.Builder
	gap := false // a zero is due before the next digit
	for group := 3; group >= 0; group-- {
		unit := int64(1)
		for range group {
			unit *= 10_000
		}
		four := n / unit % 10_000
		for place := 3; place >= 0; place-- {
			digit := four / [4]int64{1, 10, 100, 1000}[place] % 10
			if digit == 0 {
				gap = gap || b.Len() > 0
				continue
			}
			if gap {
				b.WriteString(capitalDigits[0])
				gap = false
			}
			b.WriteString(capitalDigits[digit] + placeNames[place])
		}
		if four > 0 {
			b.WriteString(groupNames[group])
		}
	}
	return b.String()
}
