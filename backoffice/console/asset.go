package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed template static po
var files embed.FS

// errNotVendored says that the browser's libraries are not there.
var errNotVendored = errors.New("static/vendor is missing: run npm ci in backoffice/console and build again")

// assets are the files that the browser loads, and the icons that stand in the pages themselves.
type assets struct {
	files   http.Handler
	version map[string]string // of a path under static/, from its content
	icons   map[string]template.HTML
}

func loadAssets(all fs.FS) (*assets, error) {
	static, err := fs.Sub(all, "static")
	if err != nil {
		return nil, err
	}
	a := &assets{version: map[string]string{}, icons: map[string]template.HTML{}}
	if _, err := fs.Stat(static, "vendor/htmx.min.js"); err != nil {
		return nil, errNotVendored
	}
	a.files = http.StripPrefix("/static/", http.FileServerFS(static))
	return a, fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(static, name)
		if err != nil {
			return fmt.Errorf("asset: %w", err)
		}
		if icon, ok := strings.CutPrefix(name, "vendor/icons/"); ok {
			a.icons[strings.TrimSuffix(icon, ".svg")] = inlineIcon(raw)
			return nil
		}
		sum := sha256.Sum256(raw)
		a.version[name] = hex.EncodeToString(sum[:8])
		return nil
	})
}

var iconBody = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)

// inlineIcon keeps an icon's drawing in a frame of our own size and stroke.
func inlineIcon(svg []byte) template.HTML {
	m := iconBody.FindSubmatch(svg)
	if m == nil {
		return ""
	}
	body := strings.Join(strings.Fields(string(m[1])), " ")
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">` + body + `</svg>`) //nolint:gosec // our own files
}

// ServeHTTP serves a file; one asked for by its version may be kept for ever.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/static/")
	version, ok := a.version[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	a.files.ServeHTTP(w, r)
}

func (a *assets) url(name string) string { return "/static/" + name + "?v=" + a.version[name] }

func (a *assets) icon(name string) (template.HTML, error) {
	svg, ok := a.icons[name]
	if !ok {
		return "", fmt.Errorf("icon %q does not stand in icons.txt", name)
	}
	return svg, nil
}

func notVendored() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "console: "+errNotVendored.Error(), http.StatusServiceUnavailable)
	})
}
