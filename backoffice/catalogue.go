package main

import (
	"context"
	"fmt"
	"os"

	"keyhall/backoffice/book"
	"keyhall/backoffice/catalogue"
	"keyhall/backoffice/store"
)

// catalogueCmd are the commands for what is offered.
type catalogueCmd struct {
	Check catalogueCheckCmd `cmd:"" help:"Tell every mistake in a file."`
	Store catalogueStoreCmd `cmd:"" help:"Store a file: all of it or nothing. What it does not list is no longer offered."`
	Show  catalogueShowCmd  `cmd:"" help:"Print what is stored, in the format of the file."`
}

// catalogueFile is the argument of the commands that read one.
type catalogueFile struct {
	File string `arg:"" type:"existingfile" help:"TOML, as packaging/examples/catalogue.toml explains it."`
}

func (f catalogueFile) read() (catalogue.Catalogue, error) {
	content, err := os.ReadFile(f.File)
	if err != nil {
		return catalogue.Catalogue{}, fmt.Errorf("catalogue: %w", err)
	}
	c, err := catalogue.Read(content)
	if err != nil {
		return c, fmt.Errorf("catalogue %s:\n%w", f.File, err)
	}
	return c, nil
}

type catalogueCheckCmd struct{ catalogueFile }

// Run reads the file; its error lists every mistake.
func (c catalogueCheckCmd) Run() error {
	_, err := c.catalogueFile.read()
	return err
}

type catalogueStoreCmd struct {
	configFlag
	catalogueFile
}

// Run may be repeated: what is stored already changes nothing.
func (c catalogueStoreCmd) Run(ctx context.Context) error {
	all, err := c.catalogueFile.read()
	if err != nil {
		return err
	}
	config, _, err := c.configFlag.read()
	if err != nil {
		return err
	}
	if err := checkPointers(config, all.Projects); err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		changed, err := storeCatalogue(ctx, s, config, all)
		if err != nil {
			return err
		}
		if !changed {
			fmt.Println("catalogue: nothing changed")
			return nil
		}
		fmt.Println("catalogue: stored")
		return nil
	})
}

func storeCatalogue(ctx context.Context, s *store.Store, c Config, all catalogue.Catalogue) (changed bool, err error) {
	return catalogue.Store(ctx, store.For(s, func(tx *store.Tx) catalogue.Tx { return tx }), book.NewClerk(c.now, nil), all)
}

type catalogueShowCmd struct{ configFlag }

// Run prints the file and nothing else.
func (c catalogueShowCmd) Run(ctx context.Context) error {
	return c.withStore(ctx, func(s *store.Store) error {
		all, err := catalogue.Load(ctx, s)
		if err != nil {
			return err
		}
		text, err := all.Text()
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(text)
		return err
	})
}
