// Package disk writes the few files that must not be lost: whole or not at all, and with their name on the disk when the call
// returns.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteNew writes a file that does not exist yet, and never over an older one: fs.ErrExist.
func WriteNew(path string, b []byte, mode fs.FileMode) error {
	return write(path, b, mode, os.Link) // unlike a rename, fails when the file is there
}

// Replace writes a file, over an older one where there is one.
func Replace(path string, b []byte, mode fs.FileMode) error { return write(path, b, mode, os.Rename) }

func write(path string, b []byte, mode fs.FileMode, name func(from, to string) error) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(b)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err == nil {
		err = name(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
