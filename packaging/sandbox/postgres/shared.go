package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Shared returns the connection string (of the database postgres) of one server that all test programs of this user
// share. The first starts it, the last to release stops it; tests that were killed leave it running for the next ones.
// The environment variable KEYHALL_TEST_DSN names another server to use.
func Shared(ctx context.Context) (dsn string, release func(), err error) {
	if dsn := os.Getenv("KEYHALL_TEST_DSN"); dsn != "" {
		return dsn, func() {}, nil
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("keyhall-test-%d", os.Getuid()))
	users, err := os.OpenFile(dir+".users", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", nil, err
	}
	gate, err := os.OpenFile(dir+".gate", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", nil, err
	}
	// The gate is held while starting or stopping; a shared lock on users says that somebody works with the server.
	if err := syscall.Flock(int(gate.Fd()), syscall.LOCK_EX); err != nil {
		return "", nil, err
	}
	defer syscall.Flock(int(gate.Fd()), syscall.LOCK_UN)
	server, err := Start(ctx, dir, Options{Fast: true})
	if err != nil {
		return "", nil, err
	}
	if err := syscall.Flock(int(users.Fd()), syscall.LOCK_SH); err != nil {
		return "", nil, err
	}
	return server.DSN(""), func() { leave(server, users, gate) }, nil
}

// leave stops the server when nobody else uses it.
func leave(server *Server, users, gate *os.File) {
	defer users.Close()
	defer gate.Close()
	if syscall.Flock(int(gate.Fd()), syscall.LOCK_EX) != nil {
		return
	}
	if syscall.Flock(int(users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		server.Stop()
	}
}
