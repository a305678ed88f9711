package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/safe"
)

func TestExampleConfigIsTrue(t *testing.T) {
	t.Parallel()
	c, err := readConfig("../packaging/examples/kiosk.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := defaultConfig(); c.Screen != want.Screen || c.Scanner.DPI != want.Scanner.DPI || c.Office.Timeout != want.Office.Timeout ||
		c.Secrets != want.Secrets {
		t.Errorf("the example's values are not the defaults: got %+v, want %+v", c, want)
	}
	if c.UKeys[0].Driver != (UKeyConfig{}).driver() {
		t.Errorf("the example's key driver is %q, want the default", c.UKeys[0].Driver)
	}
	if c.UKeys[0].HideUninitialized {
		t.Error("the example hides blank tokens, which are then never made")
	}
	if len(c.UKeys[0].Deadlines) != 1 || c.UKeys[0].Deadlines[0].Call != "sign" {
		t.Errorf("the example's deadlines are %+v, want one of sign", c.UKeys[0].Deadlines)
	}
}

func TestConfigTellsEveryMistake(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kiosk.toml")
	text := "colour = 'red'\n[secrets]\ntpm = 'on'\n[office]\nurl = 'http://x'\n[screen]\nidle = '1s'\n[[ukey]]\nrescan = 'never'\ntimeout = '-1s'\n[[ukey]]\ndriver = 'skf'\n[[ukey]]\nmodule = 'm'\nallow_unknown_protection = ['*']\n[[ukey.deadline]]\ncall = 'sing'\n[scanner]\ndpi = 9\n[speech]\nsocket = 'speechd.sock'\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	if err == nil {
		t.Fatal("a wrong file was accepted")
	}
	for _, want := range []string{"colour", "secrets.tpm", "office.url", "office.ca", "screen.idle", "ukey[0].module", "ukey[0].rescan", "ukey[0].timeout",
		`ukey[1].driver: there is no "skf", only ["pkcs11"]`, `ukey[2].deadline[0].call: there is no "sing"`, "ukey[2].deadline[0].time", "ukey[2].allow_unknown_protection", "scanner.dpi", "speech.socket", "printer.uri"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
}

func TestWhereATPMMayBe(t *testing.T) {
	t.Parallel()
	for setting, fine := range map[string]bool{"auto": true, "off": true, "/dev/tpmrm0": true, "/run/swtpm/socket": true, "": false, "on": false, "tpmrm0": false} {
		c := defaultConfig()
		c.Secrets.TPM = setting
		if got := !strings.Contains(c.Validate().Error(), "secrets.tpm"); got != fine {
			t.Errorf("tpm = %q: accepted %v, want %v", setting, got, fine)
		}
	}
}

// The unit beside the example hands the key over by the name that the kiosk looks for, and systemd understands all of it.
func TestExampleUnitIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../packaging/examples/keyhall-kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nLoadCredentialEncrypted=" + safe.CredentialName + ":", "--name=" + safe.CredentialName + " ",
		"\nStateDirectory=" + filepath.Base(defaultConfig().Data) + "\n", "\nLimitCORE=0\n", "\nNoNewPrivileges=yes\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the unit does not say %q", want)
		}
	}
	ukeytest.Need(t, "systemd-analyze")
	path := filepath.Join(t.TempDir(), "keyhall-kiosk.service")
	start := regexp.MustCompile(`(?m)^ExecStart=.*`).ReplaceAll(text, []byte("ExecStart=/bin/true")) // the programs are not here
	if err := os.WriteFile(path, start, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("systemd-analyze", "verify", path).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v: %s", err, said)
	}
}
