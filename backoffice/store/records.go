package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgtype"
)

// collection takes the rows of a subquery, ARRAY(SELECT (a, b) FROM …), into a list; fields are where a row's values go. A list that is
// empty in the database stays as it was.
type collection[T any] struct {
	into   *[]T
	fields func(*T) []any
}

var _ pgtype.ArraySetter = collection[int]{}

// SetDimensions implements pgtype.ArraySetter.
func (c collection[T]) SetDimensions(dimensions []pgtype.ArrayDimension) error {
	if len(dimensions) > 0 && dimensions[0].Length > 0 {
		*c.into = make([]T, dimensions[0].Length)
	}
	return nil
}

// ScanIndex implements pgtype.ArraySetter.
func (c collection[T]) ScanIndex(i int) any { return record(c.fields(&(*c.into)[i])) }

// ScanIndexType implements pgtype.ArraySetter.
func (c collection[T]) ScanIndexType() any { return record(nil) }

// record takes the values of one row.
type record []any

// ScanNull implements pgtype.CompositeIndexScanner.
func (record) ScanNull() error { return errors.New("store: a row is NULL") }

// ScanIndex implements pgtype.CompositeIndexScanner.
func (r record) ScanIndex(i int) any { return r[i] }
