package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// tree is a module on disk.
type tree struct {
	root     string
	module   string
	packages []pkg
	files    []string // slash-separated, from the root; without what is built, fetched or test data
}

// pkg is what `go list` knows of a package.
type pkg struct {
	Dir          string
	ImportPath   string
	Name         string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Module       *struct{ Path string }

	path string // from the module's root; "" is the root
}

// ours cuts the module's name off an import of ours.
func (t *tree) ours(imported string) (string, bool) {
	if imported == t.module {
		return "", true
	}
	return strings.CutPrefix(imported, t.module+"/")
}

func load(ctx context.Context, root string) (*tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	t := &tree{root: root}
	if err := t.listPackages(ctx); err != nil {
		return nil, err
	}
	return t, t.listFiles()
}

// listPackages asks go list. Packages that cannot be loaded for now (-e) still tell their imports.
func (t *tree) listPackages(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "list", "-e",
		"-json=Dir,ImportPath,Name,Imports,TestImports,XTestImports,Module", "./...")
	cmd.Dir = t.root
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list: %w: %s", err, complaint.Bytes())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		if p.Module != nil {
			t.module = p.Module.Path
		}
		p.path, _ = t.ours(p.ImportPath)
		t.packages = append(t.packages, p)
	}
}

// notOurs are folders of what is built, fetched or wrong on purpose.
var notOurs = []string{".git", ".run", ".cache", "bin", "screenshots", "node_modules", "vendor", "testdata"}

func (t *tree) listFiles() error {
	return filepath.WalkDir(t.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(notOurs, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(t.root, name)
			if err != nil {
				return err
			}
			t.files = append(t.files, filepath.ToSlash(rel))
		}
		return nil
	})
}

// under lists the files below a folder ("" is the root) with an ending.
func (t *tree) under(folder, ending string) []string {
	var found []string
	for _, f := range t.files {
		if (folder == "" || strings.HasPrefix(f, folder+"/")) && path.Ext(f) == ending {
			found = append(found, f)
		}
	}
	return found
}

// production lists the Go files below a folder that are no tests.
func (t *tree) production(folder string) []string {
	return slices.DeleteFunc(t.under(folder, ".go"), func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

// parse reads a Go file; the set tells its lines.
func (t *tree) parse(name string) (*token.FileSet, *ast.File, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(t.root, filepath.FromSlash(name)), nil, parser.SkipObjectResolution)
	return files, file, err
}

func (t *tree) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(t.root, filepath.FromSlash(name)))
}
