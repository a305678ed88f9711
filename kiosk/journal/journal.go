// Package journal is what a kiosk must not forget: the numbers it gave, orders in hand, scanned pages until the back
// office has them, what customers left to be done, and every write to a key step by step. It is one encrypted SQLite file; each call is on the disk
// when it returns. It never holds a password or a PIN.
package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // the encryption
)

// KeyBytes is the length of the file's key.
const KeyBytes = 32

// Errors of Open.
var (
	ErrKey    = errors.New("journal: this key does not open the file")
	ErrNewer  = errors.New("journal: file was written by a newer version")
	ErrOlder  = errors.New("journal: file was written before the first release; begin with an empty data folder")
	ErrLocked = errors.New("journal: another program has the file open")
)

// ErrNotFound is for a write that the journal does not know.
var ErrNotFound = errors.New("journal: no such entry")

// DamagedError says that the file could not be read any more and was moved aside; the next Open begins a new one.
type DamagedError struct {
	Moved string // where the damaged file lies now
	Err   error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("journal: file is damaged, moved to %s: %v", e.Moved, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Journal is the open file. It is safe for concurrent use.
type Journal struct {
	db   *sql.DB
	key  []byte           // for connections that are made later
	now  func() time.Time // zero while no time is certain
	lock *os.File
}

//go:embed schema.sql
var schema string

// schemaVersion is what schema.sql makes. upgrades lead on from there, one version each; before the first release there are none.
const schemaVersion = 7

var upgrades = []string{}

var version = schemaVersion + len(upgrades)

// Open opens or begins the journal at path with a key of KeyBytes, which stays the caller's to overwrite. Now tells the
// time that is certain, zero while none is. Beside it stands path+".check", which tells a wrong key from a damaged file. ErrKey, ErrNewer, ErrOlder, ErrLocked, *DamagedError.
func Open(ctx context.Context, path string, key []byte, now func() time.Time) (*Journal, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("%w: %d bytes instead of %d", ErrKey, len(key), KeyBytes)
	}
	lock, err := takeLock(ctx, path+".lock")
	if err != nil {
		return nil, err
	}
	key = bytes.Clone(key)
	j, err := open(ctx, path, key, now)
	if err != nil {
		clear(key)
		return nil, errors.Join(err, unlock(lock))
	}
	j.lock = lock
	return j, nil
}

func open(ctx context.Context, path string, key []byte, now func() time.Time) (*Journal, error) {
	known, err := checkKey(path, key)
	if err != nil {
		return nil, err
	}
	db, err := driver.Open("file:"+path+"?vfs=adiantum", func(c *sqlite3.Conn) error { return prepare(c, key) })
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // one writer; SQLite would make the others wait anyway
	j := &Journal{db: db, key: key, now: now}
	if err = j.begin(ctx, path); err == nil {
		return j, nil
	}
	db.Close()
	switch {
	case !unreadable(err):
		return nil, fmt.Errorf("journal %s: %w", path, err)
	case !known: // nothing tells that this key ever opened it: touch nothing
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return nil, moveAside(path, likely(now()), err)
}

// prepare is for every connection; the key comes first.
func prepare(c *sqlite3.Conn, key []byte) error {
	return c.Exec(`PRAGMA hexkey='` + hex.EncodeToString(key) + `';
		PRAGMA busy_timeout=5000; PRAGMA temp_store=memory; PRAGMA journal_mode=wal;
		PRAGMA synchronous=full; PRAGMA secure_delete=on; PRAGMA foreign_keys=on;`)
}

func (j *Journal) begin(ctx context.Context, path string) error {
	var verdict string
	if err := j.db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", sqlite3.CORRUPT, verdict)
	}
	var have int
	if err := j.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return err
	}
	if have > version {
		return ErrNewer
	}
	if have == 0 {
		if err := j.create(ctx, path); err != nil {
			return err
		}
		have = schemaVersion
	}
	if have < schemaVersion {
		return ErrOlder
	}
	for _, u := range upgrades[have-schemaVersion:] {
		if err := j.in(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, u); return err }); err != nil {
			return err
		}
	}
	return nil
}

// create makes the tables. Where a damaged file lies beside, its numbers are lost: the sequence starts high, by the
// day, so that none is given again. Where the day is wrong, the back office refuses a number that it knows and tells the next.
func (j *Journal) create(ctx context.Context, path string) error {
	first := int64(1)
	if lost, _ := filepath.Glob(path + ".damaged-*"); len(lost) > 0 {
		first = max(1, int64(likely(j.now()).Sub(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()/24)*1000+1)
	}
	return j.in(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sequence (prefix, next) VALUES ('', ?)`, first)
		return err
	})
}

// stamp is the certain time for a row, 0 while there is none.
func (j *Journal) stamp() int64 {
	if t := j.now(); !t.IsZero() {
		return t.UnixMilli()
	}
	return 0
}

// likely is the certain time, or the machine's.
func likely(certain time.Time) time.Time {
	if certain.IsZero() {
		return time.Now()
	}
	return certain
}

// in runs f in a transaction.
func (j *Journal) in(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the first error tells more
		return err
	}
	return tx.Commit()
}

// Close closes the file and overwrites its key.
func (j *Journal) Close() error {
	err := j.db.Close()
	clear(j.key)
	return errors.Join(err, unlock(j.lock))
}

// unreadable reports errors that a wrong key or a damaged file causes.
func unreadable(err error) bool {
	return errors.Is(err, sqlite3.NOTADB) || errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.IOERR_SHORT_READ)
}

func moveAside(path string, at time.Time, cause error) error {
	moved := path + ".damaged-" + at.UTC().Format("20060102T150405")
	if err := os.Rename(path, moved); err != nil {
		return fmt.Errorf("journal %s is damaged (%w) and cannot be moved aside: %w", path, cause, err)
	}
	for _, tail := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+tail, moved+tail); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("journal %s is damaged (%w) and cannot be moved aside: %w", path, cause, err)
		}
	}
	return &DamagedError{Moved: moved, Err: cause}
}

// checkKey compares the key with the check value beside the file; known is false when an existing file has none.
func checkKey(path string, key []byte) (known bool, err error) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("keyhall journal check"))
	want := mac.Sum(nil)
	have, err := os.ReadFile(path + ".check")
	switch {
	case err == nil && hmac.Equal(have, want):
		return true, nil
	case err == nil:
		return false, ErrKey
	case !errors.Is(err, os.ErrNotExist):
		return false, fmt.Errorf("journal check: %w", err)
	}
	if _, err := os.Stat(path); err == nil {
		return false, nil
	}
	return true, writeSynced(path+".check", want)
}
