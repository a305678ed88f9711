package main

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// TestOutboxIsListed: what waits and what was refused, with the reason, and nothing of the person.
func TestOutboxIsListed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	config := Config{Data: filepath.Join(t.TempDir(), "data"), Secrets: SecretsConfig{TPM: safe.TPMOff}}
	store, err := openJournal(ctx, config, secretsOf(t, config), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	waits := ra.Mandate{OrderID: "order-1", MembershipID: "m", Seal: []byte("1"), Submit: true, Pages: make([]ra.MandatePage, 3)}
	refused := ra.Mandate{OrderID: "order-2", MembershipID: "m", Seal: []byte("2"), Application: &ra.Application{ID: "order-2",
		Delivery: ra.Delivery{Name: "李四", Phone: "13800001234"}}}
	err = errors.Join(store.SaveMandate(ctx, waits), store.SaveMandate(ctx, refused),
		store.ShelveMandate(ctx, refused, ra.E(ra.CodeMandateOver, "why", "expired")))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := listOutbox(ctx, store, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "order-1") || !strings.Contains(lines[1], "waiting") ||
		!strings.Contains(lines[2], "order-2") || !strings.Contains(lines[2], "mandate_over") || !strings.Contains(lines[2], "expired") {
		t.Errorf("listed:\n%s", out.String())
	}
	if strings.Contains(out.String(), "李四") || strings.Contains(out.String(), "1380000") {
		t.Errorf("a person is named:\n%s", out.String())
	}
}
