package pinyin

import (
	"slices"
	"strings"
	"testing"
)

// TestRareCharactersByTheirParts: who cannot read a character finds it by what it is made of.
func TestRareCharactersByTheirParts(t *testing.T) {
	t.Parallel()
	for letters, want := range map[string]string{
		"vlongtian": "䶮", "vlong'tian": "䶮", "vtukou": "𠮷", "vfengdaonv": "㛃", "vshiwei": "祎", "vweihua": "韡", "vwangjun": "珺",
		"vjiji": "喆", "vfangfangtu": "堃", "vlongti": "䶮", "vtuk": "𠮷",
	} {
		c := byParts(letters, 700)
		at := slices.IndexFunc(c.Candidates, func(x Candidate) bool { return x.Text == want })
		if at < 0 || at >= 40 || c.Preedit != letters || c.Candidates[at].Letters != len(letters) {
			t.Errorf("%s: %s is candidate %d of %d", letters, want, at, len(c.Candidates))
		}
	}
	for _, none := range []string{"v", "v'", "vx", "vzzzz", "vlongtianlong"} {
		if c := byParts(none, 700); len(c.Candidates) != 0 {
			t.Errorf("%s finds %+v", none, c.Candidates[0])
		}
	}
	if c := byParts("vshui", 9); len(c.Candidates) != 9 {
		t.Errorf("%d candidates, want the limit", len(c.Candidates))
	}
}

// TestPartsTableIsInOrder: it is searched by halves.
func TestPartsTableIsInOrder(t *testing.T) {
	t.Parallel()
	last := ""
	for _, line := range partsLines() {
		reading, characters, whole := strings.Cut(line, " ")
		if !whole || characters == "" || strings.Trim(reading, "abcdefghijklmnopqrstuvwxyz") != "" || line <= last {
			t.Fatalf("line %q after %q", line, last)
		}
		last = line
	}
}

// FuzzByParts takes whatever stands in the entry.
func FuzzByParts(f *testing.F) {
	for _, s := range []string{"v", "vlongtian", "v''", "vshui"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, letters string, limit int) {
		if !ofParts.MatchString(letters) || limit < 0 {
			t.Skip()
		}
		if c := byParts(letters, limit); len(c.Candidates) > limit {
			t.Errorf("%d candidates, at most %d", len(c.Candidates), limit)
		}
	})
}
