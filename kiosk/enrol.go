package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"keyhall/backoffice/api"
)

// enrolCmd makes this kiosk known to the back office. The one-time code comes from the console and is read from
// standard input; the kiosk's private key is made here and never leaves. Running it again with the same code after an
// interruption gives the same certificate.
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
	return enrol(ctx, config, strings.TrimSpace(line))
}

func enrol(ctx context.Context, config Config, code string) error {
	if err := config.makeDataFolder(); err != nil {
		return err
	}
	key, err := clientKey(config)
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "kiosk"}}, key)
	if err != nil {
		return fmt.Errorf("kiosk's request: %w", err)
	}
	client, err := officeClient(config, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	answer, err := client.Enrol(ctx, api.EnrolRequest{Code: code, CSR: csr})
	if err != nil {
		return fmt.Errorf("enrolment: %w", err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: answer.Certificate})
	for _, der := range answer.Chain {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	named, err := json.Marshal(answer.Kiosk)
	if err != nil {
		return err
	}
	if err := raiseNumber(ctx, config, answer); err != nil {
		return err
	}
	if err := errors.Join(writeWhole(config.kioskFile(), named), writeWhole(config.clientCertFile(), chain)); err != nil {
		return err
	}
	fmt.Printf("%s %s (%s)\n", answer.Kiosk.Hall.ZH, answer.Kiosk.Window.ZH, answer.Kiosk.Prefix)
	return nil
}

// raiseNumber keeps a kiosk that lost its journal, or takes another's place, from giving order numbers again.
func raiseNumber(ctx context.Context, config Config, answer api.Enrolment) error {
	store, err := openJournal(ctx, config, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	return errors.Join(store.RaiseNumber(ctx, answer.Kiosk.Prefix, answer.NextNumber), store.Close())
}

// clientKey returns the kiosk's private key and makes it the first time.
func clientKey(config Config) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(config.clientKeyFile())
	if errors.Is(err, os.ErrNotExist) {
		return newClientKey(config.clientKeyFile())
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key", config.clientKeyFile())
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.clientKeyFile(), err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an EC key", config.clientKeyFile())
	}
	return key, nil
}

func newClientKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeWhole(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// officeClient is a client of the back office that trusts only its own authority; certificates nil is a kiosk that is
// not enrolled yet.
func officeClient(config Config, certificates []tls.Certificate) (*api.Client, error) {
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
		TLS:     &tls.Config{RootCAs: pool, Certificates: certificates, MinVersion: tls.VersionTLS13},
		Timeout: config.Office.Timeout.Duration,
	})
}

// identity is the kiosk's client certificate; an error that says what to do when the kiosk was never enrolled.
func identity(config Config) ([]tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(config.clientCertFile(), config.clientKeyFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("this kiosk is not enrolled: run `keyhall-kiosk enrol --config FILE` with a code from the console: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk's client certificate: %w", err)
	}
	return []tls.Certificate{pair}, nil
}

// writeWhole writes a private file so that a crash leaves the old or the new one, on the disk.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
