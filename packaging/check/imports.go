package main

import (
	"context"
	"path"
	"slices"
	"strings"
)

// row is a line of the import table: the packages that match it may import of ours what is listed. "x/..." is x and
// everything below it, "x/*" what lies directly in it; "^" stands for the package's parent.
type row struct {
	packages string
	may      []string
}

const (
	ra   = "backoffice/ra"
	book = "backoffice/book"
)

// parts is what each part of the back office's rules may import: not another. What one needs of another it declares as an
// interface.
var parts = []string{"backoffice/pki", "backoffice/password", book, ra}

// table is who may import whom. The first row that matches counts; a package without a row is a finding, so that a new
// folder gets one.
var table = []row{
	{ra, []string{"backoffice/ra/text"}},
	{"backoffice/ra/text", nil},
	{book, []string{ra, "backoffice/ra/text"}}, // what is searched for has the forms in which it may be kept
	{"backoffice/api", []string{ra}},
	{"backoffice/blobs", []string{ra}},
	{"backoffice/catalogue", []string{"backoffice/pki", book, ra}},
	{"backoffice/demo", []string{"backoffice/catalogue", book, ra}},
	{"backoffice/disk", nil},
	{"backoffice/vault", []string{"backoffice/disk", book, ra}},
	{"backoffice/ca", []string{"backoffice/pki", book, ra}},
	{"backoffice/ca/responder", []string{"backoffice/pki", book, ra}},
	{"backoffice/ca/lint", []string{"^", "backoffice/pki", book, ra}},
	{"backoffice/ca/*", []string{"^", "backoffice/ca/responder", "backoffice/ca/lint", "backoffice/pki", "backoffice/disk", book, ra}},
	{"backoffice/pay/...", []string{"backoffice/pay", ra}},
	{"backoffice/notify/...", []string{"backoffice/notify", book, ra}},
	{"backoffice/audit", []string{"backoffice/disk", book, ra}},
	{"backoffice/jobs", []string{"backoffice/store", book, ra}},
	{"backoffice/store", []string{book, ra, "backoffice/store/migrations"}},
	{"backoffice/store/migrations", nil},
	{"backoffice/pki", []string{ra}},
	{"backoffice/password", []string{ra}},
	{"backoffice/access", parts},
	{"backoffice/intake", parts},
	{"backoffice/review", parts},
	{"backoffice/issuing", parts},
	{"backoffice/cashier", parts},
	{"backoffice/people", parts},
	{"backoffice/fleet", parts},
	{"backoffice/server", []string{"backoffice/api", "backoffice/intake", "backoffice/issuing", "backoffice/people", "backoffice/fleet", book, ra}},
	{"backoffice/console", []string{"backoffice/access", "backoffice/pki", "backoffice/review", "backoffice/issuing", "backoffice/cashier", "backoffice/people", "backoffice/fleet", book, ra}},
	{"backoffice", []string{"backoffice/..."}},

	{"device/usb", nil},
	{"device/*", nil},
	{"device/ukey/worker", []string{"device/ukey"}},
	{"device/ukey/conformance", []string{"device/ukey"}},
	{"device/ukey/*", []string{"device/ukey", "device/ukey/worker"}}, // a driver
	{"device/*/*", []string{"^"}},
	{"printer", nil},
	{"printer/form", []string{ra}},
	{"printer/ipp", []string{"^", "printer/convert"}}, // not every printer takes PDF
	{"printer/convert", nil},
	{"printer/*", []string{"^"}},

	{"kiosk/safe", nil},
	{"kiosk/journal", []string{ra}},
	{"kiosk/uplink", []string{"kiosk/journal", "backoffice/api", ra}},
	{"kiosk/keys", []string{ra, "device/*"}},
	{"kiosk/write", []string{ra, "kiosk/keys", "device/*"}},
	{"kiosk/write/writetest", []string{ra, "kiosk/journal", "device/..."}},
	{"kiosk/health", []string{ra, "device/*", "printer", "printer/form"}},
	{"kiosk/workflow", []string{ra, "kiosk/health", "kiosk/keys", "kiosk/write", "device/*", "printer", "printer/form"}},
	{"kiosk/screen", []string{"kiosk/screen/*", "kiosk/workflow", "kiosk/health", "kiosk/keys", ra}}, // findings are facts, worded there
	{"kiosk/screen/loop", nil},
	{"kiosk/screen/widget", []string{"kiosk/screen/loop"}},
	{"kiosk/pinyin/...", nil},
	{"kiosk/speech", nil},
	{"kiosk", []string{"kiosk/...", "device/...", "printer/...", "backoffice/api", ra}},

	{"packaging/check", nil},
	{"packaging/...", []string{"..."}},
}

// foreign lists the modules that only few packages may import.
var foreign = []row{
	{"github.com/gotk3/gotk3/gtk", []string{"kiosk/screen/..."}},
	{"github.com/gotk3/gotk3/gdk", []string{"kiosk/screen/..."}},
	{"github.com/gotk3/gotk3/...", []string{"kiosk/screen/...", "printer/form", "packaging/..."}},
	{"github.com/miekg/pkcs11", []string{"device/ukey/pkcs11", "backoffice/ca/local"}},
	{"github.com/google/go-tpm/...", []string{"kiosk/safe"}},
	{"github.com/zmap/...", []string{"backoffice/ca/lint"}},
	{"github.com/ThalesGroup/crypto11", []string{"backoffice/ca/local"}},
	{"github.com/google/gousb", []string{"device/usb"}},
	{"github.com/jackc/pgx/v5/...", []string{"backoffice", "backoffice/jobs", "backoffice/store/...", "packaging/..."}},
	{"github.com/riverqueue/river/...", []string{"backoffice/jobs", "backoffice/store"}},
	{"github.com/alexedwards/scs/pgxstore", []string{"backoffice"}},
}

func matches(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == folder || strings.HasPrefix(name, folder+"/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func rowOf(rows []row, name string) (row, bool) {
	i := slices.IndexFunc(rows, func(r row) bool { return matches(r.packages, name) })
	if i < 0 {
		return row{}, false
	}
	return rows[i], true
}

func (r row) allows(importer, imported string) bool {
	return slices.ContainsFunc(r.may, func(pattern string) bool {
		if pattern == "^" {
			return imported == path.Dir(importer)
		}
		return matches(pattern, imported)
	})
}

// isTest tells a package for tests (storetest, ukeytest) by its name.
func isTest(name string) bool { return strings.HasSuffix(name, "test") }

func checkImports(_ context.Context, t *tree) (f findings, err error) {
	for _, p := range t.packages {
		if isTest(p.path) {
			continue
		}
		r, known := rowOf(table, p.path)
		if !known {
			f.add("%s has no row in the import table (packaging/check/imports.go)", p.path)
		}
		for _, imported := range p.Imports {
			name, ours := t.ours(imported)
			if known && ours && !isTest(name) && !r.allows(p.path, name) {
				f.add("%s must not import %s", p.path, name)
			}
			if matches(ra+"/...", p.path) && !ours && !strings.HasPrefix(imported, "golang.org/x/text/") && strings.Contains(strings.Split(imported, "/")[0], ".") {
				f.add("%s must not import %s: standard library only, but for golang.org/x/text", p.path, imported)
			}
		}
	}
	return f, nil
}

func checkForeign(_ context.Context, t *tree) (f findings, err error) {
	for _, p := range t.packages {
		for _, imported := range p.Imports {
			if r, found := rowOf(foreign, imported); found && !r.allows(p.path, p.path) {
				f.add("%s must not import %s", p.path, imported)
			}
		}
	}
	return f, nil
}

// checkTestPackages keeps what is for tests out of the programs, and each side's tests on their side.
func checkTestPackages(_ context.Context, t *tree) (f findings, err error) {
	for _, p := range t.packages {
		for _, imported := range p.Imports {
			name, ours := t.ours(imported)
			if ours && isTest(name) && !isTest(p.path) && !matches("packaging/...", p.path) {
				f.add("%s must not import %s outside its tests", p.path, name)
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			name, ours := t.ours(imported)
			if ours && matches("backoffice/...", p.path) && (matches("kiosk/...", name) || matches("device/...", name)) {
				f.add("%s must not import %s, not even in tests", p.path, name)
			}
		}
	}
	return f, nil
}

func checkWithoutCgo(ctx context.Context, t *tree) (f findings, err error) {
	if !slices.ContainsFunc(t.packages, func(p pkg) bool { return matches("backoffice/...", p.path) }) {
		return f, nil
	}
	said, complains, err := t.tool(ctx, []string{"CGO_ENABLED=0"}, "go", "build", "./backoffice/...")
	if complains {
		f.add("%s", strings.TrimSpace(said))
	}
	return f, err
}
