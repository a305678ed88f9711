package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/device/ukey/ukeytest"
	"keyhall/printer/printertest"
)

// TestCheckDevices: on a kiosk that was not enrolled yet, beside an encrypted printer that nobody named and a scanner that is not there,
// each is told with what to do next; the fingerprint that was told makes the printer good.
func TestCheckDevices(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	server, _ := printertest.NewEncrypted(t)
	config := defaultConfig()
	config.Data, config.Secrets.TPM, config.Office.URL = t.TempDir(), "off", "https://127.0.0.1:1"
	config.UKeys = []UKeyConfig{{Module: ukeytest.SoftHSM, Env: hub.Env()}, {Module: "/nowhere/module.so"}}
	config.Scanner.Device, config.Printer.URI = "nosuch:0", server.URI
	look := func(language string) string {
		t.Helper()
		var out bytes.Buffer
		if err := checkDevices(t.Context(), config, language, &out); !errors.Is(err, errDevices) {
			t.Fatalf("got %v, want errDevices\n%s", err, out.String())
		}
		return out.String()
	}
	told := look("en")
	for _, want := range []string{"Printer: does not work", "Compare the fingerprint", "Scanner: does not work", "scanimage -L",
		"UKey modules: does not work", "/nowhere/module.so: ", "Back office: does not work", "Clock: needs a look", "Disk: "} {
		if !strings.Contains(told, want) {
			t.Errorf("it is not told %q:\n%s", want, told)
		}
	}
	_, after, _ := strings.Cut(told, "SHA-256 ")
	config.Printer.Fingerprint = after[:64]
	if told := look("zh_CN"); !strings.Contains(told, "打印机：正常") {
		t.Errorf("the printer is not good with the fingerprint that was told:\n%s", told)
	}
}

func TestMaintenancePIN(t *testing.T) {
	t.Parallel()
	const hash = "$2a$04$pvhULzBMMb2tmxbKZtLq8.V/mFTQxZAAkJCsCCXc0Fh94PxBMFm0e"
	c := StaffConfig{PINHash: hash}
	if checkHash(hash) != nil || checkHash("314159") == nil {
		t.Error("a hash is not told from a PIN")
	}
	if c.compare()([]byte("000000")) || (StaffConfig{}).compare() != nil {
		t.Error("a wrong PIN, or one where there is none, opens the page")
	}
	path := filepath.Join(t.TempDir(), "kiosk.toml")
	if err := os.WriteFile(path, []byte("[staff]\npin_hash = '314159'\n[printer]\nuri = 'ipp://p/'\nfingerprint = 'x'\ncertificate = '/nowhere'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	for _, want := range []string{"staff.pin_hash", "printer.uri: a certificate is shown on ipps:// only", "printer.fingerprint", "printer.certificate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
}
