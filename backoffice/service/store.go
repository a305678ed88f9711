package service

import "context"

// Store is what the rules need of the database (backoffice/store). Do runs f in one transaction, which the ctx given to
// f carries; methods called with that ctx take part in it. f may run again after a serialization failure or deadlock.
type Store interface {
	Do(ctx context.Context, f func(ctx context.Context) error) error
}
