package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module writes a module that keeps all rules, with some files changed or added.
func module(t *testing.T, changes map[string]string) *tree {
	t.Helper()
	files := map[string]string{
		"go.mod":                                "module keyhall\n\ngo 1.26\n",
		"backoffice/ra/code.go":                 "package ra\n\ntype Code string\n\nconst CodeMobile Code = \"mobile\"\n",
		"backoffice/book/order.go":              "package book\n\nimport _ \"keyhall/backoffice/ra\"\n",
		"backoffice/api/api.go":                 "package api\n\nimport _ \"keyhall/backoffice/ra\"\n",
		"backoffice/review/review.go":           "package review\n\nimport _ \"keyhall/backoffice/ra\"\n",
		"device/ukey/ukey.go":                   "package ukey\n",
		"device/ukey/pkcs11/pkcs11.go":          "package pkcs11\n\nimport _ \"keyhall/device/ukey\"\n",
		"device/ukey/ukeytest/suite.go":         "package ukeytest\n\nimport _ \"keyhall/device/ukey\"\n",
		"kiosk/screen/home.go":                  "package screen\n\nfunc show(t func(string) string) string { return t(\"home.title\") + t(\"state.\"+\"x\") }\n",
		"kiosk/screen/home.ui":                  "<interface/>\n",
		"kiosk/screen/po/zh_CN.po":              "msgid \"home.title\"\nmsgstr \"{hall}\"\n\nmsgid \"state.open\"\nmsgstr \"办理\"\n\nmsgid \"error.mobile\"\nmsgstr \"手机号\"\n",
		"kiosk/screen/po/en.po":                 "msgid \"home.title\"\nmsgstr \"{hall}\"\n\nmsgid \"state.open\"\nmsgstr \"Open\"\n\nmsgid \"error.mobile\"\nmsgstr \"Mobile\"\n",
		"backoffice/console/console.go":         "package console\n\nimport _ \"keyhall/backoffice/review\"\n",
		"backoffice/console/template/a.html":    "<p title=\"{{t \"queue.title\"}}\">{{if (.T \"queue.title\")}}{{name \"state\" .X}}{{end}}</p>\n",
		"backoffice/console/po/zh_CN.po":        "msgid \"queue.title\"\nmsgstr \"待办\"\n\nmsgid \"state.open\"\nmsgstr \"办理\"\n\nmsgid \"error.mobile\"\nmsgstr \"手机号\"\n",
		"backoffice/console/po/en.po":           "msgid \"queue.title\"\nmsgstr \"Queue\"\n\nmsgid \"state.open\"\nmsgstr \"Open\"\n\nmsgid \"error.mobile\"\nmsgstr \"Mobile\"\n",
		"packaging/install.sh":                  "#!/usr/bin/env bash\nset -eu\n",
		".ci/run":                               "#!/usr/bin/env bash\nset -eu\n",
		"packaging/sandbox/sandbox.go":          "package sandbox\n\nimport _ \"keyhall/device/ukey/ukeytest\"\n",
		"device/ukey/testdata/util/broken.go":   "not Go",
		"node_modules/some/package/index_js.sh": "if",
	}
	maps.Copy(files, changes)
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestModuleThatKeepsTheRules(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ok, err := run(t.Context(), module(t, nil).root, os.Getenv("CI") != "", &out)
	if err != nil || !ok {
		t.Errorf("got %v, %v:\n%s", ok, err, out.String())
	}
}

func TestEachRuleFindsItsBreach(t *testing.T) {
	t.Parallel()
	long := "package api\n" + strings.Repeat("//\n", tooLongFile)
	for _, c := range []struct {
		rule, file, content, want string
	}{
		{"import table", "backoffice/ra/x.go", "package ra\n\nimport _ \"keyhall/backoffice/api\"\n", "backoffice/ra must not import backoffice/api"},
		{"import table", "backoffice/ra/x.go", "package ra\n\nimport _ \"example.org/uuid\"\n", "standard library only"},
		{"import table", "device/ukey/x.go", "package ukey\n\nimport _ \"keyhall/backoffice/ra\"\n", "device/ukey must not import backoffice/ra"},
		{"import table", "device/ukey/pkcs11/x.go", "package pkcs11\n\nimport _ \"keyhall/backoffice/ra\"\n", "device/ukey/pkcs11 must not import"},
		{"import table", "kiosk/workflow/x.go", "package workflow\n\nimport _ \"keyhall/device/ukey/pkcs11\"\n", "kiosk/workflow must not import device/ukey/pkcs11"},
		{"import table", "kiosk/pinyin/x.go", "package pinyin\n\nimport _ \"keyhall/backoffice/ra\"\n", "kiosk/pinyin must not import"},
		{"import table", "backoffice/review/x.go", "package review\n\nimport _ \"keyhall/backoffice/api\"\n", "backoffice/review must not import backoffice/api"},
		{"import table", "backoffice/cashier/x.go", "package cashier\n\nimport _ \"keyhall/backoffice/review\"\n", "backoffice/cashier must not import backoffice/review"},
		{"import table", "kiosk/workflow/x.go", "package workflow\n\nimport _ \"keyhall/backoffice/book\"\n", "kiosk/workflow must not import backoffice/book"},
		{"import table", "news/x.go", "package news\n", "news has no row"},
		{"foreign modules in their places", "kiosk/workflow/x.go", "package workflow\n\nimport _ \"github.com/gotk3/gotk3/gtk\"\n", "must not import github.com/gotk3/gotk3/gtk"},
		{"foreign modules in their places", "printer/form/x.go", "package form\n\nimport _ \"github.com/gotk3/gotk3/gtk\"\n", "must not import github.com/gotk3/gotk3/gtk"},
		{"foreign modules in their places", "backoffice/review/x.go", "package review\n\nimport _ \"github.com/jackc/pgx/v5\"\n", "must not import github.com/jackc/pgx/v5"},
		{"test packages imported by tests only", "kiosk/workflow/x.go", "package workflow\n\nimport _ \"keyhall/device/ukey/ukeytest\"\n", "outside its tests"},
		{"test packages imported by tests only", "backoffice/review/x_test.go", "package review\n\nimport _ \"keyhall/device/ukey\"\n", "not even in tests"},
		{"names of packages", "device/util/x.go", "package util\n", "device/util"},
		{"names of packages", "device/model/x.go", "package models\n", `not "models"`},
		{"sizes of files", "backoffice/api/x.go", long, "backoffice/api/x.go has 401 lines"},
		{"built programs", "backoffice/backoffice", "\x7fELF\x02", "backoffice/backoffice is a built program"},
		{"sizes of packages", "backoffice/api/x.go", "package api\n" + strings.Repeat("//\n", bigPackage), "backoffice/api has 2504 lines, at most 2500"},
		{"sizes of packages", "kiosk/screen/x.go", "package screen\n" + strings.Repeat("//\n", mostOf("kiosk/screen")), fmt.Sprintf("kiosk/screen has %d lines, its row allows %d", mostOf("kiosk/screen")+4, mostOf("kiosk/screen"))},
		{"shadowed names", "backoffice/review/x.go", "package review\n\nfunc max() {}\n", "backoffice/review/x.go:3: max is Go's own name"},
		{"shadowed names", "backoffice/review/x.go", "package review\n\ntype any int\n", "x.go:3: any is"},
		{"shadowed names", "backoffice/review/x.go", "package review\n\ntype x[string any] struct{ make func() }\n", "x.go:3: make is"},
		{"shadowed names", "backoffice/review/x.go", "package review\n\nvar x = func(new int) (error bool) { return }\n", "x.go:3: error is"},
		{"shadowed names", "backoffice/review/x.go", "package review\n\nfunc (len x) y() {}\n", "x.go:3: len is"},
		{"shadowed names", "backoffice/review/x.go", "package review\n\nimport print \"fmt\"\n", "x.go:3: print is"},
		{"shadowed names", "backoffice/review/x_test.go", "package review\n\nfunc x() {\n\tfor _, real := range y {\n\t\tcopy := real\n\t}\n}\n", "x_test.go:4: real is Go's own name\nbackoffice/review/x_test.go:5: copy is"},
		{"back office builds without cgo", "backoffice/review/x.go", "//go:build !cgo\n\npackage review\n\nvar _ = onlyWithCgo\n", "undefined: onlyWithCgo"},
		{".ui files", "kiosk/screen/x.ui", "<interface>", "x.ui:1"},
		{"translations of the kiosk", "kiosk/screen/x.go", "package screen\n\nvar _ = w.t(\"home.about\")\n", "en: home.about is missing, used in kiosk/screen/x.go:3"},
		{"translations of the kiosk", "kiosk/screen/x.go", "package screen\n\nvar _ = w.t(\"step.\" + x + \".y\")\n", "nothing begins with step."},
		{"translations of the kiosk", "backoffice/ra/code.go", "package ra\n\ntype Code string\n\nconst CodeX Code = \"x\"\n", "zh_CN: error.x is missing"},
		{"translations of the kiosk", "kiosk/screen/po/en.po", "msgid \"home.title\"\nmsgstr \"{hall}\"\n", "en: state.open is missing"},
		{"translations of the console", "backoffice/console/po/en.po", "msgid \"queue.title\"\nmsgstr \"\"\n", "en: queue.title is empty"},
		{"translations of the console", "backoffice/console/po/en.po", "msgid \"queue.title\"\nmsgstr \"{n} %d\"\n", "placeholders [] in zh_CN, [%d {n}] in en"},
		{"translations of the console", "backoffice/console/po/en.po", "msgid \"a\"\nmsgstr \"a\"\n\nmsgid \"a\"\nmsgstr \"b\"\n", "duplicate"},
		{"translations of the console", "backoffice/console/template/x.html", "<p>{{if .X}}{{t \"nothing\"}}{{end}}</p>", "nothing is missing, used in backoffice/console/template/x.html:1"},
		{"translations of the console", "backoffice/console/template/x.html", "{{name \"colour\" .X}}", "nothing begins with colour."},
		{"shell scripts", "packaging/x.sh", "#!/bin/bash\nrm $1/*\n", "SC2086"},
		{"shell scripts", ".ci/run", "#!/usr/bin/env bash\nrm $1/*\n", "SC2086"},
	} {
		t.Run(c.rule+"/"+c.file, func(t *testing.T) {
			t.Parallel()
			tr := module(t, map[string]string{c.file: c.content})
			i := slices.IndexFunc(rules(), func(r rule) bool { return r.what == c.rule })
			f, err := rules()[i].check(t.Context(), tr)
			if err != nil {
				if os.Getenv("CI") == "" {
					t.Skip(err)
				}
				t.Fatal(err)
			}
			if got := strings.Join(f.wrong, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatShouldBeBetter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("//\n", crumb)
	for _, c := range []struct {
		what, rule string
		files      map[string]string
		want       string
	}{
		{"a long file", "sizes of files", map[string]string{"backoffice/api/x.go": "package api\n" + strings.Repeat("//\n", longFile)}, "x.go has 301 lines, better under 300"},
		{"a crumb", "sizes of packages", map[string]string{"backoffice/api/x.go": "package api\n" + long}, "backoffice/api has files under 60 lines: api.go 3"},
		{"a row of no use", "sizes of packages", nil, "kiosk/screen has 3 lines, it needs its row no more"},
		{"two types", "twins of names", map[string]string{"kiosk/screen/x.go": "package screen\n\ntype Code int\n"}, "Code is a type of backoffice/ra, kiosk/screen"},
		{"an interface where it is used", "twins of names", map[string]string{"kiosk/screen/x.go": "package screen\n\ntype Code interface{}\n"}, ""},
		{"an alias", "twins of names", map[string]string{"kiosk/screen/x.go": "package screen\n\ntype Code = int\n"}, ""},
		{"a type with a reason", "twins of names", map[string]string{"kiosk/screen/a.go": "package screen\n\ntype Config int\n", "backoffice/api/x.go": "package api\n\ntype Config int\n"}, ""},
		{"two nouns", "twins of names", map[string]string{"kiosk/screen/reviews.go": "package screen\n"}, "review may mean several things: backoffice/review/review.go, kiosk/screen/reviews.go"},
		{"layers of a noun", "twins of names", map[string]string{"backoffice/api/review.go": "package api\n"}, ""},
		{"the vocabulary's noun", "twins of names", map[string]string{"kiosk/screen/code.go": "package screen\n"}, ""},
		{"a noun with a reason", "twins of names", map[string]string{"kiosk/screen/wire.go": "package screen\n", "device/ukey/wire.go": "package ukey\n"}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			tr := module(t, c.files)
			i := slices.IndexFunc(rules(), func(r rule) bool { return r.what == c.rule })
			f, err := rules()[i].check(t.Context(), tr)
			if err != nil || len(f.wrong) > 0 {
				t.Fatal(err, f.wrong)
			}
			got := strings.Join(f.warnings, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("warned %q, want %q", got, c.want)
			}
		})
	}
}

func TestFileThatIsThePackageIsNoCrumb(t *testing.T) {
	t.Parallel()
	if small := crumbs(map[string]int{"disk.go": 37}); len(small) > 0 {
		t.Errorf("found %v, want nothing", small)
	}
}

func TestChineseNeedsNoSingular(t *testing.T) {
	t.Parallel()
	words := map[string]map[string]string{
		"zh_CN": {"pages": "{n} 页"},
		"en":    {"pages": "{n} pages", "pages.one": "one page"},
	}
	var f findings
	compareLanguages(&f, words)
	if len(f.wrong) > 0 {
		t.Errorf("found %v, want nothing", f.wrong)
	}
}

func TestEndsWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ok, err := run(t.Context(), module(t, map[string]string{"device/util/x.go": "package util\n"}).root, false, &out)
	if err != nil || ok {
		t.Errorf("got %v, %v", ok, err)
	}
	if want := "FAIL names of packages\n"; !strings.Contains(out.String(), want) {
		t.Errorf("said %q, want %q", out.String(), want)
	}
}

// mostOf is how many lines the row of a big package allows.
func mostOf(folder string) int {
	i := slices.IndexFunc(bigs, func(b big) bool { return b.folder == folder })
	return bigs[i].most
}
