package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCatalogueCommands checks and stores the example, and stores again what is shown.
func TestCatalogueCommands(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stored := func(file, want string) {
		t.Helper()
		if out := h.command("catalogue", "store", file); out != want+"\n" {
			t.Errorf("catalogue store: got %q, want %q", out, want)
		}
	}
	const example = "../packaging/examples/catalogue.toml"
	stored(example, "catalogue: stored")
	shown := h.command("catalogue", "show")
	stored(file("shown.toml", shown), "catalogue: nothing changed")

	wrong := file("wrong.toml", "[[halls]]\nid = \"X\"\n")
	check := func(file string) (string, error) {
		out, err := exec.CommandContext(t.Context(), h.program, "catalogue", "check", file).CombinedOutput()
		return string(out), err
	}
	if out, err := check(example); err != nil || out != "" {
		t.Errorf("catalogue check of the example: got %v, %s", err, out)
	}
	out, err := check(wrong)
	_, refused := h.try("catalogue", "store", wrong)
	if err == nil || refused == nil {
		t.Fatalf("a wrong file: check %v, store %v, want both to refuse it", err, refused)
	}
	for _, mistake := range []string{`hall "X": name.zh: it is missing`, "projects: at least one is needed"} {
		if !strings.Contains(out, mistake) || !strings.Contains(refused.Error(), mistake) {
			t.Errorf("a wrong file: check said\n%s\nstore\n%v\nwant %q in both", out, refused, mistake)
		}
	}
	if got := h.command("catalogue", "show"); got != shown {
		t.Errorf("after a wrong file: got\n%s\nwant\n%s", got, shown)
	}
}
