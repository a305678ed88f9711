package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cluster is a folder with a database's files, the server's socket, log and lock, and the programs that work on it.
type cluster struct {
	dir  string // absolute
	bin  string // of the PostgreSQL version that made the data, or the newest
	fast bool

	folder *os.File            // dir, opened
	as     *syscall.Credential // nil: as ourselves
}

// inherited is how the programs name the folder. PostgreSQL refuses to run as root and then runs as "postgres", which
// may not get through to the folder (a clone in /root, a test's private folder): so it gets the folder opened.
const inherited = "/proc/self/fd/3"

func openCluster(dir string, o Options) (*cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, fast: o.Fast}
	if c.bin, err = findPrograms(c.path("data", "PG_VERSION")); err != nil {
		return nil, err
	}
	if c.as, err = credential(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if c.folder, err = os.Open(dir); err != nil {
		return nil, err
	}
	if err := c.own(); err != nil {
		c.folder.Close()
		return nil, err
	}
	return c, nil
}

func (c *cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

// own gives the folder to the server's user; a folder that a third person made is refused.
func (c *cluster) own() error {
	info, err := c.folder.Stat()
	if err != nil {
		return err
	}
	uid := os.Getuid()
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != uid && (c.as == nil || owner != int(c.as.Uid)) {
		return fmt.Errorf("postgres: %s belongs to another user", c.dir)
	}
	if c.as != nil {
		if err := c.folder.Chown(int(c.as.Uid), int(c.as.Gid)); err != nil {
			return err
		}
	}
	return c.folder.Chmod(0o700)
}

// start runs the server and waits until it answers. The caller holds the gate and the lock.
func (c *cluster) start(ctx context.Context) error {
	if err := c.initialise(ctx); err != nil {
		return err
	}
	if !c.running() { // a process id of before a restart may by now be somebody else's
		if err := os.Remove(c.path("data", "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	settings := "-c listen_addresses='' -c unix_socket_permissions=0700 -c max_connections=200 -c timezone=UTC" +
		" -c unix_socket_directories=" + inherited
	if c.fast {
		settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
	}
	err := c.run(ctx, "pg_ctl", "-D", inherited+"/data", "-l", inherited+"/log", "-o", settings, "-s", "-w", "start")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.endOfLog())
	}
	return c.watch(ctx)
}

// initialise makes an empty database where there is none. A killed initdb leaves nothing that looks complete.
func (c *cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(c.path("data", "PG_VERSION")); err == nil {
		return nil
	}
	for _, half := range []string{"data", "data.new"} {
		if err := os.RemoveAll(c.path(half)); err != nil {
			return err
		}
	}
	args := []string{"-D", inherited + "/data.new", "-U", user, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"}
	if c.fast {
		args = append(args, "--no-sync")
	}
	if err := c.run(ctx, "initdb", args...); err != nil {
		return err
	}
	return os.Rename(c.path("data.new"), c.path("data"))
}

// watch leaves a process behind that stops the server as soon as nobody holds the lock, however its holder ended.
func (c *cluster) watch(ctx context.Context) error {
	return c.run(ctx, "setsid", "--fork", "flock", "--exclusive", inherited+"/lock",
		filepath.Join(c.bin, "pg_ctl"), "-D", inherited+"/data", "-s", "-m", "fast", "stop")
}

// stop disconnects everybody, ends the server and waits for its end.
func (c *cluster) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.run(ctx, "pg_ctl", "-D", inherited+"/data", "-s", "-m", "fast", "-w", "stop")
}

// running tells whether a server works on these files: the process that its file names has its home here.
func (c *cluster) running() bool {
	content, err := os.ReadFile(c.path("data", "postmaster.pid"))
	if err != nil {
		return false
	}
	pid, _, _ := strings.Cut(string(content), "\n")
	home, err := os.Stat(filepath.Join("/proc", pid, "cwd"))
	if err != nil {
		return false
	}
	data, err := os.Stat(c.path("data"))
	return err == nil && os.SameFile(home, data)
}

// run runs a program to its end as the server's user, with the folder as its third file.
func (c *cluster) run(ctx context.Context, program string, args ...string) error {
	if _, err := os.Stat(filepath.Join(c.bin, program)); err == nil {
		program = filepath.Join(c.bin, program)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	cmd.ExtraFiles = []*os.File{c.folder}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	// A file, not a pipe: programs that stay in the background would keep a pipe open.
	output, err := os.CreateTemp("", "keyhall-pg-output-")
	if err != nil {
		return err
	}
	defer os.Remove(output.Name())
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(output.Name())
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, bytes.TrimSpace(said))
	}
	return nil
}

func (c *cluster) endOfLog() []byte {
	log, _ := os.ReadFile(c.path("log"))
	return log[max(0, len(log)-2000):]
}

// findPrograms gives the folder of the version that made the data, or of the newest one.
func findPrograms(versionFile string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%w: pg_ctl", ErrMissing)
	}
	if version, err := os.ReadFile(versionFile); err == nil {
		bin := filepath.Join("/usr/lib/postgresql", strings.TrimSpace(string(version)), "bin")
		if _, err := os.Stat(bin); err != nil {
			return "", fmt.Errorf("%w: version %s", ErrMissing, strings.TrimSpace(string(version)))
		}
		return bin, nil
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return versionOf(a) - versionOf(b) })
	return filepath.Dir(newest), nil
}

func versionOf(pgCtl string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(pgCtl))))
	return n
}

// credential is whom the server runs as: ourselves, or "postgres" when we are root.
func credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := osuser.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
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
