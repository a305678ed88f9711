package notify

import (
	"cmp"
	"maps"
	"strings"
	"unicode"
	"unicode/utf16"

	"keyhall/backoffice/ra"
)

// How long messages may be, in characters as gateways of mainland China count them, which refuse longer ones: in units of UCS-2, so that a
// character beyond it, as rare ones in names, counts twice.
const (
	longestText      = 500
	longestSignature = 20
	longestParameter = 64
)

// longer are the parameters that may have more characters than others: whole sentences, and what a bank compares.
var longer = map[string]int{paramReasons: 240, paramHolder: 100, paramBank: 100}

// How a gateway's template names what is filled in. Every message has the first five.
const (
	paramAddressee = "addressee" // masked
	paramService   = "service"
	paramOrder     = "order"
	paramHotline   = "hotline"
	paramWhere     = "where" // where to go next and with what, "" for nowhere
	paramCode      = "code"
	paramReasons   = "reasons"
	paramHolder    = "holder"
	paramBank      = "bank"
)

// template is the words of one kind of message, with the names of its parameters in braces.
type template struct {
	name string
	text string
}

// write fills a template in. The text begins with the signature in 【】, which gateways tell by, and has these brackets once: whatever
// people typed is cut to its length and loses its own.
func (t template) write(signature string, given map[string]string) (sign, text string, parameters map[string]string) {
	sign = cut(plain(signature), longestSignature)
	parameters = maps.Clone(given)
	pairs := make([]string, 0, 2*len(given))
	for name, value := range given {
		parameters[name] = cut(plain(value), cmp.Or(longer[name], longestParameter))
		pairs = append(pairs, "{"+name+"}", parameters[name])
	}
	end := ""
	if phone := parameters[paramHotline]; phone != "" {
		end = "咨询电话：" + phone + "。"
	}
	text = "【" + sign + "】" + strings.NewReplacer(pairs...).Replace(t.text)
	return sign, cut(text, longestText-units(end)) + end, parameters
}

// plain is a value on one line without the brackets of a signature and without what nobody sees.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '【':
			return '['
		case r == '】':
			return ']'
		case unicode.IsSpace(r):
			return ' '
		case !ra.Readable(string(r)):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cut is a text of at most that many units; one that was longer ends in "…".
func cut(s string, longest int) string {
	if units(s) <= longest {
		return s
	}
	n := units("…")
	for at, r := range s {
		if n += utf16.RuneLen(r); n > longest {
			return s[:at] + "…"
		}
	}
	return s
}

// units is the length of a text in units of UCS-2.
func units(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
