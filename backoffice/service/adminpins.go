package service

import (
	"context"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// newAdminPIN commits which master key a version of a key's administrator PIN comes from, and a keyed hash by which an
// audit notices that it would come out differently today.
func (s *Service) newAdminPIN(ctx context.Context, tx Tx, key book.UKey, version int) error {
	p := book.AdminPINRecord{Key: key.Key, Model: key.Model, Version: version, Master: s.vault.Current()}
	value, err := s.derivePIN(ctx, tx, p)
	if err != nil {
		return err
	}
	defer clear(value)
	text := pinText(p, value)
	defer clear(text)
	if p.Check, err = s.vault.Sum(purposeAdminPIN, text); err != nil {
		return err
	}
	return tx.InsertAdminPIN(ctx, p, s.clerk.Now())
}

// comesOut reports whether a version of a key's administrator PIN would come out today as it did.
func (s *Service) comesOut(p book.AdminPINRecord, rule book.AdminPINRule) (bool, error) {
	value, err := s.vault.AdminPIN(p.Master, p.Key, p.Version, rule)
	if err != nil {
		return false, err
	}
	defer clear(value)
	text := pinText(p, value)
	defer clear(text)
	return s.vault.Fits(purposeAdminPIN, text, p.Check)
}

// purposeAdminPIN separates the hashes of administrator PINs from others.
const purposeAdminPIN = "admin-pin-check"

// pinText is what is hashed of a PIN; it holds the PIN.
func pinText(p book.AdminPINRecord, value []byte) []byte {
	return append([]byte(p.Key.Manufacturer+"\x00"+p.Key.Model+"\x00"+p.Key.Serial+"\x00"+strconv.Itoa(p.Version)+"\x00"), value...)
}

func (s *Service) derivePIN(ctx context.Context, tx Tx, p book.AdminPINRecord) ([]byte, error) {
	rule, err := tx.AdminPINRule(ctx, p.Model)
	if err != nil {
		return nil, err
	}
	return s.vault.AdminPIN(p.Master, p.Key, p.Version, rule)
}

// adminPIN is a version of the administrator PIN of an operation's key, 0 the factory's.
func (s *Service) adminPIN(ctx context.Context, o book.OperationRecord, version int) (ra.AdminPIN, error) {
	if version == 0 {
		rule, err := s.store.AdminPINRule(ctx, o.Model)
		return ra.AdminPIN{Value: rule.Factory}, err
	}
	p, err := s.store.AdminPIN(ctx, o.Key, version)
	if err != nil {
		return ra.AdminPIN{}, err
	}
	value, err := s.derivePIN(ctx, s.store, p)
	return ra.AdminPIN{Version: version, Value: value}, err
}

// opening is what an attempt may use.
func (s *Service) opening(ctx context.Context, p book.OperationRecord, a attempt) (ra.Opening, error) {
	o := ra.Opening{AttemptID: a.ID}
	var err error
	if o.Set, err = s.adminPIN(ctx, p, p.AdminPIN); err != nil {
		return ra.Opening{}, err
	}
	if a.Version != nil {
		try, err := s.adminPIN(ctx, p, *a.Version)
		if err != nil {
			return ra.Opening{}, err
		}
		o.Try = &try
	}
	if a.look {
		rule, err := s.store.AdminPINRule(ctx, p.Model)
		if err != nil {
			return ra.Opening{}, err
		}
		o.Customer = rule.Customer
	}
	return o, nil
}
