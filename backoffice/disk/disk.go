// Package disk writes the few files that must not be lost: whole or not at all, and with their name on the disk when the call
// returns.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteNew writes a file that does not exist yet, and never over an older one: fs.ErrExist.
func WriteNew(path string, b []byte, mode fs.FileMode) error {
	return write(path, mode, bytesOf(b), os.Link) // unlike a rename, fails when the file is there
}

// Replace writes a file, over an older one where there is one.
func Replace(path string, b []byte, mode fs.FileMode) error {
	return write(path, mode, bytesOf(b), os.Rename)
}

// ReplaceBy is Replace for what is too long to be in memory at once.
func ReplaceBy(path string, mode fs.FileMode, content func(io.Writer) error) error {
	return write(path, mode, content, os.Rename)
}

func bytesOf(b []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(b); return err }
}

func write(path string, mode fs.FileMode, content func(io.Writer) error, name func(from, to string) error) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(temporary.Name())
	err = errors.Join(content(temporary), temporary.Chmod(mode), temporary.Sync(), temporary.Close())
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
