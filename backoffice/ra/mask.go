package ra

import "strings"

// MaskMobile keeps the first three and last four digits: 138****1234.
func MaskMobile(s string) string { return mask(s, 3, 4) }

// MaskIDNumber keeps the first three and last four characters: 110***********1233.
func MaskIDNumber(s string) string { return mask(s, 3, 4) }

// MaskName keeps the first character (the surname): 李*.
func MaskName(s string) string {
	r := []rune(s)
	if len(r) < 2 {
		return s
	}
	return string(r[0]) + strings.Repeat("*", len(r)-1)
}

// MaskLogin masks a mobile number or the local part of an address.
func MaskLogin(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return MaskMobile(s)
	}
	return mask(local, 1, 0) + "@" + domain
}

func mask(s string, head, tail int) string {
	r := []rune(s)
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}
