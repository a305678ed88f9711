package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// bigPackage is how many lines of production code a package has at most: more than that nobody holds in their head.
const bigPackage = 2500

// crumb is how few lines make a file suspicious: somebody looks for a noun, not for a function.
const crumb = 60

// big is a package that may have more lines, but not without end.
type big struct {
	folder string
	most   int
	why    string
}

// bigs are the packages over the limit. A row goes when its package is back under it.
var bigs = []big{
	{"backoffice", 2750, "the wiring of all parts and every command of the program, each a few lines; what they do is below"},
	{"backoffice/ra", 4600, "the vocabulary of both sides: nouns, states and rules, looked up by name like a dictionary"},
	{"kiosk/screen", 8000, "one .go for a page with its made-up ones, each a pair with its .ui; what they are built of is below"},
	{"kiosk/workflow", 11000, "all visits share one loop and one table of flows; its forms and pages are data"},
	{"backoffice/issuing", 3950, "what a key and its certificate go through, from the reservation to the revocation, over one transaction and one order of locks"},
	{"backoffice/intake", 3000, "whatever customers do, in a session, by a key or under a mandate, over one store and one set of checks; the keys that log in are the newest"},
	{"backoffice/store", 5950, "one file for a noun, its SQL beside it, with the transaction that saves trips, the trail, the feed and its epochs, and what is pruned; nothing else may know the database"},
	{"backoffice/console", 4400, "one .go for a page of the staff's, over one session and one frame; keys of staff and the desk are the newest"},
}

// sizes counts the lines of each production file, by its package's folder.
func (t *tree) sizes() (map[string]map[string]int, error) {
	sizes := map[string]map[string]int{}
	for _, name := range t.production("") {
		content, err := t.read(name)
		if err != nil {
			return nil, err
		}
		folder, file := path.Split(name)
		folder = strings.TrimSuffix(folder, "/")
		if sizes[folder] == nil {
			sizes[folder] = map[string]int{}
		}
		sizes[folder][file] = bytes.Count(content, []byte("\n"))
	}
	return sizes, nil
}

func checkPackageSizes(_ context.Context, t *tree) (f findings, err error) {
	sizes, err := t.sizes()
	if err != nil {
		return f, err
	}
	for _, folder := range slices.Sorted(maps.Keys(sizes)) {
		lines := 0
		for _, n := range sizes[folder] {
			lines += n
		}
		compareSize(&f, folder, lines)
		if small := crumbs(sizes[folder]); len(small) > 0 {
			f.warn("%s has files under %d lines: %s", folder, crumb, strings.Join(small, ", "))
		}
	}
	return f, nil
}

func compareSize(f *findings, folder string, lines int) {
	i := slices.IndexFunc(bigs, func(b big) bool { return b.folder == folder })
	switch {
	case i < 0 && lines > bigPackage:
		f.add("%s has %d lines, at most %d without a row that says why (packaging/check/packages.go)", folder, lines, bigPackage)
	case i >= 0 && lines > bigs[i].most:
		f.add("%s has %d lines, its row allows %d", folder, lines, bigs[i].most)
	case i >= 0 && lines > 0 && lines <= bigPackage:
		f.warn("%s has %d lines, it needs its row no more", folder, lines)
	}
}

// crumbs are the small files of a package. One that is the whole package is no crumb of it.
func crumbs(files map[string]int) (small []string) {
	if len(files) == 1 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if files[name] < crumb && name != "doc.go" {
			small = append(small, fmt.Sprintf("%s %d", name, files[name]))
		}
	}
	return small
}
