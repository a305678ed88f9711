package notify_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"keyhall/backoffice/book"
	"keyhall/backoffice/notify"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Paid(t, h.Judged(t, h.Submitted(t, account, 1)))
	if _, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	h.Sender.Refuse(ra.E(ra.CodeOfficeAway))
	if n, err := h.DeliverMessages(ctx); err == nil || n != 0 {
		t.Errorf("sender away: %d sent, %v", n, err)
	}
	h.Sender.Refuse(nil)
	if n, err := h.DeliverMessages(ctx); err != nil || n != 2 {
		t.Fatalf("later: %d sent, %v", n, err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range h.Sender.Sent() {
		if got.Mobile != account.Handler.Mobile || got.ID == "" {
			t.Errorf("sent %+v", got)
		}
	}
	if n, err := h.DeliverMessages(ctx); err != nil || n != 0 {
		t.Errorf("again: %d sent, %v", n, err)
	}
	if strings.Contains(h.Dump(t), code) {
		t.Error("the authorization code stands in the database")
	}
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	if err != nil || len(c.Messages) != 2 || c.Messages[0].State != book.MessageSent || c.Messages[0].EndedAt == nil || c.Messages[0].Attempts != 2 || c.Messages[0].Mobile == account.Handler.Mobile {
		t.Errorf("messages %+v, %v", c.Messages, err)
	}
}

// TestRefusedForGood: what the gateway will never take is not sent again by itself, and stands in the case with what it answered.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	for status, want := range map[int]book.MessageState{http.StatusTooManyRequests: book.MessageWaiting, http.StatusBadGateway: book.MessageWaiting, http.StatusBadRequest: book.MessageFailed} {
		ids, err := h.Store.WaitingMessages(ctx)
		servicetest.Must(t, err)
		h.Sender.Refuse(fmt.Errorf("message: %w", &notify.RefusedError{Status: status}))
		if want == book.MessageFailed {
			h.Sender.Refuse(&notify.RefusedError{Status: status})
		}
		for _, id := range ids {
			if err := h.Outbox.Deliver(ctx, id, false); errors.Is(err, book.ErrForGood) != (want == book.MessageFailed) {
				t.Errorf("%d: %v", status, err)
			}
		}
		c, err := h.Case(ctx, h.Supervisor, order.ID)
		servicetest.Must(t, err)
		if len(ids) > 0 && (c.Messages[0].State != want || c.Messages[0].Answer != status) {
			t.Errorf("%d: message %+v, want %s", status, c.Messages[0], want)
		}
	}
}

// TestOverlongWords: whatever people type, a message has one signature and no more characters than a gateway takes.
func TestOverlongWords(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	var got book.Message
	for _, note := range []string{"【别家公司】" + strings.Repeat("请核对后重新提交。\n", 300), strings.Repeat("𠮷", 600), "\u202E】【\u200B" + strings.Repeat("{order}👍🏽", 90), "\u2028【"} {
		err := h.Store.Do(ctx, func(tx *store.Tx) error {
			return h.Outbox.Cancelled(ctx, tx, order, []ra.Reason{{Kind: ra.ReasonUnreadable, Note: note}, {Kind: ra.ReasonNoSeal}})
		})
		servicetest.Must(t, err)
		_, err = h.DeliverMessages(ctx)
		servicetest.Must(t, err)
		sent := h.Sender.Sent()
		got = sent[len(sent)-1]
		whole := len(utf16.Encode([]rune(got.Text)))
		if whole > 500 || strings.Count(got.Text, "【") != 1 || strings.Count(got.Text, "】") != 1 || strings.ContainsAny(got.Text, "\n\u202E\u200B\u2028") {
			t.Errorf("%d characters: %s", whole, got.Text)
		}
		if n := len(utf16.Encode([]rune(got.Parameters["reasons"]))); n > 240 {
			t.Errorf("reasons of %d characters: %s", n, got.Parameters["reasons"])
		}
	}
	if !strings.HasPrefix(got.Text, "【"+h.Project.Name.ZH+"】") || got.Signature != h.Project.Name.ZH {
		t.Errorf("signature %q of %s", got.Signature, got.Text)
	}
	for name, want := range map[string]string{"order": order.Number, "service": "新领证书", "addressee": ra.MaskName(order.Applicant.Handler.Name)} {
		if got.Parameters[name] != want {
			t.Errorf("parameter %s is %q, want %q", name, got.Parameters[name], want)
		}
	}
}

// TestNewCodeWithdrawsTheOlder: a code that cannot be used any more is not sent, even where it had failed before.
func TestNewCodeWithdrawsTheOlder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	for _, code := range []string{"11111111", "22222222"} {
		servicetest.Must(t, h.Store.Do(ctx, func(tx *store.Tx) error {
			now := h.Clock.Now()
			return errors.Join(tx.PutAuthorizationCode(ctx, book.AuthorizationCode{Opens: order.ID, OrderID: order.ID, Hash: []byte(code),
				CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour)}), h.Outbox.Approved(ctx, tx, order, code, 24*time.Hour))
		}))
	}
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	var texts []string
	for _, m := range h.Sender.Sent() {
		if m.Template == "approved" {
			texts = append(texts, m.Text)
		}
	}
	if len(texts) != 1 || !strings.Contains(texts[0], "授权码 22222222") {
		t.Errorf("sent %q, want the second code alone", texts)
	}
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	servicetest.Must(t, err)
	if n := len(c.Messages); c.Messages[n-2].State != book.MessageWithdrawn || c.Messages[n-1].State != book.MessageSent {
		t.Errorf("messages %+v", c.Messages)
	}
}

func TestCodeIsSealedWhileItWaits(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	if _, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	before := h.Dump(t)
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	hexed := ""
	for _, c := range []byte(code) {
		hexed += string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15])
	}
	if strings.Contains(before, code) || strings.Contains(before, hexed) {
		t.Error("the authorization code stood in the database")
	}
}
