package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExampleConfigIsTrue(t *testing.T) {
	t.Parallel()
	c, err := readConfig("../packaging/examples/kiosk.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := defaultConfig(); c.Screen != want.Screen || c.Scanner.DPI != want.Scanner.DPI || c.Office.Timeout != want.Office.Timeout {
		t.Errorf("the example's values are not the defaults: got %+v, want %+v", c, want)
	}
}

func TestConfigTellsEveryMistake(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kiosk.toml")
	text := "colour = 'red'\n[office]\nurl = 'http://x'\n[screen]\nidle = '1s'\n[[ukey]]\nrescan = 'never'\n[scanner]\ndpi = 9\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	if err == nil {
		t.Fatal("a wrong file was accepted")
	}
	for _, want := range []string{"colour", "office.url", "office.ca", "screen.idle", "ukey[0].module", "ukey[0].rescan", "scanner.dpi", "printer.uri"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
}
