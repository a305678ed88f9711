package console

import (
	"errors"

	"keyhall/backoffice/ra"
)

// Explain puts an error of the rules into the console's English words, for commands; the error itself stands behind them. Every
// other error is its own words.
func Explain(err error) string {
	var known *ra.Error
	if !errors.As(err, &known) {
		return err.Error()
	}
	w, e := loadWords(files, english)
	if e != nil || !w.has("error."+string(known.Code)) {
		return err.Error()
	}
	return w.problem(known) + " (" + err.Error() + ")"
}
