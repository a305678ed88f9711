package main

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// checkShadows finds names that hide one of Go's own. Fields count, since they stand bare in a literal, where they read as the
// builtin; methods do not.
func checkShadows(_ context.Context, t *tree) (f findings, err error) {
	builtins := types.Universe.Names()
	for _, name := range t.under("", ".go") {
		files, file, err := t.parse(name)
		if err != nil {
			return f, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, id := range declares(n) {
				if slices.Contains(builtins, id.Name) {
					f.add("%s:%d: %s is Go's own name", name, files.Position(id.Pos()).Line, id.Name)
				}
			}
			return true
		})
	}
	return f, nil
}

// declares lists the names that a piece of Go declares itself, not those in what it consists of.
func declares(n ast.Node) []*ast.Ident {
	switch n := n.(type) {
	case *ast.ImportSpec:
		if n.Name != nil {
			return []*ast.Ident{n.Name}
		}
	case *ast.TypeSpec:
		return append(named(n.TypeParams), n.Name)
	case *ast.ValueSpec:
		return n.Names
	case *ast.StructType:
		return named(n.Fields)
	case *ast.FuncDecl:
		if n.Recv == nil {
			return []*ast.Ident{n.Name}
		}
		return named(n.Recv)
	case *ast.FuncType:
		return slices.Concat(named(n.TypeParams), named(n.Params), named(n.Results))
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return identifiers(n.Lhs...)
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			return identifiers(n.Key, n.Value)
		}
	}
	return nil
}

func named(list *ast.FieldList) (ids []*ast.Ident) {
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		ids = append(ids, field.Names...)
	}
	return ids
}

func identifiers(exprs ...ast.Expr) (ids []*ast.Ident) {
	for _, e := range exprs {
		if id, ok := e.(*ast.Ident); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
