package conformance

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"keyhall/device/ukey"
)

// Decrypts is the name of the check of which some kinds of keys are known to be incapable.
const Decrypts = "makes an rsa-2048 pair that signs and decrypts"

// decrypting are the checks of pairs to which something is encrypted.
func decrypting() []Check {
	return []Check{
		{Name: Decrypts, Writes: true, run: decrypts,
			Needs: "CKA_DECRYPT true in the template of C_GenerateKeyPair is kept and told; CKM_RSA_PKCS to decrypt"},
		{Name: "does not decrypt without a login", Writes: true, run: decryptNoLogin,
			Needs: "C_DecryptInit refuses before C_Login"},
		{Name: "decrypts when it is opened again, after another pair was made", Writes: true, run: decryptsLater,
			Needs: "room for two pairs, CKM_RSA_PKCS with the first one by its CKA_ID"},
	}
}

// encryptingPair makes a pair for both uses, and something that only it can read.
func encryptingPair(ctx context.Context, t ukey.Token, id []byte) (spki, plain, ciphertext []byte, err error) {
	both := ukey.UsageSign | ukey.UsageEncrypt
	spki, err = t.GenerateKey(ctx, ukey.Pair{ID: id, Label: label, Algorithm: ukey.RSA2048, Usage: both})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("generate: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, nil, nil, err
	}
	key, is := public.(*rsa.PublicKey)
	if !is {
		return nil, nil, nil, fmt.Errorf("public key is a %T", public)
	}
	sum := sha256.Sum256(id)
	plain = sum[:]
	//lint:ignore SA1019 it is what mail programs still use, and what the key has to read
	ciphertext, err = rsa.EncryptPKCS1v15(rand.Reader, key, plain)
	return spki, plain, ciphertext, err
}

func decrypted(ctx context.Context, t ukey.Token, id, plain, ciphertext []byte) error {
	got, err := t.Decrypt(ctx, id, ukey.RSAPKCS1, ciphertext)
	if err != nil {
		return fmt.Errorf("decrypt: %w", err)
	}
	if !bytes.Equal(got, plain) {
		return errors.New("decrypts to something else")
	}
	return nil
}

func decrypts(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		spki, plain, ciphertext, err := encryptingPair(ctx, t, id)
		if err != nil {
			return err
		}
		if err := decrypted(ctx, t, id, plain, ciphertext); err != nil {
			return err
		}
		objects, err := t.Objects(ctx)
		for _, o := range objects {
			if bytes.Equal(o.ID, id) && o.Usage != 0 && o.Usage&ukey.UsageEncrypt == 0 {
				err = errors.Join(err, fmt.Errorf("%s key says that it is only to %s", o.Kind, o.Usage))
			}
		}
		return errors.Join(err, request(ctx, t, id), signs(ctx, t, id, spki, crypto.SHA256))
	})
}

func decryptNoLogin(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		_, _, ciphertext, err := encryptingPair(ctx, t, id)
		if err != nil {
			return err
		}
		if err := t.Logout(ctx); err != nil {
			return err
		}
		_, err = t.Decrypt(ctx, id, ukey.RSAPKCS1, ciphertext)
		return errors.Join(want("decrypt", err, ukey.ErrLogin), t.Login(ctx, ukey.Customer, s.CustomerPIN))
	})
}

// decryptsLater is what an extension relies upon: the old pair still reads what was encrypted to it.
func decryptsLater(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		_, plain, ciphertext, err := encryptingPair(ctx, t, id)
		if err != nil {
			return err
		}
		return inside(ctx, s, func(again ukey.Token, other []byte) error {
			if _, err := anyPair(ctx, again, other); err != nil {
				return err
			}
			return decrypted(ctx, again, id, plain, ciphertext)
		})
	})
}
