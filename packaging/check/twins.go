package main

import (
	"context"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

// sameType says why a type's name may stand in several packages.
var sameType = map[string]string{
	"Config":      "each package has its own, and is named with it",
	"Options":     "as Config",
	"Page":        "a page of paper: scanner's as it comes from the glass, ra's as it is handed in",
	"Candidate":   "the window is told what the engine says, and does not know the engine",
	"Composition": "as Candidate",
}

// sameNoun says why files of a noun may stand on several sides (kiosk, back office, devices, printer) although the vocabulary
// has no file of it.
var sameNoun = map[string]string{
	"agreement":   "what customers agree to, shown and made up",
	"call":        "of the back office, by its client and by what uses it",
	"certificate": "the one on a key, in the register and on the key",
	"config":      "each package has its own",
	"disk":        "how a file is written so that it outlives a power cut",
	"error":       "foreign errors translated, each driver its own",
	"fault":       "what a device's complaint means",
	"file":        "what is kept in a file: the CA, the master keys, the journal",
	"login":       "names and passwords, of customers and of staff",
	"outbox":      "what waits until it is delivered",
	"pair":        "a key pair",
	"part":        "pieces that pages are put together from",
	"pkcs11":      "the standard",
	"run":         "as in every program",
	"ukey":        "the key itself, as the office has it on record and as it is plugged in",
	"view":        "what is drawn, from what is known",
	"wire":        "the bytes between two programs",
	"word":        "the translations",
	"writing":     "on a key",
}

// isProduct leaves out what only tests, and what only packages, and the mains, which name a file after what they wire.
func isProduct(folder string) bool {
	return folder != "kiosk" && folder != "backoffice" && !isTest(folder) && !matches("packaging/...", folder)
}

func checkTwins(_ context.Context, t *tree) (f findings, err error) {
	types, nouns := map[string][]string{}, map[string][]string{}
	for _, name := range t.production("") {
		if !isProduct(path.Dir(name)) {
			continue
		}
		nouns[nounOf(name)] = append(nouns[nounOf(name)], name)
		_, file, err := t.parse(name)
		if err != nil {
			return f, err
		}
		for _, exported := range exportedTypes(file) {
			types[exported] = append(types[exported], path.Dir(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if packages := types[name]; len(packages) > 1 && sameType[name] == "" {
			f.warn("%s is a type of %s", name, strings.Join(packages, ", "))
		}
	}
	for _, noun := range slices.Sorted(maps.Keys(nouns)) {
		if files := nouns[noun]; isAmbiguous(files) && sameNoun[noun] == "" {
			f.warn("%s may mean several things: %s", noun, strings.Join(files, ", "))
		}
	}
	return f, nil
}

// exportedTypes lists a file's types but for interfaces and aliases: these are declared where they are used, and are called
// as what they stand for.
func exportedTypes(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		general, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range general.Specs {
			spec, ok := s.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() || spec.Assign.IsValid() {
				continue
			}
			if _, ok := spec.Type.(*ast.InterfaceType); !ok {
				names = append(names, spec.Name.Name)
			}
		}
	}
	return names
}

// nounOf is a file's name in the singular.
func nounOf(name string) string {
	noun := strings.TrimSuffix(path.Base(name), ".go")
	if strings.HasSuffix(noun, "ss") {
		return noun
	}
	return strings.TrimSuffix(noun, "s")
}

// isAmbiguous: on one side a noun is one feature in several layers, and what the vocabulary has a file of means that everywhere.
func isAmbiguous(files []string) bool {
	sides := map[string]bool{}
	for _, name := range files {
		if path.Dir(name) == ra {
			return false
		}
		side, _, _ := strings.Cut(name, "/")
		sides[side] = true
	}
	return len(sides) > 1
}
