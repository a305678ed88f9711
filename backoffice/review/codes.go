package review

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// Limits of authorization codes.
const (
	MaxWrongCodes    = 5
	AuthCodeLifetime = 30 * 24 * time.Hour
	authCodeDigits   = 8
)

// newCode makes an authorization code, replacing an older one that opens the same, and returns it for the text message.
func (r *Review) newCode(ctx context.Context, tx book.NewCodesTx, orderID, opens string, life time.Duration) (string, error) {
	n, err := rand.Int(r.clerk.Rand, big.NewInt(100_000_000))
	if err != nil {
		return "", fmt.Errorf("authorization code: %w", err)
	}
	code := fmt.Sprintf("%0*d", authCodeDigits, n)
	hash, err := r.vault.Sum(purposeCode, codeText(opens, code))
	if err != nil {
		return "", err
	}
	now := r.clerk.Now()
	return code, tx.PutAuthorizationCode(ctx, book.AuthorizationCode{
		Opens: opens, OrderID: orderID, Hash: hash, CreatedAt: now, ExpiresAt: now.Add(life)})
}

// sendCode makes an order's authorization code and sends it.
func (r *Review) sendCode(ctx context.Context, tx book.ApprovalTx, o ra.Order) error {
	code, err := r.newCode(ctx, tx, o.ID, o.ID, AuthCodeLifetime)
	if err != nil {
		return err
	}
	return r.messages.Approved(ctx, tx, o, code, AuthCodeLifetime)
}

// purposeCode separates the hashes of authorization codes from others.
const purposeCode = "authorization-code"

func codeText(opens, code string) []byte { return []byte(opens + "\x00" + code) }

// maxTried bounds how many different wrong codes are remembered beside a right one.
const maxTried = 50

// CheckCode compares and counts a code that came in a session of the order's membership. Refused is the customer's error, which
// leaves the transaction to be kept; err ends it. The same wrong code again counts once. CodeAuthCodeUsedUp, CodeAuthCodeExpired,
// CodeRequired, CodeAuthCodeWrong (args: left).
func (r *Review) CheckCode(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, given string) (refused, err error) {
	return r.checkCode(ctx, tx, who, o, o.ID, given)
}

func (r *Review) checkCode(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, opens, given string) (refused, err error) {
	code, verdict, refused, err := r.compareCode(ctx, tx, opens, given)
	if refused != nil {
		return r.uncounted(ctx, tx, who, o, refused)
	}
	if err != nil {
		return nil, err
	}
	if verdict == codeRight {
		return nil, r.forgetWrongCodes(ctx, tx, code)
	}
	left, err := r.countWrong(ctx, tx, code, verdict, given)
	if err != nil {
		return nil, err
	}
	if err := r.clerk.Write(ctx, tx, who, "code.wrong", o.ID, "", "left", strconv.Itoa(left)); err != nil {
		return nil, err
	}
	return wrongCode(left), nil
}

// countWrong counts a wrong code, unless it was tried before, and returns how many are left.
func (r *Review) countWrong(ctx context.Context, tx book.CodesTx, code book.AuthorizationCode, verdict codeVerdict, given string) (left int, err error) {
	if verdict == codeWrong {
		code.Wrong++
		err = r.rememberWrongCode(ctx, tx, code, given)
	}
	return MaxWrongCodes - code.Wrong, err
}

// uncounted keeps in the trail that a code was refused without being counted.
func (r *Review) uncounted(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, why error) (refused, err error) {
	return why, r.clerk.Write(ctx, tx, who, "code.refuse", o.ID, "", "code", string(ra.CodeOf(why)))
}

// wrongCode tells how many are left of those that count against the order.
func wrongCode(left int) error {
	if left <= 0 {
		return ra.E(ra.CodeAuthCodeUsedUp).At("auth_code")
	}
	return ra.E(ra.CodeAuthCodeWrong, "left", strconv.Itoa(left)).At("auth_code")
}

type codeVerdict int

const (
	codeRight codeVerdict = iota
	codeWrong
	codeWrongAgain // that one was tried before
)

// compareCode holds the code that opens an order or an operation, and compares; refused is what does not count. One that was ended, or was
// never sent, is like one that has expired.
func (r *Review) compareCode(ctx context.Context, tx book.CodesTx, opens, given string) (code book.AuthorizationCode, v codeVerdict, refused, err error) {
	code, err = tx.LockAuthorizationCode(ctx, opens)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return code, v, ra.E(ra.CodeAuthCodeExpired).At("auth_code"), nil
	}
	if err != nil {
		return code, v, nil, err
	}
	given = strings.TrimSpace(given)
	switch state := r.stateOf(code); {
	case state == CodeUsedUp:
		return code, v, ra.E(ra.CodeAuthCodeUsedUp).At("auth_code"), nil
	case state == CodeExpired:
		return code, v, ra.E(ra.CodeAuthCodeExpired).At("auth_code"), nil
	case given == "":
		return code, v, ra.E(ra.CodeRequired).At("auth_code"), nil
	}
	fits, err := r.vault.Fits(purposeCode, codeText(opens, given), code.Hash)
	if fits || err != nil {
		return code, codeRight, nil, err
	}
	for _, hash := range code.Tried {
		again, err := r.vault.Fits(purposeCode, codeText(opens, given), hash)
		if again || err != nil {
			return code, codeWrongAgain, nil, err
		}
	}
	return code, codeWrong, nil, nil
}

func (r *Review) forgetWrongCodes(ctx context.Context, tx book.CodesTx, code book.AuthorizationCode) error {
	if code.Wrong == 0 && len(code.Tried) == 0 {
		return nil
	}
	code.Wrong, code.Tried = 0, nil
	return tx.SetWrongCodes(ctx, code)
}

func (r *Review) rememberWrongCode(ctx context.Context, tx book.CodesTx, code book.AuthorizationCode, given string) error {
	hash, err := r.vault.Sum(purposeCode, codeText(code.Opens, strings.TrimSpace(given)))
	if err != nil {
		return err
	}
	code.Tried = append(code.Tried, hash)
	if more := len(code.Tried) - maxTried; more > 0 {
		code.Tried = code.Tried[more:]
	}
	return tx.SetWrongCodes(ctx, code)
}

// audienceCode is who authorization codes without a session count against: a kiosk, a key.
const audienceCode = "code"

// MaxWrongCodesAtKiosk is how many wrong codes without a session a kiosk takes in password.Pause, for whatever keys.
const MaxWrongCodesAtKiosk = 20

// CheckCodeAlone is CheckCode without a session of the order's membership: wrong codes count against the kiosk and the key, never
// against the order. CodeAuthCodePaused (args: minutes) besides.
func (r *Review) CheckCodeAlone(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, key ra.KeyIdentity, given string) (refused, err error) {
	code, verdict, refused, err := r.compareCode(ctx, tx, o.ID, given)
	if refused != nil {
		return r.uncounted(ctx, tx, book.KioskActor(kiosk), o, refused)
	}
	if err != nil {
		return nil, err
	}
	atKiosk, forKey := "kiosk "+kiosk.ID, "key "+key.String()
	nKiosk, err := r.takeCodeAttempt(ctx, tx, atKiosk, MaxWrongCodesAtKiosk)
	if err != nil {
		return r.paused(ctx, tx, kiosk, o, err)
	}
	nKey, err := r.takeCodeAttempt(ctx, tx, forKey, MaxWrongCodes)
	if err != nil {
		return r.paused(ctx, tx, kiosk, o, err)
	}
	switch verdict {
	case codeRight:
		return nil, errors.Join(r.forgetWrongCodes(ctx, tx, code), tx.ForgetAttempts(ctx, audienceCode, forKey),
			tx.ReturnAttempt(ctx, audienceCode, atKiosk))
	case codeWrongAgain:
		return wrongCode(MaxWrongCodes - nKey + 1), errors.Join(tx.ReturnAttempt(ctx, audienceCode, atKiosk),
			tx.ReturnAttempt(ctx, audienceCode, forKey), r.wrongAlone(ctx, tx, kiosk, o, key))
	}
	if err := errors.Join(r.rememberWrongCode(ctx, tx, code, given), r.wrongAlone(ctx, tx, kiosk, o, key)); err != nil {
		return nil, err
	}
	return r.pauseCodes(ctx, tx, map[string]bool{atKiosk: nKiosk == MaxWrongCodesAtKiosk, forKey: nKey == MaxWrongCodes}, MaxWrongCodes-nKey)
}

func (r *Review) wrongAlone(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, key ra.KeyIdentity) error {
	return r.clerk.Write(ctx, tx, book.KioskActor(kiosk), "code.wrong_alone", o.ID, "", "serial", key.Serial)
}

// takeCodeAttempt counts before it is known whether the code is right: CodeAuthCodePaused.
func (r *Review) takeCodeAttempt(ctx context.Context, tx book.CodesTx, of string, limit int) (int, error) {
	now := r.clerk.Now()
	n, paused, err := tx.TakeAttempt(ctx, audienceCode, of, now, now.Add(-password.Pause))
	if err == nil && (paused != nil || n > limit) {
		err = codePaused(now, paused)
	}
	return n, err
}

// countAsked counts that a code is asked for; after the last of so many they have to wait: CodeAuthCodePaused.
func (r *Review) countAsked(ctx context.Context, tx book.CodesTx, of string, limit int) error {
	n, err := r.takeCodeAttempt(ctx, tx, of, limit)
	if err == nil && n == limit {
		err = tx.PauseLogin(ctx, audienceCode, of, r.clerk.Now().Add(password.Pause))
	}
	return err
}

// paused sorts an error of takeCodeAttempt into what the person is told in a transaction that is kept, and what ends it.
func (r *Review) paused(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, err error) (refused, failed error) {
	if ra.CodeOf(err) == ra.CodeAuthCodePaused {
		return r.uncounted(ctx, tx, book.KioskActor(kiosk), o, err)
	}
	return nil, err
}

// pauseCodes pauses those whose last wrong code this was.
func (r *Review) pauseCodes(ctx context.Context, tx book.CodesTx, full map[string]bool, left int) (refused, err error) {
	now := r.clerk.Now()
	until := now.Add(password.Pause)
	for of, is := range full {
		if !is {
			continue
		}
		if err := tx.PauseLogin(ctx, audienceCode, of, until); err != nil {
			return nil, err
		}
		refused = codePaused(now, &until)
	}
	if refused == nil {
		refused = wrongCode(left)
	}
	return refused, nil
}

func codePaused(now time.Time, until *time.Time) error {
	return ra.E(ra.CodeAuthCodePaused, "minutes", password.Minutes(now, until)).At("auth_code")
}
