package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"keyhall/kiosk/journal"
	"keyhall/kiosk/safe"
)

// openSafe opens the kiosk's secrets; systemd tells in the environment where it laid its credentials.
func openSafe(ctx context.Context, config Config, log *slog.Logger) (*safe.Safe, error) {
	if err := config.makeDataFolder(); err != nil {
		return nil, err
	}
	return safe.Open(ctx, safe.Config{Dir: config.secretsFolder(), Credentials: os.Getenv("CREDENTIALS_DIRECTORY"),
		TPM: config.Secrets.TPM, Log: log})
}

// openOwn opens what a run needs of the kiosk's own: who it is, and its journal. The safe is closed again, so that its key
// does not stay in memory for months.
func openOwn(ctx context.Context, config Config, certain func() time.Time, log *slog.Logger) (who identity, store *journal.Journal, err error) {
	secrets, err := openSafe(ctx, config, log)
	if err != nil {
		return who, nil, err
	}
	defer secrets.Close()
	// The journal first: an enrolment holds it, and changes who the kiosk is.
	if store, err = openJournal(ctx, config, secrets, certain, log); err != nil {
		return who, nil, err
	}
	if who, err = loadIdentity(secrets); err != nil {
		return who, nil, errors.Join(err, store.Close())
	}
	return who, store, nil
}

// openStopped opens the secrets and the journal of a kiosk that is not running; a running one holds its journal.
func openStopped(ctx context.Context, config Config, log *slog.Logger) (*safe.Safe, *journal.Journal, error) {
	secrets, err := openSafe(ctx, config, log)
	if err != nil {
		return nil, nil, err
	}
	store, err := openJournal(ctx, config, secrets, noTime, log)
	if errors.Is(err, journal.ErrLocked) {
		err = fmt.Errorf("the kiosk is running, end it first: %w", err)
	}
	if err != nil {
		secrets.Close()
		return nil, nil, err
	}
	return secrets, store, nil
}

// noTime is for a journal that is opened without the back office, whose time alone is certain.
func noTime() time.Time { return time.Time{} }

// openJournal opens the journal; a damaged one is moved aside, told in the log, and a new one begun, so that the hall
// can go on: the back office still knows every write.
func openJournal(ctx context.Context, config Config, secrets *safe.Safe, certain func() time.Time, log *slog.Logger) (*journal.Journal, error) {
	key, err := journalKey(secrets)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	store, err := journal.Open(ctx, config.journalFile(), key, certain)
	var damaged *journal.DamagedError
	if errors.As(err, &damaged) {
		log.Error("journal damaged, a new one is begun", "error", err)
		store, err = journal.Open(ctx, config.journalFile(), key, certain)
	}
	return store, err
}

// journalKey returns the journal's key, for the caller to overwrite, and makes it the first time.
func journalKey(s *safe.Safe) ([]byte, error) {
	key, err := s.Read(journalSecret)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = make([]byte, journal.KeyBytes)
	rand.Read(key)
	return key, s.Write(journalSecret, key)
}
