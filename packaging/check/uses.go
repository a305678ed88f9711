package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// use is a place that needs a msgid, or any that begins with one.
type use struct {
	id     string
	prefix bool
	where  string
}

// usesOf finds what a package's Go files and templates need, and what every catalogue must have: a text per error code.
func usesOf(t *tree, c catalogues) ([]use, error) {
	uses, err := codes(t)
	if err != nil {
		return nil, err
	}
	for _, name := range t.production(c.folder) {
		found, err := goUses(t, c, name)
		if err != nil {
			return nil, err
		}
		uses = append(uses, found...)
	}
	for _, ending := range []string{".html", ".tmpl", ".gohtml"} {
		for _, name := range t.under(c.folder, ending) {
			content, err := t.read(name)
			if err != nil {
				return nil, err
			}
			uses = append(uses, templateUses(name, string(content))...)
		}
	}
	return uses, nil
}

func goUses(t *tree, c catalogues, name string) (uses []use, err error) {
	files, file, err := t.parse(name)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		where := fmt.Sprintf("%s:%d", name, files.Position(call.Pos()).Line)
		called, begins := nameOf(call.Fun), false
		first := call.Args[0]
		if sum, ok := first.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
			first, begins = leftmost(sum), true
		}
		text, ok := literal(first)
		switch {
		case !ok:
		case slices.Contains(c.calls, called):
			uses = append(uses, use{text, begins, where})
		case slices.Contains(c.groups, called) && !begins:
			uses = append(uses, use{text + ".", true, where})
		}
		return true
	})
	return uses, nil
}

// nameOf is the last name of what is called: t of words.t.
func nameOf(called ast.Expr) string {
	switch e := called.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func leftmost(sum *ast.BinaryExpr) ast.Expr {
	for {
		left, ok := sum.X.(*ast.BinaryExpr)
		if !ok {
			return sum.X
		}
		sum = left
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

var (
	action     = regexp.MustCompile(`\{\{.*?\}\}`)
	actionUse  = regexp.MustCompile(`[\s({|]\.?[$]?\.?[tT] "([^"]+)"`)
	actionName = regexp.MustCompile(`[\s({|]name "([^"]+)"`)
)

// templateUses finds {{t "key"}}, {{T "key"}} and {{name "group" .Value}}.
func templateUses(name, content string) (uses []use) {
	for i, line := range strings.Split(content, "\n") {
		where := fmt.Sprintf("%s:%d", name, i+1)
		for _, a := range action.FindAllString(line, -1) {
			for _, found := range actionUse.FindAllStringSubmatch(a, -1) {
				uses = append(uses, use{found[1], false, where})
			}
			for _, found := range actionName.FindAllStringSubmatch(a, -1) {
				uses = append(uses, use{found[1] + ".", true, where})
			}
		}
	}
	return uses
}

const codeFile = "backoffice/ra/code.go"

// codes needs a text for every constant of type Code.
func codes(t *tree) (uses []use, err error) {
	_, file, err := t.parse(codeFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		for _, value := range spec.Values {
			if code, ok := literal(value); ok {
				uses = append(uses, use{"error." + code, false, codeFile})
			}
		}
		return true
	})
	return uses, nil
}
