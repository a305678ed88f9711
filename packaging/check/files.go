package main

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"
)

// bannedNames say nothing about what is in a package.
var bannedNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "models", "interfaces"}

func checkNames(_ context.Context, t *tree) (f findings, err error) {
	for _, p := range t.packages {
		for _, name := range []string{p.Name, path.Base(p.path)} {
			if slices.Contains(bannedNames, name) {
				f.add("%s: a package is called by its noun, not %q", p.path, name)
				break
			}
		}
	}
	return f, nil
}

// Lines of a file that is not a test.
const (
	longFile    = 300
	tooLongFile = 400
)

func checkSizes(_ context.Context, t *tree) (f findings, err error) {
	for _, name := range t.production("") {
		content, err := t.read(name)
		if err != nil {
			return f, err
		}
		switch lines := bytes.Count(content, []byte("\n")); {
		case lines > tooLongFile:
			f.add("%s has %d lines, at most %d", name, lines, tooLongFile)
		case lines > longFile:
			f.warn("%s has %d lines, better under %d", name, lines, longFile)
		}
	}
	return f, nil
}

// elf begins every program and library of this system.
var elf = []byte("\x7fELF")

// checkPrograms finds what was built beside its source: one that is added to the repository is in its history for good.
func checkPrograms(_ context.Context, t *tree) (f findings, err error) {
	for _, name := range t.files {
		content, err := t.read(name)
		if err != nil {
			return f, err
		}
		if bytes.HasPrefix(content, elf) {
			f.add("%s is a built program: build into bin/", name)
		}
	}
	return f, nil
}

func checkUI(ctx context.Context, t *tree) (f findings, err error) {
	files := t.under("", ".ui")
	if len(files) == 0 {
		return f, nil
	}
	said, complains, err := t.tool(ctx, nil, "xmllint", append([]string{"--noout"}, files...)...)
	if complains {
		f.add("%s", strings.TrimSpace(said))
	}
	return f, err
}

func checkScripts(ctx context.Context, t *tree) (f findings, err error) {
	var scripts []string
	for _, name := range t.files {
		if path.Ext(name) == ".sh" {
			scripts = append(scripts, name)
			continue
		}
		if path.Ext(name) != "" {
			continue
		}
		content, err := t.read(name)
		if err != nil {
			return f, err
		}
		first, _, _ := bytes.Cut(content[:min(len(content), 80)], []byte("\n"))
		if bytes.HasPrefix(first, []byte("#!")) && bytes.HasSuffix(first, []byte("sh")) {
			scripts = append(scripts, name)
		}
	}
	if len(scripts) == 0 {
		return f, nil
	}
	said, complains, err := t.tool(ctx, nil, "shellcheck", scripts...)
	if complains {
		f.add("%s", strings.TrimSpace(said))
	}
	return f, err
}
