package house

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// What another program does to a key that lies in its drawer, as it happens at home.

// tool runs pkcs11-tool on the only key of a drawer.
func (h *Hub) tool(ctx context.Context, n int, args ...string) ([]byte, error) {
	conf := filepath.Join(h.drawer(n), "tool.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+h.drawer(n)+"\n"), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(conf)
	cmd := exec.CommandContext(ctx, "pkcs11-tool", append([]string{"--module", softHSM}, args...)...)
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("pkcs11-tool: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return out, nil
}

var certificateID = regexp.MustCompile(`(?m)^\s+ID:\s+([0-9a-f]+)$`)

// certificates are the ids of the certificates on a key.
func (h *Hub) certificates(ctx context.Context, n int) (ids []string, err error) {
	out, err := h.tool(ctx, n, "-O", "--type", "cert")
	for _, m := range certificateID.FindAllStringSubmatch(string(out), -1) {
		ids = append(ids, m[1])
	}
	return ids, err
}

// EraseCertificates takes every certificate off a key that lies in its drawer; pin is its holder's.
func (h *Hub) EraseCertificates(ctx context.Context, n int, pin string) error {
	ids, err := h.certificates(ctx, n)
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("key %d has no certificate", n)
	}
	for _, id := range ids {
		if err == nil {
			_, err = h.tool(ctx, n, "--login", "--pin", pin, "--delete-object", "--type", "cert", "--id", id)
		}
	}
	return err
}

// CertifyElsewhere puts a certificate of another CA on a blank key that lies in its drawer.
func (h *Hub) CertifyElsewhere(ctx context.Context, n int, pin string) error {
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "某某公共资源交易中心"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pair.Public(), pair)
	if err != nil {
		return err
	}
	file := filepath.Join(h.drawer(n), "elsewhere.der")
	defer os.Remove(file)
	if err := os.WriteFile(file, der, 0o600); err != nil {
		return err
	}
	_, err = h.tool(ctx, n, "--login", "--pin", pin, "--write-object", file, "--type", "cert", "--id", "01", "--label", "elsewhere")
	return err
}

// Opens tells whether a key that lies in its drawer opens with a PIN.
func (h *Hub) Opens(ctx context.Context, n int, pin string) error {
	_, err := h.tool(ctx, n, "--login", "--pin", pin, "-O", "--type", "privkey")
	return err
}

// Held is a certificate of the register on a key.
type Held struct {
	Certificate *x509.Certificate
	State       ra.CertificateState
}

// Holds lists the certificates on a key that lies in its drawer, but those of CAs, as the register has them; one that it does not know is an
// error.
func (h *House) Holds(ctx context.Context, n int) (all []Held, err error) {
	ids, err := h.Hub.certificates(ctx, n)
	if err != nil {
		return nil, err
	}
	db, err := pgx.Connect(ctx, h.DSN())
	if err != nil {
		return nil, err
	}
	defer db.Close(ctx)
	for _, id := range ids {
		der, err := h.Hub.tool(ctx, n, "--read-object", "--type", "cert", "--id", id)
		if err != nil {
			return nil, err
		}
		held := Held{}
		if held.Certificate, err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
		if held.Certificate.IsCA {
			continue
		}
		if err := db.QueryRow(ctx, `SELECT state FROM certificates WHERE der = $1`, der).Scan(&held.State); err != nil {
			return nil, fmt.Errorf("key %d has a certificate that the register does not know: %w", n, err)
		}
		all = append(all, held)
	}
	return all, nil
}

// Agrees tells whether a key that lies in its drawer has exactly the certificates that the register says are active on keys of customers.
func (h *House) Agrees(ctx context.Context, n int) error {
	all, err := h.Holds(ctx, n)
	if err != nil {
		return err
	}
	for _, held := range all {
		if held.State != ra.CertificateActive {
			return fmt.Errorf("key %d has a certificate that is %s", n, held.State)
		}
	}
	if len(all) == 0 {
		return errors.New("the register's certificate is not on the key")
	}
	return nil
}
