package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"keyhall/backoffice/api"
	"keyhall/kiosk/journal"
)

// enrolCmd makes this kiosk known to the back office. The one-time code comes from the console and is read from
// standard input; the kiosk's private key is made here and never leaves. Running it again with the same code after an
// interruption gives the same certificate. An enrolled kiosk stays the one it is until the new enrolment is complete.
type enrolCmd struct {
	Config string `required:"" type:"path" help:"Configuration file."`
}

// Run reads the code and enrols.
func (c enrolCmd) Run(ctx context.Context) error {
	config, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, "One-time code from the console (一次性注册码): ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("reading the code: %w", err)
	}
	return enrol(ctx, config, strings.TrimSpace(line), slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

func enrol(ctx context.Context, config Config, code string, log *slog.Logger) error {
	secrets, err := openSafe(ctx, config, log)
	if err != nil {
		return err
	}
	defer secrets.Close()
	// The journal before the code is used: a running kiosk holds it, and would go on under an identity that is no more.
	store, err := openJournal(ctx, config, secrets, log)
	if errors.Is(err, journal.ErrLocked) {
		return fmt.Errorf("the kiosk is running, end it first: %w", err)
	}
	if err != nil {
		return err
	}
	defer store.Close()
	key, err := nextKey(secrets, enrolmentBy(code))
	if err != nil {
		return err
	}
	answer, err := askToEnrol(ctx, config, code, key)
	if err != nil {
		return err
	}
	// A kiosk that lost its journal, or takes another's place, must not give order numbers again.
	if err := store.RaiseNumber(ctx, answer.Kiosk.Prefix, answer.NextNumber); err != nil {
		return err
	}
	if err := adopt(secrets, answer.Kiosk, append([][]byte{answer.Certificate}, answer.Chain...)); err != nil {
		return err
	}
	fmt.Printf("%s %s (%s)\n", answer.Kiosk.Hall.ZH, answer.Kiosk.Window.ZH, answer.Kiosk.Prefix)
	return nil
}

// enrolmentBy is the occasion of a key: the code as the back office compares it, without giving it away.
func enrolmentBy(code string) string {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	sum := sha256.Sum256([]byte(code))
	return "enrolment " + hex.EncodeToString(sum[:])
}

// askToEnrol exchanges the code and a request for the key.
func askToEnrol(ctx context.Context, config Config, code string, key *ecdsa.PrivateKey) (api.Enrolment, error) {
	client, err := officeClient(config, newBadge(nil))
	if err != nil {
		return api.Enrolment{}, err
	}
	defer client.Close()
	request, err := enrolRequest(code, key)
	if err != nil {
		return api.Enrolment{}, err
	}
	answer, err := client.Enrol(ctx, request)
	if err != nil {
		return answer, fmt.Errorf("enrolment: %w", err)
	}
	return answer, nil
}

// enrolRequest is what the back office gets to see of the new key: a PKCS#10 signed by it.
func enrolRequest(code string, key *ecdsa.PrivateKey) (api.EnrolRequest, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "kiosk"}}, key)
	if err != nil {
		return api.EnrolRequest{}, fmt.Errorf("kiosk's request: %w", err)
	}
	return api.EnrolRequest{Code: code, CSR: csr}, nil
}

// officeClient is a client of the back office that trusts only its own authority and shows whatever the badge holds.
func officeClient(config Config, b *badge) (*api.Client, error) {
	text, err := os.ReadFile(config.Office.CA)
	if err != nil {
		return nil, fmt.Errorf("authority of the back office: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", config.Office.CA)
	}
	return api.NewClient(api.ClientConfig{
		BaseURL: config.Office.URL,
		TLS:     &tls.Config{RootCAs: pool, GetClientCertificate: b.show, MinVersion: tls.VersionTLS13},
		Timeout: config.Office.Timeout.Duration,
	})
}
