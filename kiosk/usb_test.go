package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"keyhall/device/ukey/ukeytest"
)

func TestUSBListsKnownUKeys(t *testing.T) {
	t.Parallel()
	ukeytest.Need(t, "umockdev-run")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("umockdev-run", "--device=../device/usb/testdata/hub.umockdev", "--", self, "ukey", "usb")
	cmd.Env = append(os.Environ(), commandLineEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ukey usb: %v: %s", err, out)
	}
	for _, want := range []string{"096e:0807", "Feitian", "ePass2003"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ukey usb does not tell %q:\n%s", want, out)
		}
	}
}
