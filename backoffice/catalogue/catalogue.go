// Package catalogue is what a back office offers, as a person writes it down: halls, models of key, and projects with their
// services, prices, materials and agreements, in one TOML file. It reads, checks and stores that file, and writes down what is
// stored. packaging/examples/catalogue.toml explains the format.
package catalogue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Catalogue is what a file says.
type Catalogue struct {
	Halls    []ra.Hall
	Models   []book.ModelRecord
	Projects []ra.Project
}

// Lists is where a stored catalogue is read.
type Lists interface {
	Halls(ctx context.Context) ([]ra.Hall, error)
	ListedModels(ctx context.Context) ([]book.ModelRecord, error)
	ListedProjects(ctx context.Context) ([]ra.Project, error)
}

// Tx is what storing one takes of a transaction. A missing row is ra.CodeNotFound.
type Tx interface {
	book.Trail
	Lists
	LockCatalogue(ctx context.Context) error
	WithdrawCatalogue(ctx context.Context) error
	Agreement(ctx context.Context, projectID, id string, version int) (ra.Agreement, error)
	Notice(ctx context.Context, projectID string, kind ra.Kind, reason ra.ServiceReason, version int) (ra.Notice, error)
	AdminPINRule(ctx context.Context, model string) (book.AdminPINRule, error)
	ModelUse(ctx context.Context, model string) (book.ModelUse, error)
	PutHall(ctx context.Context, position int, h ra.Hall) error
	PutUKeyModel(ctx context.Context, m ra.UKeyModel, r book.AdminPINRule) error
	PutProject(ctx context.Context, position int, p ra.Project) error
}

// Shelf is where a catalogue is stored; Do runs f in one transaction.
type Shelf interface {
	Do(ctx context.Context, f func(tx Tx) error) error
}

// Load returns what is stored.
func Load(ctx context.Context, from Lists) (c Catalogue, err error) {
	if c.Halls, err = from.Halls(ctx); err != nil {
		return Catalogue{}, err
	}
	if c.Models, err = from.ListedModels(ctx); err != nil {
		return Catalogue{}, err
	}
	c.Projects, err = from.ListedProjects(ctx)
	return c, err
}

// Store stores a catalogue as a command at the server: all of it or nothing, with a line in the trail. What is stored already
// changes nothing and leaves no line. What it does not list is no longer offered, but stays for the orders, keys and kiosks that
// have it. It reports whether anything changed. Errors: those of Check, and a *Mistake for an agreement or notice whose version is
// stored with other words, and for a model whose keys could not be opened any more.
func Store(ctx context.Context, s Shelf, clerk book.Clerk, c Catalogue) (changed bool, err error) {
	if err := c.Check(); err != nil {
		return false, err
	}
	text, err := c.Text()
	if err != nil {
		return false, err
	}
	err = s.Do(ctx, func(tx Tx) error {
		if err := tx.LockCatalogue(ctx); err != nil {
			return err
		}
		had, err := stored(ctx, tx)
		if changed = !bytes.Equal(had, text); err != nil || !changed {
			return err
		}
		if err := c.put(ctx, tx); err != nil {
			return err
		}
		return clerk.Write(ctx, tx, book.StaffActor(book.Command()), "catalogue.store", "", digest(text), "before", digest(had),
			"halls", strconv.Itoa(len(c.Halls)), "models", strconv.Itoa(len(c.Models)), "projects", strconv.Itoa(len(c.Projects)))
	})
	return changed && err == nil, err
}

func stored(ctx context.Context, from Lists) ([]byte, error) {
	c, err := Load(ctx, from)
	if err != nil {
		return nil, err
	}
	return c.Text()
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (c Catalogue) put(ctx context.Context, tx Tx) error {
	if err := c.checkVersions(ctx, tx); err != nil {
		return err
	}
	if err := c.checkModels(ctx, tx); err != nil {
		return err
	}
	if err := tx.WithdrawCatalogue(ctx); err != nil {
		return err
	}
	for i, h := range c.Halls {
		if err := tx.PutHall(ctx, i+1, h); err != nil {
			return fmt.Errorf("hall %s: %w", h.ID, err)
		}
	}
	for _, m := range c.Models {
		if err := tx.PutUKeyModel(ctx, m.UKeyModel, m.Rule); err != nil {
			return fmt.Errorf("model %s: %w", m.ID, err)
		}
	}
	for i, p := range c.Projects {
		if err := tx.PutProject(ctx, i+1, p); err != nil {
			return fmt.Errorf("project %s: %w", p.ID, err)
		}
	}
	return nil
}

// checkVersions keeps the words of an agreement as they were agreed to, and those of a notice as they were sealed.
func (c Catalogue) checkVersions(ctx context.Context, tx Tx) error {
	for _, p := range c.Projects {
		for _, a := range p.Agreements {
			had, err := tx.Agreement(ctx, p.ID, a.ID, a.Version)
			if ra.CodeOf(err) == ra.CodeNotFound {
				continue
			}
			if err != nil {
				return err
			}
			if had != a {
				return otherWords(place("project", p.ID)+", "+place("agreement", a.ID), a.Version)
			}
		}
		for _, n := range p.Notices {
			had, err := tx.Notice(ctx, p.ID, n.Kind, n.Reason, n.Version)
			if ra.CodeOf(err) == ra.CodeNotFound {
				continue
			}
			if err != nil {
				return err
			}
			if had != n {
				return otherWords(strings.TrimSpace(fmt.Sprintf("%s, notice for %s %s", place("project", p.ID), n.Kind, n.Reason)), n.Version)
			}
		}
	}
	return nil
}

func otherWords(place string, version int) error {
	return &Mistake{Place: place, What: fmt.Sprintf("version %d is stored with other words; new words are a new version", version)}
}

// checkModels keeps what the administrator PINs that are on keys came from.
func (c Catalogue) checkModels(ctx context.Context, tx Tx) error {
	var k checks
	for _, m := range c.Models {
		had, err := tx.AdminPINRule(ctx, m.ID)
		if ra.CodeOf(err) == ra.CodeNotFound {
			continue
		}
		if err != nil {
			return err
		}
		use, err := tx.ModelUse(ctx, m.ID)
		if err != nil {
			return err
		}
		at := place("model", m.ID)
		k.want(!use.OwnPINs || m.Rule.Length == had.Length, at, "admin_pin_length: it has to stay %d, keys have PINs of that length", had.Length)
		k.want(!use.OwnPINs || m.Rule.Alphabet == had.Alphabet, at, "admin_pin_alphabet: it has to stay %q, keys have PINs made of it", had.Alphabet)
		k.want(!use.FactoryPINs || bytes.Equal(m.Rule.Factory, had.Factory), at,
			"factory_admin_pin: it has to stay until no key is left that may still have it while its own is being set")
	}
	return errors.Join(k.found...)
}
