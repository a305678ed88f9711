package pinyin

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The engine's lines, described in its package comment.

type request struct {
	Letters string `json:"letters"`
	Limit   int    `json:"limit,omitempty"`
}

type answer struct {
	Preedit    string `json:"preedit"`
	Candidates []struct {
		Text    string `json:"text"`
		Letters int    `json:"letters"`
	} `json:"candidates"`
}

var errAnswer = errors.New("nonsense from the pinyin engine")

// decode reads an answer and refuses what cannot be one to this request.
func decode(line []byte, q request) (answer, error) {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		// Without the error's own words: they may quote what was typed.
		return answer{}, fmt.Errorf("%w: no JSON", errAnswer)
	}
	bare := strings.NewReplacer(" ", "", "'", "")
	if bare.Replace(a.Preedit) != bare.Replace(q.Letters) {
		return answer{}, fmt.Errorf("%w: other letters", errAnswer)
	}
	if len(a.Candidates) > q.Limit {
		return answer{}, fmt.Errorf("%w: %d candidates", errAnswer, len(a.Candidates))
	}
	for _, c := range a.Candidates {
		if c.Letters < 1 || c.Letters > len(q.Letters) || !validText(c.Text) {
			return answer{}, fmt.Errorf("%w: candidate", errAnswer)
		}
	}
	return a, nil
}

func (a answer) composition() Composition {
	c := Composition{Preedit: a.Preedit, Candidates: make([]Candidate, 0, len(a.Candidates))}
	for _, found := range a.Candidates {
		c.Candidates = append(c.Candidates, Candidate(found))
	}
	return c
}

// validText allows one line of at most a character for each letter.
func validText(text string) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= MaxLetters && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
