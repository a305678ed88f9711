package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenFile reads the master key from a file that only its owner may read. fs.ErrNotExist when there is none.
func OpenFile(path string) (*Vault, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("vault: master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("vault: master key %s: others may read it (mode %v, want 0600)", path, info.Mode().Perm())
	}
	master, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("vault: master key: %w", err)
	}
	return New(master)
}

// OpenOrCreateFile is OpenFile, making a new master key where there is none yet. An existing file is never replaced.
func OpenOrCreateFile(path string) (*Vault, error) {
	v, err := OpenFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("vault: making a master key: %w", err)
	}
	return OpenFile(path)
}

// create writes a whole file or none: linking it to its name fails where another program was first.
func create(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	master := make([]byte, MasterBytes)
	if _, err := rand.Read(master); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Write(master); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
