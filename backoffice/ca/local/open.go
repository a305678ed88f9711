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

	"keyhall/backoffice/ca"
	"keyhall/backoffice/disk"
)

// The algorithms of the CA's key.
const (
	RSA3072 = "rsa-3072"
	ECP256  = "ec-p256"
)

// Config says where the CA lives and, for the first start, what it becomes.
type Config struct {
	Dir          string // ca.pem, and ca-key.pem unless the key is in a token
	Algorithm    string // of a new key; "": ECP256
	CommonName   string // of a new certificate; "": "Keyhall CA"
	Organisation string
	Years        int    // of a new certificate; 0: 20
	Token        *Token // nil: the key is in the file
	Now          func() time.Time
}

// Token is a key in a PKCS#11 token; only a build with cgo can use one.
type Token struct {
	Module   string // path of the PKCS#11 library
	Label    string // of the token
	PINFile  string // holds the user PIN
	KeyLabel string // "": "keyhall-ca"
}

// certificateFile is the CA's certificate in its directory.
const certificateFile = "ca.pem"

// Open finds the CA in its directory: fs.ErrNotExist when none was founded there. A certificate whose key is missing is an
// error: a new key would make every certificate issued so far worthless.
func Open(ctx context.Context, c Config) (*Issuer, error) {
	certificate, err := Certificate(c.Dir)
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
	if _, err := Certificate(c.Dir); !errors.Is(err, fs.ErrNotExist) {
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
	i := &Issuer{dir: c.Dir, certificate: certificate, key: key, signed: signed, responder: responderCertificate(certificate.PublicKey), now: c.Now}
	if i.now == nil {
		i.now = time.Now
	}
	return i, nil
}

// Certificate reads the CA's certificate, without its key: fs.ErrNotExist.
func Certificate(dir string) (*x509.Certificate, error) {
	return readCertificate(filepath.Join(dir, certificateFile))
}

func openKey(ctx context.Context, c Config, mayCreate bool) (signer, error) {
	algorithm := cmp.Or(c.Algorithm, ECP256)
	if algorithm != RSA3072 && algorithm != ECP256 {
		return nil, fmt.Errorf("CA key algorithm %q: want %q or %q", algorithm, RSA3072, ECP256)
	}
	if c.Token != nil {
		return openToken(ctx, *c.Token, algorithm, mayCreate)
	}
	return openFile(filepath.Join(c.Dir, "ca-key.pem"), algorithm, mayCreate)
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
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := disk.WriteNew(filepath.Join(c.Dir, certificateFile), block, 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// newSerial makes a random serial number of 127 bits.
func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil
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
