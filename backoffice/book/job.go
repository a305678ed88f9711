package book

import "errors"

// Job is work that is put by in the transaction that makes it necessary, and done once by one of the back offices
// (backoffice/jobs). Its fields are kept in the clear: ids, and never what a person may not read.
type Job interface {
	Kind() string // names the work, for ever
}

// ErrForGood is in the error of work that is not worth trying again.
var ErrForGood = errors.New("refused for good")
