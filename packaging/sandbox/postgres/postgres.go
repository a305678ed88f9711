// Package postgres runs a private PostgreSQL in a folder, on a Unix socket only: for the sandbox and for tests.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL is not installed")

// Options of a server.
type Options struct {
	// Fast forgets data at a power cut (no fsync): for tests.
	Fast bool
}

// Server is a running PostgreSQL.
type Server struct {
	dir string
	bin string
}

// Start runs a server on the data in dir, which is made when empty. A server left behind in dir by a killed program is
// used as it is. As root the server runs as the user postgres, who then owns dir.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.initialise(ctx); err != nil {
		return nil, err
	}
	if s.running(ctx) {
		return s, nil
	}
	settings := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c max_connections=200", dir)
	if o.Fast {
		settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
	}
	if err := s.run(ctx, "pg_ctl", "-D", s.data(), "-l", filepath.Join(dir, "log"), "-o", settings, "-w", "-t", "60", "start"); err != nil {
		return nil, err
	}
	return s, nil
}

// DSN is the connection string of a database of this server; "" means the database postgres.
func (s *Server) DSN(database string) string {
	if database == "" {
		database = "postgres"
	}
	return fmt.Sprintf("host=%s user=keyhall dbname=%s", s.dir, database)
}

// Stop ends the server; the data stay.
func (s *Server) Stop() error {
	if !s.running(context.Background()) {
		return nil
	}
	return s.run(context.Background(), "pg_ctl", "-D", s.data(), "-m", "fast", "-w", "stop")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) running(ctx context.Context) bool {
	return s.run(ctx, "pg_ctl", "-D", s.data(), "status") == nil
}

func (s *Server) initialise(ctx context.Context) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	owner, err := s.owner()
	if err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(s.dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(s.data(), "PG_VERSION")); err == nil {
		return nil
	}
	// initdb works in a folder of its own name first: one that was interrupted is never taken for a finished one.
	fresh := filepath.Join(s.dir, "fresh")
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := s.run(ctx, "initdb", "-D", fresh, "-U", "keyhall", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return err
	}
	return os.Rename(fresh, s.data())
}

// owner is whom the server runs as; nil is the caller, who is not root.
func (s *Server) owner() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (s *Server) run(ctx context.Context, program string, args ...string) error {
	owner, err := s.owner()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	// A group of its own: Ctrl-C in the terminal is for the program that stops the server in good order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setpgid: true}
	out, err := os.CreateTemp("", "keyhall-postgres-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	// A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open for ever.
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(string(text)))
	}
	return nil
}

// binaries finds the newest installed version.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", ErrMissing
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}
