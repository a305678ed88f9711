package jobs

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// failure is an error whose text is its trouble alone, which is what River keeps of it.
type failure struct{ err error }

// Error is the trouble's code.
func (f failure) Error() string { return string(troubleOf(f.err)) }

// Unwrap is what happened, for the log.
func (f failure) Unwrap() error { return f.err }

// kept is an error as the queue may keep it.
func kept(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// told is an error as the log may have it.
func told(err error) error {
	var f failure
	if errors.As(err, &f) {
		return f.err
	}
	return err
}

// troubleOf names what is wrong.
func troubleOf(err error) book.Trouble {
	var (
		answered interface{ HTTPStatus() int }
		ruled    *ra.Error
		network  net.Error
	)
	switch {
	case errors.As(err, &answered):
		return book.TroubleRefused
	case errors.As(err, &ruled) && ruled.Code != ra.CodeInternal:
		return book.Trouble(ruled.Code)
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return book.TroubleAway
	}
	return book.TroubleOther
}

// rescued is what River says of a job whose back office died over it.
const rescued = "Stuck job rescued"

var troubleShape = regexp.MustCompile(`^[a-z_]{1,40}$`)

// readTrouble makes a trouble of what the queue has, which may be River's own words, those of a panic or of an older version.
func readTrouble(kept string) book.Trouble {
	kept = strings.TrimPrefix(kept, "JobCancelError: ")
	switch {
	case kept == "":
		return ""
	case strings.HasPrefix(kept, rescued):
		return book.TroubleLost
	case troubleShape.MatchString(kept):
		return book.Trouble(kept)
	}
	return book.TroubleOther
}
