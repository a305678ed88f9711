package house

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Badge makes key n, which nothing was written to, the key of a member of staff: it gets a pair, and a certificate of a CA of its own. It
// returns the file that an administrator is given, the same when asked again. The key lies in its drawer then.
func (h *Hub) Badge(ctx context.Context, n int) (file string, err error) {
	file = filepath.Join(h.drawer(n), "badge.pem")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := h.Plug(n); err != nil {
		return "", err
	}
	defer h.Pull(n)
	if err := h.pkcs11(ctx, n, "--keypairgen", "--key-type", "EC:prime256v1"); err != nil {
		return "", err
	}
	read := filepath.Join(h.drawer(n), "badge.tmp")
	defer os.Remove(read)
	if err := h.pkcs11(ctx, n, "--read-object", "--type", "pubkey", "--output-file", read); err != nil {
		return "", err
	}
	spki, err := os.ReadFile(read)
	if err != nil {
		return "", err
	}
	der, err := badgeCertificate(spki)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(read, der, 0o600); err != nil {
		return "", err
	}
	if err := h.pkcs11(ctx, n, "--write-object", read, "--type", "cert"); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}

// pkcs11 does something with the pair of a badge on key n.
func (h *Hub) pkcs11(ctx context.Context, n int, args ...string) error {
	args = append([]string{"--module", softHSM, "--token-label", "UKEY-" + strconv.Itoa(n), "--login", "--pin", FactoryCustomerPIN,
		"--id", "5a", "--label", "staff"}, args...)
	cmd := exec.CommandContext(ctx, "pkcs11-tool", args...)
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+h.Conf())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pkcs11-tool: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// badgeCertificate is a certificate of a public key, by a CA that is thrown away.
func badgeCertificate(spki []byte) ([]byte, error) {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("public key of the badge: %w", err)
	}
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Staff"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(10, 0, 0)}
	return x509.CreateCertificate(rand.Reader, c, c, public, ca)
}

// StaffKey is the key of the hub that is the demonstration's supervisor's.
const StaffKey = 6

// bindStaffKey gives the demonstration's supervisor a key; not where a test wants its keys blank. The hall opens without it, too: somebody
// may have used the key for something else.
func (h *House) bindStaffKey(ctx context.Context) error {
	if h.Fast {
		return nil
	}
	if err := h.BindStaffKey(ctx, "supervisor", StaffKey); err != nil {
		h.Log.Warn("the supervisor has no key", "err", err)
	}
	return nil
}

// BindStaffKey makes key n of the hub a member of staff's; binding it again changes nothing.
func (h *House) BindStaffKey(ctx context.Context, login string, n int) error {
	file, err := h.Hub.Badge(ctx, n)
	if err != nil {
		return err
	}
	_, err = h.Office(ctx, "staff", "key", "add", login, "--name", "UKEY-"+strconv.Itoa(n), file)
	return err
}
