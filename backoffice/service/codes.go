package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// Limits of authorization codes.
const (
	MaxWrongCodes    = 5
	AuthCodeLifetime = 30 * 24 * time.Hour
	authCodeDigits   = 8
)

// newCode makes an order's authorization code, replacing an older one, and returns it for the text message.
func (s *Service) newCode(ctx context.Context, orderID string) (string, error) {
	n, err := rand.Int(s.rand, big.NewInt(100_000_000))
	if err != nil {
		return "", fmt.Errorf("authorization code: %w", err)
	}
	code := fmt.Sprintf("%0*d", authCodeDigits, n)
	hash, err := s.vault.Sum(purposeCode, codeText(orderID, code))
	if err != nil {
		return "", err
	}
	now := s.time()
	return code, s.store.PutAuthorizationCode(ctx, ra.AuthorizationCode{
		OrderID: orderID, Hash: hash, CreatedAt: now, ExpiresAt: now.Add(AuthCodeLifetime)})
}

// purposeCode separates the hashes of authorization codes from others.
const purposeCode = "authorization-code"

func codeText(orderID, code string) []byte { return []byte(orderID + "\x00" + code) }

// checkCode compares and counts. Refused is the customer's error, which leaves the transaction to be kept; err ends it.
// A resumed operation may go on with a code that has expired since.
func (s *Service) checkCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, o ra.Order, given string, resumed bool) (refused, err error) {
	code, err := s.store.LockAuthorizationCode(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if code.Wrong >= MaxWrongCodes {
		return ra.E(ra.CodeAuthCodeUsedUp).At("auth_code"), nil
	}
	if !resumed && !s.time().Before(code.ExpiresAt) {
		return ra.E(ra.CodeAuthCodeExpired).At("auth_code"), nil
	}
	given = strings.TrimSpace(given)
	if given == "" {
		return ra.E(ra.CodeRequired).At("auth_code"), nil
	}
	fits, err := s.vault.Fits(purposeCode, codeText(o.ID, given), code.Hash)
	if err != nil {
		return nil, err
	}
	if fits {
		if code.Wrong == 0 {
			return nil, nil
		}
		return nil, s.store.SetWrongCodes(ctx, o.ID, 0)
	}
	if err := s.store.SetWrongCodes(ctx, o.ID, code.Wrong+1); err != nil {
		return nil, err
	}
	left := MaxWrongCodes - code.Wrong - 1
	if err := s.audit(ctx, customerAt(kiosk, member), "code.wrong", o.ID, "", "left", strconv.Itoa(left)); err != nil {
		return nil, err
	}
	if left == 0 {
		return ra.E(ra.CodeAuthCodeUsedUp).At("auth_code"), nil
	}
	return ra.E(ra.CodeAuthCodeWrong, "left", strconv.Itoa(left)).At("auth_code"), nil
}
