package api_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// watched keeps where an answer was read to.
type watched struct {
	io.Reader
	places [][]byte
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.places = append(w.places, p[:n])
	return n, err
}

func (*watched) Close() error { return nil }

// TestAnswersAreOverwritten: an answer may hold PINs; nothing of it stays but what it was decoded into.
func TestAnswersAreOverwritten(t *testing.T) {
	t.Parallel()
	pin := strings.Repeat("MTIzNDU2Nzg5MDEy", 500)
	text := `{"attempt_id": "1", "set": {"version": 1, "value": "` + pin + `"}}`
	broken := errors.New("the line broke")
	for name, c := range map[string]struct {
		length int64
		rest   error
		code   ra.Code
	}{
		"of a length that is told":   {int64(len(text)), io.EOF, ""},
		"of a length that is wrong":  {10, io.EOF, ""},
		"of an unknown length":       {-1, io.EOF, ""},
		"broken off in the middle":   {int64(len(text)), broken, ra.CodeOfficeAway},
		"of an unknown one, cut off": {-1, broken, ra.CodeOfficeAway},
	} {
		body := &watched{Reader: io.MultiReader(strings.NewReader(text), failing{c.rest})}
		var got ra.Opening
		err := api.Decode(&http.Response{Body: body, ContentLength: c.length}, &got)
		if ra.CodeOf(err) != c.code || err == nil && len(got.Set.Value) != len(pin)/4*3 {
			t.Errorf("%s: %v with %d bytes", name, err, len(got.Set.Value))
		}
		for _, p := range body.places {
			if len(bytes.Trim(p, "\x00")) != 0 {
				t.Errorf("%s: %d bytes of the answer stay in memory", name, len(p))
				break
			}
		}
	}
}

// failing ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
