package main

/*
#cgo pkg-config: libpinyin
#include <stdbool.h>
#include <stdlib.h>
#include <pinyin.h>
*/
import "C"

import (
	"errors"
	"strings"
	"unsafe"
)

// library is libpinyin with one input in hand. It is not for concurrent use.
type library struct {
	context  *C.pinyin_context_t
	instance *C.pinyin_instance_t
}

// The same choices as the desktop's ibus-libpinyin: initials alone are enough (zs: 证书), xian may be xi'an, and the
// usual slips (gn for ng, v for u) are mended. No fuzzy sounds: they would crowd the few candidates on the screen.
const options = C.IS_PINYIN | C.PINYIN_INCOMPLETE | C.USE_DIVIDED_TABLE | C.USE_RESPLIT_TABLE | C.DYNAMIC_ADJUST |
	C.PINYIN_CORRECT_ALL

func openLibrary(data, dir string) (*library, error) {
	cData, cDir := C.CString(data), C.CString(dir)
	defer C.free(unsafe.Pointer(cData))
	defer C.free(unsafe.Pointer(cDir))
	context := C.pinyin_init(cData, cDir)
	if context == nil {
		return nil, errors.New("libpinyin's data cannot be opened: " + data)
	}
	C.pinyin_set_options(context, options)
	return &library{context, C.pinyin_alloc_instance(context)}, nil
}

func (l *library) close() {
	C.pinyin_free_instance(l.instance)
	C.pinyin_fini(l.context)
}

// parse takes the letters in and tells how many of them are pinyin.
func (l *library) parse(letters string) int {
	cLetters := C.CString(letters)
	defer C.free(unsafe.Pointer(cLetters))
	C.pinyin_reset(l.instance)
	parsed := int(C.pinyin_parse_more_full_pinyins(l.instance, cLetters))
	C.pinyin_guess_sentence(l.instance)
	return min(parsed, len(letters))
}

// compose answers with what the letters may mean. libpinyin reads nothing behind a leading apostrophe and aborts at one
// that is alone.
func (l *library) compose(letters string, limit int) answer {
	trimmed := strings.TrimLeft(letters, "'")
	a := l.composeSyllables(trimmed, limit)
	for i := range a.Candidates {
		a.Candidates[i].Letters += len(letters) - len(trimmed)
	}
	return a
}

func (l *library) composeSyllables(letters string, limit int) answer {
	if letters == "" {
		return answer{}
	}
	parsed := l.parse(letters)
	if parsed == 0 {
		return answer{Preedit: letters}
	}
	a := answer{Preedit: l.split(letters, parsed)}
	seen := map[string]bool{}
	for _, found := range l.guess() {
		c := candidate{Text: l.text(found), Letters: l.letters(found, parsed)}
		if len(a.Candidates) == limit {
			break
		}
		if c.Text == "" || c.Letters < 1 || seen[c.Text] {
			continue
		}
		seen[c.Text] = true
		a.Candidates = append(a.Candidates, c)
	}
	return a
}

// split puts a space between syllables and leaves what is no pinyin as it is.
func (l *library) split(letters string, parsed int) string {
	var parts []string
	at := 0
	for offset := C.size_t(0); int(offset) < parsed; {
		var rest *C.ChewingKeyRest
		var begin, end C.guint16
		if !C.pinyin_get_pinyin_key_rest(l.instance, offset, &rest) ||
			!C.pinyin_get_pinyin_key_rest_positions(l.instance, rest, &begin, &end) {
			break
		}
		if int(end) <= at || int(end) > parsed {
			break
		}
		parts = append(parts, strings.Trim(letters[at:int(end)], "'"))
		at = int(end)
		if !C.pinyin_get_right_pinyin_offset(l.instance, offset, &offset) {
			break
		}
	}
	if tail := strings.Trim(letters[at:], "'"); tail != "" {
		parts = append(parts, tail)
	}
	return strings.Join(parts, " ")
}

// guess lists the candidates at the beginning of the input: whole sentences first, then from long to short.
func (l *library) guess() []*C.lookup_candidate_t {
	if !C.pinyin_guess_candidates(l.instance, 0, C.SORT_BY_PHRASE_LENGTH_AND_PINYIN_LENGTH_AND_FREQUENCY) {
		return nil
	}
	var n C.guint
	C.pinyin_get_n_candidate(l.instance, &n)
	found := make([]*C.lookup_candidate_t, 0, int(n))
	for i := range n {
		var c *C.lookup_candidate_t
		if C.pinyin_get_candidate(l.instance, i, &c) {
			found = append(found, c)
		}
	}
	return found
}

func (l *library) text(c *C.lookup_candidate_t) string {
	var text *C.gchar
	if !C.pinyin_get_candidate_string(l.instance, c, &text) {
		return ""
	}
	return C.GoString((*C.char)(text))
}

// letters tells how many letters a candidate stands for. Only choosing it tells, which is taken back; candidates of
// kinds that cannot be taken back are not used (0).
func (l *library) letters(c *C.lookup_candidate_t, parsed int) int {
	var kind C.lookup_candidate_type_t
	C.pinyin_get_candidate_type(l.instance, c, &kind)
	switch kind {
	case C.NBEST_MATCH_CANDIDATE:
		return parsed
	case C.NORMAL_CANDIDATE:
		end := C.pinyin_choose_candidate(l.instance, 0, c)
		C.pinyin_clear_constraint(l.instance, 0)
		return min(int(end), parsed)
	}
	return 0
}
