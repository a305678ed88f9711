package safe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lockWait = 10 * time.Second
	maxFile  = 1 << 20
)

// disk is the folder's files: private, written whole, one writer at a time.
type disk struct {
	dir  string
	hook func(step string) error // tests stop here as a power cut does; nil: never
}

// step comes before every change of the disk.
func (d disk) step(what string) error {
	if d.hook == nil {
		return nil
	}
	return d.hook(what)
}

func (d disk) path(name string) string { return filepath.Join(d.dir, name) }

// makeFolder makes the folder, or sees that the one that is there is private.
func (d disk) makeFolder() error {
	info, err := os.Stat(d.dir)
	if err == nil {
		return checkPrivate(d.dir, info)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("safe: %w", err)
	}
	if err := d.step("make folder"); err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("safe: %w", err)
	}
	return syncFolder(filepath.Dir(d.dir))
}

func checkPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	want := fs.FileMode(0o600)
	if info.IsDir() {
		want = 0o700
	}
	return fmt.Errorf("%w: %s (mode %v, want %v)", ErrExposed, path, info.Mode().Perm(), want)
}

// lock keeps other processes from writing. Nobody holds it for longer than a few file operations, or, at the first use,
// the TPM takes.
func (d disk) lock(ctx context.Context) (unlock func() error, err error) {
	folder, err := os.Open(d.dir)
	if err != nil {
		return nil, fmt.Errorf("safe: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil: // let go at once, though a child that is just being started still has the folder open
			return func() error { return errors.Join(unix.Flock(int(folder.Fd()), unix.LOCK_UN), folder.Close()) }, nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("safe: lock of %s: %w", d.dir, err), folder.Close())
		case ctx.Err() != nil || time.Now().After(end):
			return nil, errors.Join(fmt.Errorf("%w: %s", ErrBusy, d.dir), ctx.Err(), folder.Close())
		}
	}
}

func (d disk) locked(do func() error) error {
	unlock, err := d.lock(context.Background())
	if err != nil {
		return err
	}
	return errors.Join(do(), unlock())
}

// readPrivate reads a file that only its owner may read. fs.ErrNotExist, ErrExposed, ErrDamaged.
func (d disk) readPrivate(name string) ([]byte, error) {
	return readFile(d.path(name), checkPrivate)
}

func readFile(path string, check func(string, fs.FileInfo) error) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("safe: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("safe: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %s is no file of ours", ErrDamaged, path)
	}
	if err := check(path, info); err != nil {
		return nil, err
	}
	content := make([]byte, info.Size()) // not io.ReadAll, which leaves copies behind as it grows
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	return content, nil
}

// writeWhole leaves the old file or the new one, and the new one for good once it returns. What a power cut leaves of
// the temporary file is overwritten the next time; nobody reads it.
func (d disk) writeWhole(name string, content []byte) error {
	temp := d.path(name + ".new")
	if err := d.writeTemp(temp, content); err != nil {
		return fmt.Errorf("safe: %w", err)
	}
	if err := d.step("rename"); err != nil {
		return err
	}
	if err := os.Rename(temp, d.path(name)); err != nil {
		return fmt.Errorf("safe: %w", err)
	}
	return d.sync()
}

func (d disk) writeTemp(path string, content []byte) error {
	if err := d.step("create"); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(d.step("write"), f.Chmod(0o600)) // whoever left a file of that name
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = d.step("sync file")
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d disk) remove(name string) error {
	if err := d.step("remove"); err != nil {
		return err
	}
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("safe: %w", err)
	}
	return d.sync()
}

func (d disk) sync() error {
	if err := d.step("sync folder"); err != nil {
		return err
	}
	return syncFolder(d.dir)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("safe: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("safe: %w", err)
	}
	return nil
}
