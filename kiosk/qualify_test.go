package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
)

func TestWhatAMakerMustKnow(t *testing.T) {
	t.Parallel()
	q := newQualification("/opt/maker.so")
	q.info = ukey.Info{Manufacturer: "Maker", Model: "One", Serial: "1\x1b", Firmware: "2.7", MinPIN: 4, MaxPIN: 16, UserLeft: -1, AdminLeft: 3}
	for i, call := range []string{"login", "sign", "generate", "info"} {
		q.observe(call, time.Hour, time.Duration(i)*time.Second)
	}
	q.observe("generate", time.Hour, time.Minute)
	refused := &ukey.DeviceError{Call: "C_Sign", Code: "CKR_GENERAL_ERROR"}
	for want, r := range map[bool]conformance.Result{
		true:  {Check: conformance.Check{Name: "signs"}, Outcome: conformance.Fails, Err: errors.Join(refused, errors.New("twice"))},
		false: {Check: conformance.Check{Name: "lists"}, Outcome: conformance.Holds},
	} {
		if got := q.note(r); got != want {
			t.Errorf("%s: fails is %v", r.Check.Name, got)
		}
	}
	var out strings.Builder
	q.print(&out)
	for _, want := range []string{"Maker/One/1?, firmware 2.7", "/opt/maker.so", "administrator's unknown, 3 attempts left", "generate took 1m0s",
		"FAILS", "signs", "C_Sign: CKR_GENERAL_ERROR; twice"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "login took") || strings.Contains(out.String(), "lists") {
		t.Errorf("more than what is of interest:\n%s", out.String())
	}
}

// TestUkeyConformanceOfAKeyWithoutACustomer: the administrator sets the first PIN.
func TestUkeyConformanceOfAKeyWithoutACustomer(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: hub.Env()})
	if err != nil {
		t.Fatal(err)
	}
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1 {
		t.Fatalf("%d keys, %v", len(infos), err)
	}
	token, err := r.Open(t.Context(), infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	err = token.Initialize(t.Context(), ukey.Setup{Label: "new", AdminPIN: []byte("11223344")})
	if err := errors.Join(err, token.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	out, ok := ukeyCommand(t, hub, "11223344\n55667788\n24682468\n", "conformance", "--write")
	if n := strings.Count(out, "not tried"); !ok || n != 1 || strings.Contains(out, "fails") || !strings.Contains(out, "For the maker") {
		t.Errorf("got %v, %d not tried, want all but the twins:\n%s", ok, n, out)
	}
}
