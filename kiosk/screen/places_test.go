package screen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// mostFiles is how many files a screen touches at most.
const mostFiles = 6

// shownAnywhere are the pages that no step has for its own: they may be named in more files than theirs.
var shownAnywhere = map[string]string{
	"BusyPage":   "what the workflow shows while any step waits",
	"NoticePage": "what any step may put above its stage",
}

// source is the parsed production code of a package, by file.
type source map[string]*ast.File

func parse(t *testing.T, dir string) source {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	s := source{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s[name] = f
	}
	return s
}

// methods are the receivers, without their star, of the methods of that name and number of parameters and results, by file.
func (s source) methods(name string, params, results int) map[string][]string {
	found := map[string][]string{}
	for file, f := range s {
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || m.Name.Name != name || m.Type.Params.NumFields() != params || m.Type.Results.NumFields() != results {
				continue
			}
			receiver := m.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			found[file] = append(found[file], receiver.(*ast.Ident).Name)
		}
	}
	return found
}

// naming are the files that use one of the names.
func (s source) naming(names ...string) (files []string) {
	for file, f := range s {
		used := false
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			used = used || ok && slices.Contains(names, id.Name)
			return !used
		})
		if used {
			files = append(files, file)
		}
	}
	return files
}

// binds reports whether a file of this package builds a .ui.
func binds(f *ast.File) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok {
			id, named := call.Fun.(*ast.Ident)
			found = found || named && id.Name == "bind"
		}
		return !found
	})
	return found
}

// opened are the functions of a file that make a step.
func opened(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Type.Results.NumFields() != 1 {
			continue
		}
		if id, ok := fn.Type.Results.List[0].Type.(*ast.Ident); ok && id.Name == "step" {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// oneOfScenes counts made-up pages, of which some are too many for one file, once.
func oneOfScenes(files []string) (some []string) {
	scenes := false
	for _, f := range files {
		if !strings.HasSuffix(f, "scenes.go") || !scenes {
			some = append(some, f)
		}
		scenes = scenes || strings.HasSuffix(f, "scenes.go")
	}
	return some
}

// A screen touches few files, and README says which: what it shows beside its step in the workflow, and a row of flows.go; here its
// view with its row of the table and its scenes, and its .ui; its words in both languages. No other file knows it.
func TestAScreenTouchesFewFiles(t *testing.T) {
	t.Parallel()
	flow, screen := parse(t, "../workflow"), parse(t, ".")
	steps := flow.methods("act", 2, 0)
	var names []string
	for file, shown := range flow.methods("page", 0, 0) {
		names = append(names, shown...)
		for _, page := range shown {
			if shownAnywhere[page] != "" {
				continue
			}
			if len(steps[file]) == 0 {
				t.Errorf("%s stands in %s, where no step is", page, file)
			}
			files := slices.Concat([]string{"po/zh_CN.po", "po/en.po"}, flow.naming(page), oneOfScenes(screen.naming(page)))
			if slices.Contains(flow.naming(opened(flow[file])...), filepath.Join(filepath.Dir(file), "flows.go")) {
				files = append(files, "flows.go")
			}
			for view := range screen.methods(page, 0, 1) {
				if binds(screen[view]) {
					files = append(files, "its .ui")
				}
			}
			if len(files) > mostFiles {
				t.Errorf("%s touches %d files, at most %d: %v", page, len(files), mostFiles, files)
			}
		}
	}
	var rows []string
	for m := range reflect.TypeOf(pages{}).Methods() {
		rows = append(rows, m.Name)
	}
	slices.Sort(names)
	if !slices.Equal(rows, names) {
		t.Errorf("rows for %v, pages are %v", rows, names)
	}
}

// Each row of the table has pictures of its page, and of no other.
func TestEveryPageHasScenes(t *testing.T) {
	t.Parallel()
	for m, of := range reflect.ValueOf(pages{}).Methods() {
		all := of.Interface().(func() row)().scenes()
		if len(all) == 0 {
			t.Errorf("no picture of %s", m.Name)
		}
		for _, s := range all {
			if got := reflect.TypeOf(s.page).Name(); got != m.Name {
				t.Errorf("%s is a picture of %s, want %s", s.name, got, m.Name)
			}
		}
	}
}
