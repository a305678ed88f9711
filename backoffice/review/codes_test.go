package review_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// wrongCodes are n different ones, none of them right.
func wrongCodes(right string, n int) []string {
	var all []string
	for i := 0; len(all) < n; i++ {
		if code := fmt.Sprintf("%08d", i); code != right {
			all = append(all, code)
		}
	}
	return all
}

func TestAuthorizationCodeIsLimited(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	bad := wrongCodes(code, 10)
	r := servicetest.ReservationFor(t, order, bad[0], "S1")
	reserve := func(code string) error {
		r.AuthCode = code
		_, err := h.Reserve(ctx, h.Kiosk, account, r)
		return err
	}
	for i, left := range []string{"4", "4", "3"} { // the same one again does not count
		err := reserve(bad[max(i-1, 0)])
		servicetest.WantCode(t, "wrong", err, ra.CodeAuthCodeWrong, "auth_code")
		if got := servicetest.Argument(err, "left"); got != left {
			t.Errorf("%q left, want %s", got, left)
		}
	}
	if err := reserve(" " + code + " "); err != nil {
		t.Fatalf("right code: %v", err)
	}
	for _, b := range bad[2:6] { // on an operation that is begun it counts too
		servicetest.WantCode(t, "wrong, begun", reserve(b), ra.CodeAuthCodeWrong, "auth_code")
	}
	servicetest.WantCode(t, "fifth", reserve(bad[7]), ra.CodeAuthCodeUsedUp, "auth_code")
	servicetest.WantCode(t, "right, too late", reserve(code), ra.CodeAuthCodeUsedUp, "auth_code")

	now := h.OrderOf(t, account, order.ID)
	if _, err := h.NewCode(ctx, h.Supervisor, order.ID, now.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	fresh, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	if err := reserve(fresh); err != nil {
		t.Errorf("new code: %v", err)
	}
	h.Sound(t)
}

// TestCaseTellsWhatTheCodeIsWorth: staff see whether it was sent, how often it was typed wrong, and that it is void; never the code.
func TestCaseTellsWhatTheCodeIsWorth(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	mobile := ra.MaskMobile(account.Handler.Mobile)
	order := h.Paid(t, h.Judged(t, h.Submitted(t, account, 1)))
	tells := func(name string, want *review.CodeStatus) {
		t.Helper()
		c, err := h.Case(ctx, h.Supervisor, order.ID)
		servicetest.Must(t, err)
		if got := c.Code; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	tells("before the approval", nil)
	order, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	status := review.CodeStatus{State: review.CodeGood, Left: review.MaxWrongCodes, Until: h.Clock.Now().Add(review.AuthCodeLifetime), Sent: book.MessageWaiting, Mobile: mobile}
	tells("on its way", &status)
	h.Sender.Refuse(fmt.Errorf("no such number: %w", book.ErrForGood))
	if _, err := h.DeliverMessages(ctx); err == nil {
		t.Fatal("a refused message was delivered")
	}
	status.Sent = book.MessageFailed
	tells("could not be sent", &status)
	h.Sender.Refuse(nil)
	again := func() string {
		t.Helper()
		order, err = h.NewCode(ctx, h.Supervisor, order.ID, order.Version)
		servicetest.Must(t, err)
		_, err = h.DeliverMessages(ctx)
		servicetest.Must(t, err)
		code, err := h.Sender.Code(order.Number)
		servicetest.Must(t, err)
		return code
	}
	code := again()
	status.Sent = book.MessageSent
	tells("sent", &status)
	for i, bad := range wrongCodes(code, review.MaxWrongCodes) {
		if _, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, bad, "S1")); err == nil {
			t.Fatal("a wrong code reserved")
		}
		if status.Wrong, status.Left = i+1, review.MaxWrongCodes-i-1; status.Left == 0 {
			status.State = review.CodeUsedUp
		}
		tells(fmt.Sprintf("after %d wrong ones", i+1), &status)
	}
	again()
	status.State, status.Wrong, status.Left = review.CodeGood, 0, review.MaxWrongCodes
	tells("a new one", &status)
	h.Clock.Advance(review.AuthCodeLifetime)
	status.State = review.CodeExpired
	tells("expired", &status)
	servicetest.Must(t, h.ForgotPassword(ctx, h.Kiosk, account.Login))
	_, err = h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	sent := h.Sender.Sent()
	servicetest.Must(t, h.RecoverPassword(ctx, h.Kiosk, account.Login, sent[len(sent)-1].Parameters["code"], "Weihai2027a"))
	tells("a new password", &review.CodeStatus{State: review.CodeWithdrawn})
	h.Sound(t)
}

// TestNewCodeWithdrawsTheOlder: a code that is worth nothing any more is not sent, other messages are.
func TestNewCodeWithdrawsTheOlder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	other := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	if _, err := h.Approve(ctx, h.Supervisor, other.ID, other.Version); err != nil {
		t.Fatal(err)
	}
	account := h.Registered(t)
	order := h.Paid(t, h.Judged(t, h.Submitted(t, account, 1)))
	order, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.NewCode(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	codes := slices.DeleteFunc(h.Sender.Sent(), func(m book.Message) bool { return m.Template != "approved" })
	if len(codes) != 2 {
		t.Errorf("%d codes sent, want one for each order", len(codes))
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S1")); err != nil {
		t.Errorf("the code that was sent: %v", err)
	}
}

func TestAuthorizationCodeExpires(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	begun := servicetest.ReservationFor(t, order, code, "S1")
	first, err := h.Reserve(ctx, h.Kiosk, account, begun)
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(review.AuthCodeLifetime)
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S2"))
	servicetest.WantCode(t, "expired", err, ra.CodeAuthCodeExpired, "auth_code")
	_, err = h.Reserve(ctx, h.Kiosk, account, begun)
	servicetest.WantCode(t, "expired, for what began in time", err, ra.CodeAuthCodeExpired, "auth_code")
	_, err = h.Resume(ctx, h.Kiosk, ra.Membership{}, ra.Resumption{OperationID: begun.OperationID, Ticket: first.Ticket, AuthCode: code})
	servicetest.WantCode(t, "going on with it by the code", err, ra.CodeAuthCodeExpired, "auth_code")
	if _, err := h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: begun.OperationID, Ticket: first.Ticket}); err != nil {
		t.Errorf("going on with it by a login: %v", err)
	}
	_, other := h.Approved(t, account, 1)
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, other, "S3"))
	servicetest.WantCode(t, "another order's code", err, ra.CodeAuthCodeExpired, "auth_code")
}

// TestWrongCodesWithoutLogin: they pause the key, then the kiosk, and never the order.
func TestWrongCodesWithoutLogin(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	resume := func(code string) error {
		_, err := h.Resume(ctx, h.Kiosk, ra.Membership{}, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket, AuthCode: code})
		return err
	}
	bad := wrongCodes(code, 40)
	for i, left := range []string{"4", "4", "3", "2", "1"} {
		err := resume(bad[max(i-1, 0)])
		servicetest.WantCode(t, "wrong", err, ra.CodeAuthCodeWrong, "auth_code")
		if got := servicetest.Argument(err, "left"); got != left {
			t.Errorf("%q left, want %s", got, left)
		}
	}
	servicetest.WantCode(t, "fifth", resume(bad[5]), ra.CodeAuthCodePaused, "auth_code")
	err := resume(code)
	servicetest.WantCode(t, "right, while the key is paused", err, ra.CodeAuthCodePaused, "auth_code")
	if got := servicetest.Argument(err, "minutes"); got != "15" {
		t.Errorf("paused for %q minutes, want 15", got)
	}
	if _, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S1")); ra.CodeOf(err) != ra.CodeUnitTaken {
		t.Errorf("the order: %v, want it not locked", err)
	}
	h.Clock.Advance(password.Pause + time.Second)
	if err := resume(code); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	h.Sound(t)
}

// TestWrongCodesAtOneKiosk: somebody who goes through many keys is stopped as well, and only at that kiosk.
func TestWrongCodesAtOneKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	var paused bool
	for tried := 0; !paused; tried++ {
		if tried > review.MaxWrongCodesAtKiosk {
			t.Fatalf("%d wrong codes at one kiosk", tried)
		}
		order, code := h.Approved(t, account, 1)
		release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
		for _, bad := range wrongCodes(code, 4) {
			_, err := h.Resume(ctx, h.Kiosk, ra.Membership{}, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket, AuthCode: bad})
			if tried++; ra.CodeOf(err) == ra.CodeAuthCodePaused {
				paused = true
				break
			}
		}
		tried--
	}
	order, code := h.Approved(t, account, 1)
	if _, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S1")); err != nil {
		t.Errorf("a customer who is logged in at that kiosk: %v", err)
	}
}

// TestEveryRefusedCodeStandsInTheTrail: also one that was not counted.
func TestEveryRefusedCodeStandsInTheTrail(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, nobody := h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 1)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	said := h.NewLines(t, order.ID)
	resume := func(m ra.Membership, code string) error {
		_, err := h.Resume(ctx, h.Kiosk, m, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket, AuthCode: code})
		return err
	}
	bad := wrongCodes(code, 11)
	for _, b := range append([]string{bad[0]}, bad[:4]...) { // the first one twice
		servicetest.WantRefused(t, "alone, wrong", resume(nobody, b), ra.CodeAuthCodeWrong, said(), "code.wrong_alone ")
	}
	servicetest.WantRefused(t, "alone, the fifth", resume(nobody, bad[4]), ra.CodeAuthCodePaused, said(), "code.wrong_alone ")
	servicetest.WantRefused(t, "alone, right, in the pause", resume(nobody, code), ra.CodeAuthCodePaused, said(), "code.refuse auth_code_paused")
	for _, b := range bad[5:9] {
		servicetest.WantRefused(t, "with a login, wrong", resume(account, b), ra.CodeAuthCodeWrong, said(), "code.wrong ")
	}
	servicetest.WantRefused(t, "with a login, the fifth", resume(account, bad[9]), ra.CodeAuthCodeUsedUp, said(), "code.wrong ")
	servicetest.WantRefused(t, "with a login, too late", resume(account, code), ra.CodeAuthCodeUsedUp, said(), "code.refuse auth_code_used_up")
	servicetest.WantRefused(t, "alone, too late", resume(nobody, code), ra.CodeAuthCodeUsedUp, said(), "code.refuse auth_code_used_up")
	h.Sound(t)
}
