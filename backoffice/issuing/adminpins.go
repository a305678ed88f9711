package issuing

import (
	"bytes"
	"context"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// newAdminPIN commits which master key a version of a key's administrator PIN comes from, and a keyed hash by which an
// audit notices that it would come out differently today.
func (is *Issuing) newAdminPIN(ctx context.Context, tx Tx, key book.UKey, version int) error {
	p := book.AdminPINRecord{Key: key.Key, Model: key.Model, Version: version, Master: is.vault.Current()}
	value, err := is.derivePIN(ctx, tx, p)
	if err != nil {
		return err
	}
	defer clear(value)
	text := pinText(p, value)
	defer clear(text)
	if p.Check, err = is.vault.Sum(purposeAdminPIN, text); err != nil {
		return err
	}
	return tx.InsertAdminPIN(ctx, p, is.clerk.Now())
}

// comesOut reports whether a version of a key's administrator PIN would come out today as it did.
func (is *Issuing) comesOut(p book.AdminPINRecord, rule book.AdminPINRule) (bool, error) {
	value, err := is.vault.AdminPIN(p.Master, p.Key, p.Version, rule)
	if err != nil {
		return false, err
	}
	defer clear(value)
	text := pinText(p, value)
	defer clear(text)
	return is.vault.Fits(purposeAdminPIN, text, p.Check)
}

// purposeAdminPIN separates the hashes of administrator PINs from others.
const purposeAdminPIN = "admin-pin-check"

// pinText is what is hashed of a PIN; it holds the PIN.
func pinText(p book.AdminPINRecord, value []byte) []byte {
	return append([]byte(p.Key.Manufacturer+"\x00"+p.Key.Model+"\x00"+p.Key.Serial+"\x00"+strconv.Itoa(p.Version)+"\x00"), value...)
}

func (is *Issuing) derivePIN(ctx context.Context, from rules, p book.AdminPINRecord) ([]byte, error) {
	rule, err := from.AdminPINRule(ctx, p.Model)
	if err != nil {
		return nil, err
	}
	return is.vault.AdminPIN(p.Master, p.Key, p.Version, rule)
}

// adminPIN is a version of the administrator PIN of an operation's key, 0 the factory's.
func (is *Issuing) adminPIN(ctx context.Context, tx Tx, o book.OperationRecord, version int) (ra.AdminPIN, error) {
	if version == 0 {
		rule, err := tx.AdminPINRule(ctx, o.Model)
		return ra.AdminPIN{Value: bytes.Clone(rule.Factory)}, err // whoever gets it may wipe it
	}
	p, err := tx.AdminPIN(ctx, o.Key, version)
	if err != nil {
		return ra.AdminPIN{}, err
	}
	value, err := is.derivePIN(ctx, tx, p)
	return ra.AdminPIN{Version: version, Value: value}, err
}

// opening is what an attempt may use; it is given away once the transaction is committed.
func (is *Issuing) opening(ctx context.Context, tx Tx, p book.OperationRecord, a attempt) (ra.Opening, error) {
	o := ra.Opening{AttemptID: a.ID}
	var err error
	if o.Set, err = is.adminPIN(ctx, tx, p, p.AdminPIN); err != nil {
		return ra.Opening{}, err
	}
	if a.Version != nil {
		try, err := is.adminPIN(ctx, tx, p, *a.Version)
		if err != nil {
			return ra.Opening{}, err
		}
		o.Try = &try
	}
	if a.look {
		rule, err := tx.AdminPINRule(ctx, p.Model)
		if err != nil {
			return ra.Opening{}, err
		}
		o.Customer = bytes.Clone(rule.Customer)
	}
	return o, nil
}
