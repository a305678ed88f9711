package local

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ca/lint"
	"keyhall/backoffice/disk"
	"keyhall/backoffice/pki"
)

// The algorithms of the CA's key.
const (
	RSA3072 = "rsa-3072"
	ECP256  = "ec-p256"
)

// Config says where the CA lives and, for the first start, what it becomes.
type Config struct {
	Dir          string // NAME.pem, and NAME-key.pem unless the key is in a token
	Name         string // of the CA, its files and its addresses; "": "ca"
	Algorithm    string // of a new key; "": ECP256
	CommonName   string // of a new certificate; "": "Keyhall CA"
	Organisation string
	Years        int     // of a new certificate; 0: 20
	Token        *Token  // nil: the key is in the file
	Tokens       *Tokens // shared by CAs whose keys are in one token; nil: the CA has its own
	Now          func() time.Time
	// Unfit is told of every certificate that was signed and not given away, since it breaks a rule; nil: nobody is.
	Unfit func(kind book.SignedKind)
	// Register keeps a row of each certificate that the CA makes for the back office itself, before it is signed and then again; nil: nobody
	// does.
	Register func(ctx context.Context, c book.OwnCertificate) error
}

func (c Config) name() string { return cmp.Or(c.Name, "ca") }

// Open finds the CA in its directory: fs.ErrNotExist when none was founded there. A certificate whose key is missing is an
// error: a new key would make every certificate issued so far worthless.
func Open(ctx context.Context, c Config) (*Issuer, error) {
	certificate, err := Certificate(c.Dir, c.name())
	if err != nil {
		return nil, err
	}
	key, err := openKey(ctx, c, false)
	if err != nil {
		return nil, err
	}
	if err := same(certificate, key); err != nil {
		return nil, errors.Join(err, key.Close())
	}
	return newIssuer(c, certificate, key)
}

// Found makes the CA in its directory, or opens the one that is there. It may be called again after it was broken off.
func Found(ctx context.Context, c Config) (*Issuer, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("CA directory: %w", err)
	}
	if _, err := Certificate(c.Dir, c.name()); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, err
		}
		return Open(ctx, c)
	}
	key, err := openKey(ctx, c, true)
	if err != nil {
		return nil, err
	}
	certificate, err := foundCertificate(c, key)
	if err != nil {
		return nil, errors.Join(err, key.Close())
	}
	return newIssuer(c, certificate, key)
}

func newIssuer(c Config, certificate *x509.Certificate, key signer) (*Issuer, error) {
	signed, err := openSigned(c.Dir)
	if err != nil {
		return nil, errors.Join(err, key.Close())
	}
	i := &Issuer{name: c.name(), dir: c.Dir, certificate: certificate, key: key, signed: signed, now: c.Now, unfit: c.Unfit, register: c.Register,
		responder: responderCertificate(certificate.PublicKey)}
	if i.now == nil {
		i.now = time.Now
	}
	if i.unfit == nil {
		i.unfit = func(book.SignedKind) {}
	}
	if i.register == nil {
		i.register = func(context.Context, book.OwnCertificate) error { return nil }
	}
	return i, nil
}

// Certificate reads the certificate of a CA, without its key: fs.ErrNotExist.
func Certificate(dir, name string) (*x509.Certificate, error) {
	return readCertificate(filepath.Join(dir, name+".pem"))
}

func openKey(ctx context.Context, c Config, mayCreate bool) (signer, error) {
	algorithm := cmp.Or(c.Algorithm, ECP256)
	if algorithm != RSA3072 && algorithm != ECP256 {
		return nil, fmt.Errorf("CA key algorithm %q: want %q or %q", algorithm, RSA3072, ECP256)
	}
	if c.Token != nil {
		tokens := c.Tokens
		if tokens == nil {
			tokens = new(Tokens)
		}
		return tokens.open(ctx, *c.Token, algorithm, mayCreate)
	}
	return openFile(filepath.Join(c.Dir, c.name()+"-key.pem"), algorithm, mayCreate)
}

func same(certificate *x509.Certificate, key crypto.Signer) error {
	public, ok := certificate.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return errors.New("the CA's certificate and key do not belong together")
	}
	return nil
}

func foundCertificate(c Config, key crypto.Signer) (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	subject := pkix.Name{CommonName: cmp.Or(c.CommonName, "Keyhall CA"), Country: []string{"CN"}}
	if c.Organisation != "" {
		subject.Organization = []string{c.Organisation}
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	begin := now().UTC().Truncate(time.Second).Add(-time.Hour) // clocks differ
	template, err := ca.Authority(key.Public(), subject, serial, begin, begin.AddDate(cmp.Or(c.Years, 20), 0, 0))
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the CA's certificate: %w", err)
	}
	if err := lintOwn(der, template); err != nil {
		return nil, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := disk.WriteNew(filepath.Join(c.Dir, c.name()+".pem"), block, 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// lintOwn looks at a CA's own certificate, which it signed itself.
func lintOwn(der []byte, template *x509.Certificate) error {
	own, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("the CA's certificate: %w", err)
	}
	asked := *template
	asked.PublicKey = own.PublicKey
	if err := lint.Check(der, lint.Asked{Kind: lint.Authority, Template: &asked, CA: own}); err != nil {
		return fmt.Errorf("the CA's certificate: %w", err)
	}
	return nil
}

// newSerial makes a random serial number.
func newSerial() (*big.Int, error) {
	text, err := pki.NewSerialNumber(rand.Reader)
	if err != nil {
		return nil, err
	}
	return pki.SerialNumber(text)
}

func readCertificate(path string) (*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("CA certificate: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("CA certificate: %s holds none", path)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("CA certificate: %w", err)
	}
	return certificate, nil
}
