package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"keyhall/backoffice/disk"
)

// fileName is where a version of the master key lies in the data folder.
func fileName(version int) string { return "master-" + strconv.Itoa(version) + ".key" }

// Load reads the master keys of a data folder: versions 1 to newest, each from a file that only its owner may read; newest
// 0 reads all that are there. fs.ErrNotExist when a version is missing.
func Load(dir string, newest int) (*Vault, error) {
	if newest == 0 {
		var err error
		if newest, err = newestIn(dir); err != nil {
			return nil, err
		}
	}
	masters := map[int][]byte{}
	defer func() {
		for _, m := range masters {
			clear(m)
		}
	}()
	for version := 1; version <= max(newest, 1); version++ {
		master, err := read(filepath.Join(dir, fileName(version)))
		if err != nil {
			return nil, err
		}
		masters[version] = master
	}
	return New(masters)
}

// newestIn is the highest version in a folder, 0 when there is none.
func newestIn(dir string) (newest int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "master-*.key"))
	if err != nil {
		return 0, fmt.Errorf("vault: %w", err)
	}
	for _, name := range names {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "master-"), ".key")
		if version, err := strconv.Atoi(text); err == nil {
			newest = max(newest, version)
		}
	}
	return newest, nil
}

func read(path string) ([]byte, error) {
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
	return master, nil
}

// Create makes a version of the master key in a data folder; one that is there is kept.
func Create(dir string, version int) error {
	master := make([]byte, MasterBytes)
	defer clear(master)
	if _, err := rand.Read(master); err != nil {
		return fmt.Errorf("vault: making a master key: %w", err)
	}
	if err := disk.WriteNew(filepath.Join(dir, fileName(version)), master, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("vault: making a master key: %w", err)
	}
	return nil
}
