// Package postgres runs a private PostgreSQL in a folder, on a unix socket only: for the sandbox and for tests. The
// server lives as long as somebody holds the folder's lock, so it ends with a killed program too.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var (
	// ErrMissing means that PostgreSQL (Debian: postgresql) is not installed.
	ErrMissing = errors.New("PostgreSQL is not installed")
	// ErrBusy means that another program keeps starting or ending the server in this folder.
	ErrBusy = errors.New("PostgreSQL's folder is busy")
)

const user = "keyhall"

// Options of a server.
type Options struct {
	// Fast forgets data at a power cut (no fsync): for tests.
	Fast bool
}

// Server is a running PostgreSQL.
type Server struct {
	cluster *cluster
	host    string   // the socket's folder, by a short name
	user    *os.File // lock: we work with the server
	lock    *os.File // lock: somebody does; the watcher waits for its end
	link    string   // folder of the short name, when one had to be made
}

// Start runs a server on the data in dir, which are made when missing, or joins the one that runs there. As root the
// server runs as the user postgres, who then owns dir. Errors: ErrMissing, ErrBusy, or the end of the server's log.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	return startIn(ctx, dir, o, (*cluster).start)
}

func startIn(ctx context.Context, dir string, o Options, start func(*cluster, context.Context) error) (*Server, error) {
	c, err := openCluster(dir, o)
	if err != nil {
		return nil, err
	}
	s := &Server{cluster: c}
	if err := s.open(ctx, start); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context, start func(*cluster, context.Context) error) error {
	c := s.cluster
	gate, err := lockFile(ctx, c.path("gate"), exclusive)
	if err != nil {
		return err
	}
	defer gate.Close()
	if s.lock, err = lockFile(ctx, c.path("lock"), shared); err != nil {
		return err
	}
	if s.user, err = lockFile(ctx, c.path("user"), shared); err != nil {
		return err
	}
	if !c.running() {
		if err := start(c, ctx); err != nil {
			return err
		}
	}
	return s.name()
}

// name finds a short name of the socket's folder: with the socket it must stay under 108 bytes.
func (s *Server) name() error {
	s.host = s.cluster.dir
	if len(s.cluster.path(".s.PGSQL.5432")) < 108 {
		return nil
	}
	var err error
	if s.link, err = os.MkdirTemp("", "keyhall-pg-"); err != nil {
		return err
	}
	s.host = filepath.Join(s.link, "s")
	return os.Symlink(s.cluster.dir, s.host)
}

// DSN is the connection string of a database of this server; "" means the database postgres. Only the user who started
// the server and root get in.
func (s *Server) DSN(database string) string { return dsn(s.host, database) }

// Stop ends the server when nobody else works with it; the data stay. Stopping twice is fine.
func (s *Server) Stop() error {
	var errs []error
	if s.user != nil {
		errs = append(errs, s.leave())
	}
	for _, f := range []*os.File{s.user, s.lock, s.cluster.folder} {
		if f != nil {
			f.Close()
		}
	}
	s.user, s.lock = nil, nil
	if s.link != "" {
		errs = append(errs, os.RemoveAll(s.link))
	}
	return errors.Join(errs...)
}

func (s *Server) leave() error {
	gate, err := lockFile(context.Background(), s.cluster.path("gate"), exclusive)
	if err != nil {
		return err
	}
	defer gate.Close()
	if !try(s.user, exclusive) || !s.cluster.running() {
		return nil
	}
	return s.cluster.stop()
}

func dsn(host, database string) string {
	if database == "" {
		database = "postgres"
	}
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(host)
	return fmt.Sprintf("host='%s' user=%s dbname=%s sslmode=disable", quoted, user, database)
}
