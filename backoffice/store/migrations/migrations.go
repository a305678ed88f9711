// Package migrations holds the numbered .sql files of the database schema. A file that has landed is never edited.
package migrations

import "embed"

// FS holds the files.
//
//go:embed *.sql
var FS embed.FS
