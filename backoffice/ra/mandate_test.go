package ra

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

func testMandate() Mandate {
	return Mandate{
		OrderID: "0192f0c4-0000-7000-8000-000000000001", SessionID: "0192f0c4-0000-7000-8000-000000000002",
		MembershipID: "0192f0c4-0000-7000-8000-000000000003", Submit: true,
		Application: &Application{ID: "0192f0c4-0000-7000-8000-000000000001", Number: "XH03-000127-8", Kind: KindNew,
			Lines: []ChosenLine{{ServiceID: "organisation-1y", Quantity: 2}}, Invoice: Invoice{Kind: InvoiceOrdinary, Title: "杭州示范科技有限公司"},
			Delivery: Delivery{Kind: DeliveryCounter}, Method: MethodTransfer},
		Pages: []MandatePage{{Material: MaterialForm, Page: Page{ID: "0192f0c4-0000-7000-8000-000000000004", SHA256: strings.Repeat("ab", 32),
			Bytes: 1200, Width: 40, Height: 60, At: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)}}},
	}
}

// TestMandateSealVector fixes the format: what a kiosk sealed before an upgrade must be good after it.
func TestMandateSealVector(t *testing.T) {
	t.Parallel()
	const want = "f85339af79d5b2b5e4ad6c8c39ef6951ae28ac5655f7d902c6d3f8d36cb72320"
	got, err := MandateSeal(bytes.Repeat([]byte{7}, 32), "0192f0c4-0000-7000-8000-000000000009", testMandate())
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("seal %x, %v, want %s", got, err, want)
	}
}

// TestMandateSealCoversEverything: whatever is changed, the seal is another.
func TestMandateSealCoversEverything(t *testing.T) {
	t.Parallel()
	key, kiosk := bytes.Repeat([]byte{7}, 32), "kiosk"
	seal := func(key []byte, kiosk string, m Mandate) string {
		s, err := MandateSeal(key, kiosk, m)
		if err != nil {
			t.Fatal(err)
		}
		return string(s)
	}
	want := seal(key, kiosk, testMandate())
	for name, change := range map[string]func(*Mandate){
		"order":       func(m *Mandate) { m.OrderID = "x" },
		"session":     func(m *Mandate) { m.SessionID = "x" },
		"membership":  func(m *Mandate) { m.MembershipID = "x" },
		"version":     func(m *Mandate) { m.Version = 3 },
		"application": func(m *Mandate) { m.Application.Lines[0].Quantity = 3 },
		"no longer":   func(m *Mandate) { m.Application = nil },
		"material":    func(m *Mandate) { m.Pages[0].Material = MaterialLicence },
		"page":        func(m *Mandate) { m.Pages[0].Page.ID = "x" },
		"bytes":       func(m *Mandate) { m.Pages[0].Page.SHA256 = strings.Repeat("cd", 32) },
		"fewer pages": func(m *Mandate) { m.Pages = nil },
		"submit":      func(m *Mandate) { m.Submit = false },
	} {
		m := testMandate()
		change(&m)
		if seal(key, kiosk, m) == want {
			t.Errorf("%s: the seal is the same", name)
		}
	}
	if seal(key, "other", testMandate()) == want || seal([]byte("another"), kiosk, testMandate()) == want {
		t.Error("another kiosk or another key makes the same seal")
	}
	m := testMandate()
	m.Seal = []byte("anything")
	if seal(key, kiosk, m) != want {
		t.Error("the seal depends on the one that is there")
	}
}

func TestMandateKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	k := MandateKey{SessionID: "s", Key: []byte("secret-key")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, Session{Mandate: k}) + fmt.Sprintf(format, k); strings.Contains(got, "secret") || strings.Contains(got, "115") {
			t.Errorf("%s prints %q", format, got)
		}
	}
	k.Wipe()
	if !bytes.Equal(k.Key, make([]byte, len("secret-key"))) {
		t.Error("Wipe left the key")
	}
}
