package shots

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPicturesAreSortedByLanguage(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"case.zh.png", "case.en.png", "case.zh.dark.png", "queue.zh.1280.png"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folders, err := sort(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(to, "en"), filepath.Join(to, "zh")}; !slices.Equal(slices.Sorted(slices.Values(folders)), want) {
		t.Errorf("folders %v, want %v", folders, want)
	}
	for path, want := range map[string]string{
		"zh/case.png": "case.zh.png", "en/case.png": "case.en.png", "zh/case.dark.png": "case.zh.dark.png", "zh/queue.1280.png": "queue.zh.1280.png",
	} {
		if got, err := os.ReadFile(filepath.Join(to, path)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
	var out strings.Builder
	if err := say(&out, filepath.Join(to, "zh")); err != nil || !strings.HasPrefix(strings.TrimSpace(out.String()), "3 ") {
		t.Errorf("said %q, %v", out.String(), err)
	}
	if err := say(&out, from+"/nothing"); err == nil {
		t.Error("a folder without pictures is no error")
	}
}

func TestPictureWithoutLanguage(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "case.png"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sort(from, t.TempDir()); err == nil {
		t.Error("got no error")
	}
}
