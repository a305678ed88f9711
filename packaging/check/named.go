package main

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	namedPath = regexp.MustCompile(`(?:^|[^\w/.$-])((?:backoffice|kiosk|device|printer|packaging)/[\w./-]+)`)
	namedFile = regexp.MustCompile(`\b([\w-]+\.(?:go|ui|css|sql))\b`)
	member    = regexp.MustCompile(`(\.[A-Z]\w*)+$`) // of a package: ra.Order
	targets   = regexp.MustCompile(`(?m)^([a-z]+):`)
	namedMake = regexp.MustCompile("`make ([a-z]+)`|^    make ([a-z]+)")
)

// checkNamed looks whether the folders, files and targets of make are there of which the documents, the examples and the comments speak.
func checkNamed(_ context.Context, t *tree) (f findings, err error) {
	there := map[string]bool{}
	for _, file := range t.files {
		there[path.Base(file)] = true
		for p := file; p != "."; p = path.Dir(p) {
			there[p] = true
		}
	}
	made := map[string]bool{}
	if makefile, err := t.read("Makefile"); err == nil {
		for _, m := range targets.FindAllSubmatch(makefile, -1) {
			made[string(m[1])] = true
		}
	}
	for _, file := range t.files {
		document := strings.HasSuffix(file, ".md") || strings.HasPrefix(file, "packaging/examples/")
		if !document && (!strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go")) {
			continue
		}
		text, err := t.read(file)
		if err != nil {
			return f, err
		}
		for line := range strings.Lines(string(text)) {
			if !document {
				_, line, _ = strings.Cut(line, "//")
			}
			for _, name := range namedIn(line, document) {
				if target, ok := strings.CutPrefix(name, "make "); ok && !made[target] || !ok && !there[name] {
					f.add("%s speaks of %s, which is not there", file, name)
				}
			}
		}
	}
	return f, nil
}

// namedIn are the paths, files and targets that a line speaks of; NAME stands for any, and test data are no part of the tree.
func namedIn(line string, document bool) (all []string) {
	for _, m := range namedPath.FindAllStringSubmatch(line, -1) {
		all = append(all, member.ReplaceAllString(strings.TrimRight(m[1], "./,:;"), ""))
	}
	for _, m := range namedFile.FindAllStringSubmatch(line, -1) {
		all = append(all, m[1])
	}
	if document {
		for _, m := range namedMake.FindAllStringSubmatch(line, -1) {
			all = append(all, "make "+m[1]+m[2])
		}
	}
	return slices.DeleteFunc(all, func(name string) bool { return strings.Contains(name, "NAME") || strings.Contains(name, "/testdata/") })
}
