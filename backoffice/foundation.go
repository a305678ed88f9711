package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/disk"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/vault"
)

// A register and its data folder belong together: the folder holds the CA and the master keys that everything in the
// register was made with. The folder says in this file whose it is, and the register has fingerprints of what lies in it.
const foundationFile = "foundation"

// errNotFounded is for a register or a folder that `found` was never run for.
var errNotFounded = errors.New("nothing was founded yet: run `keyhall-backoffice found --config FILE` once")

// found makes CA and master key of a new register, once. It may be broken off anywhere and called again.
func found(ctx context.Context, s *store.Store, c Config) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	f, err := s.BeginFoundation(ctx, uuid.Must(uuid.NewV7()).String(), c.now().UTC())
	if err != nil {
		return err
	}
	if err := markFolder(c.Data, f); err != nil {
		return err
	}
	if f.Founded {
		return checkFoundation(ctx, s, c.Data)
	}
	var first []*local.Issuer
	defer func() {
		for _, issuer := range first {
			issuer.Close()
		}
	}()
	for _, a := range firstAuthorities() {
		issuer, err := local.Found(ctx, c.authority(a))
		if err != nil {
			return err
		}
		first = append(first, issuer)
	}
	if err := vault.Create(c.Data, 1); err != nil {
		return err
	}
	if err := audit.CreateKey(c.Data); err != nil {
		return err
	}
	if err := keepFingerprints(ctx, s, c, first); err != nil {
		return err
	}
	return checkFoundation(ctx, s, c.Data) // another folder may have been founded meanwhile
}

// keepFingerprints ends the founding, unless somebody else did.
func keepFingerprints(ctx context.Context, s *store.Store, c Config, issuers []*local.Issuer) error {
	secrets, err := vault.Load(c.Data, 1)
	if err != nil {
		return err
	}
	defer secrets.Close()
	master, err := secrets.Fingerprint(1)
	if err != nil {
		return err
	}
	key, _, err := keepTrail(s, c.Data)
	if err != nil {
		return err
	}
	now := c.now().UTC()
	return s.Do(ctx, func(tx *store.Tx) error {
		first, err := tx.EndFoundation(ctx, key.Public(), now)
		if err != nil || !first {
			return err
		}
		if err := tx.InsertMasterKey(ctx, 1, master, now); err != nil {
			return err
		}
		facts := map[string]string{}
		for i, a := range firstAuthorities() {
			a.Certificate, a.SignsFrom = issuers[i].Certificate().Raw, issuers[i].Certificate().NotBefore
			if err := keepAuthority(ctx, tx, a, now); err != nil {
				return err
			}
			facts[a.Name+"_sha256"] = fingerprint(a)
		}
		facts["audit_key"] = hex.EncodeToString(key.Public())
		return tx.InsertAudit(ctx, byCommand("register.found", now, facts))
	})
}

// byCommand is a line of the trail about something that a command at the server did.
func byCommand(action string, at time.Time, facts map[string]string) book.AuditRow {
	return book.AuditRow{At: at.Truncate(time.Microsecond), ActorKind: "system", ActorID: book.Command().ID, Action: action, Facts: facts}
}

// markFolder writes down whose folder this is before anything is put into it, and refuses another's.
func markFolder(dir string, f book.Foundation) error {
	owner, err := folderOwner(dir)
	switch {
	case err == nil && owner == f.ID:
		return nil
	case err == nil:
		return otherFolder(dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case f.Founded:
		return fmt.Errorf("this register was founded with another data folder: bring its files to %s, a new CA and master key would make every key and certificate worthless", dir)
	}
	for _, name := range []string{"ca.pem", "ca-key.pem", "operations.pem", "operations-key.pem", "master-1.key", audit.KeyFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("the data folder %s holds %s, but not whose it is: choose an empty folder", dir, name)
		}
	}
	return disk.WriteNew(filepath.Join(dir, foundationFile), []byte(f.ID+"\n"), 0o644)
}

func otherFolder(dir string) error {
	return fmt.Errorf("the data folder %s belongs to another register than the database: their keys and PINs do not fit each other; correct `data` or `database`", dir)
}

// folderOwner is the id of the register that a folder belongs to: fs.ErrNotExist.
func folderOwner(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, foundationFile))
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// checkFoundation refuses a data folder that does not belong to the database, or lacks what the register was made with.
func checkFoundation(ctx context.Context, s *store.Store, dir string) error {
	secrets, err := openVault(ctx, s, dir)
	if err != nil {
		return err
	}
	secrets.Close()
	return nil
}

// openVault opens the master keys that the register knows, after everything in the data folder was compared with it.
func openVault(ctx context.Context, s *store.Store, dir string) (_ *vault.Vault, err error) {
	f, err := s.Foundation(ctx)
	if ra.CodeOf(err) == ra.CodeNotFound || err == nil && !f.Founded {
		return nil, errNotFounded
	}
	if err != nil {
		return nil, err
	}
	owner, err := folderOwner(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the data folder %s is not the one that this register was founded with: bring its files there", dir)
	}
	if err == nil && owner != f.ID {
		err = otherFolder(dir)
	}
	if err != nil {
		return nil, err
	}
	if err := sameCA(dir, f); err != nil {
		return nil, err
	}
	secrets, err := vault.Load(dir, len(f.Masters))
	if err != nil {
		return nil, fmt.Errorf("%w; the register knows %d versions of the master key, each has to be there", err, len(f.Masters))
	}
	if err := errors.Join(sameMasters(secrets, f), sameTrail(dir, f)); err != nil {
		secrets.Close()
		return nil, err
	}
	return secrets, nil
}

func sameCA(dir string, f book.Foundation) error {
	for _, a := range f.Authorities {
		certificate, err := local.Certificate(dir, a.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the CA %s of this register is not in the data folder: bring its files there: %w", a.Name, err)
		}
		if err != nil {
			return fmt.Errorf("the CA that the register was founded with: %w", err)
		}
		if !bytes.Equal(certificate.Raw, a.Certificate) {
			return fmt.Errorf("the CA %s in the data folder %s is not the one that this register knows", a.Name, dir)
		}
	}
	return nil
}

func sameMasters(secrets *vault.Vault, f book.Foundation) error {
	for version, want := range f.Masters {
		got, err := secrets.Fingerprint(version)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("version %d of the master key is not the one that this register knows: other PINs would come out", version)
		}
	}
	return nil
}

// rotate makes the next version of the master key. What older versions made stays with them. It may be broken off and
// called again.
func rotate(ctx context.Context, s *store.Store, dir string) (version int, err error) {
	secrets, err := openVault(ctx, s, dir)
	if err != nil {
		return 0, err
	}
	version = secrets.Current() + 1
	secrets.Close()
	if _, _, err := keepTrail(s, dir); err != nil {
		return 0, err
	}
	if err := vault.Create(dir, version); err != nil {
		return 0, err
	}
	fresh, err := vault.Load(dir, version)
	if err != nil {
		return 0, err
	}
	defer fresh.Close()
	fingerprint, err := fresh.Fingerprint(version)
	if err != nil {
		return 0, err
	}
	now := time.Now().UTC()
	err = s.Do(ctx, func(tx *store.Tx) error {
		if err := tx.InsertMasterKey(ctx, version, fingerprint, now); err != nil {
			return fmt.Errorf("another machine rotated at the same time, or has: %w", err)
		}
		return tx.InsertAudit(ctx, byCommand("master.rotate", now, map[string]string{"version": strconv.Itoa(version)}))
	})
	return version, err
}

type foundCmd struct{ configFlag }

// Run says which CA the register has.
func (c foundCmd) Run(ctx context.Context) error {
	config, _, err := c.read()
	if err != nil {
		return err
	}
	return withSchema(ctx, config, func(s *store.Store) error {
		if err := found(ctx, s, config); err != nil {
			return err
		}
		f, err := s.Foundation(ctx)
		if err != nil {
			return err
		}
		return printAuthorities("founded", f.Authorities)
	})
}

type rotateCmd struct{ configFlag }

// Run says what to do next: the file is nowhere else yet.
func (c rotateCmd) Run(ctx context.Context) error {
	config, log, err := c.read()
	if err != nil {
		return err
	}
	return withSchema(ctx, config, func(s *store.Store) error {
		version, err := rotate(ctx, s, config.Data)
		if err != nil {
			return err
		}
		log.InfoContext(ctx, "master key rotated", slog.Int("version", version))
		_, err = fmt.Printf("master key version %d made: back up %s, copy it to every other back office of this register, then start all of them again\n",
			version, filepath.Join(config.Data, fmt.Sprintf("master-%d.key", version)))
		return err
	})
}
