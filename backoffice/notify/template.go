package notify

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long messages may be, in characters: gateways of mainland China refuse longer ones.
const (
	longestText      = 500
	longestSignature = 20
	longestParameter = 64
	longestReasons   = 240
)

// How a gateway's template names what is filled in. Every message has the first five.
const (
	paramAddressee = "addressee" // masked
	paramService   = "service"
	paramOrder     = "order"
	paramHotline   = "hotline"
	paramWhere     = "where" // where to go next and with what, "" for nowhere
	paramCode      = "code"
	paramReasons   = "reasons"
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
		longest := longestParameter
		if name == paramReasons {
			longest = longestReasons
		}
		parameters[name] = cut(plain(value), longest)
		pairs = append(pairs, "{"+name+"}", parameters[name])
	}
	end := ""
	if phone := parameters[paramHotline]; phone != "" {
		end = "咨询电话：" + phone + "。"
	}
	text = "【" + sign + "】" + strings.NewReplacer(pairs...).Replace(t.text)
	return sign, cut(text, longestText-utf8.RuneCountInString(end)) + end, parameters
}

// plain is a value on one line without the brackets of a signature.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '【':
			return '['
		case r == '】':
			return ']'
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cut is a text of at most that many characters; one that was longer ends in "…".
func cut(s string, longest int) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest-1]) + "…"
}
