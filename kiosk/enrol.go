package main

import (
	"bufio"
	"context"
	"crypto"
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
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// enrolCmd makes this kiosk known to the back office. The one-time code comes from the console and is read from
// standard input; the kiosk's private key is made here and never leaves. Running it again with the same code after an
// interruption gives the same certificate. An enrolled kiosk signs with its old key too, and so stays the kiosk that it is
// unless it was blocked or replaced; until the new enrolment is complete the old one counts.
type enrolCmd struct {
	Config string `required:"" type:"path" help:"Configuration file."`
}

// Run reads the code and enrols.
func (c enrolCmd) Run(ctx context.Context) error {
	config, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, "One-time code from the console (一次性登记码): ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("reading the code: %w", err)
	}
	code := strings.TrimSpace(line)
	if code == "" {
		return errors.New("no code was typed: get one in the console under Kiosks, or with `keyhall-backoffice enrolment-code`")
	}
	return enrol(ctx, config, code, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

func enrol(ctx context.Context, config Config, code string, log *slog.Logger) error {
	// The journal before the code is used: a running kiosk would go on under an identity that is no more.
	secrets, store, err := openStopped(ctx, config, log)
	if err != nil {
		return err
	}
	defer secrets.Close()
	defer store.Close()
	key, err := nextKey(secrets, enrolmentBy(code))
	if err != nil {
		return err
	}
	request, err := enrolRequest(secrets, code, key)
	if err != nil {
		return err
	}
	answer, err := askToEnrol(ctx, config, request)
	if err != nil {
		return err
	}
	// A kiosk that lost its journal, or takes another's place, must not give order numbers again.
	if err := store.RaiseNumber(ctx, answer.Kiosk.Prefix, answer.NextNumber); err != nil {
		return err
	}
	tellWhoItWas(secrets, answer.Kiosk, log)
	own, err := adopt(secrets, answer.Kiosk, append([][]byte{answer.Certificate}, answer.Chain...))
	if err != nil {
		return err
	}
	if err := tryOut(ctx, config, own); err != nil {
		log.Warn("the new certificate could not be tried; the one before is good until the kiosk uses the new one", "error", err)
	}
	fmt.Printf("%s %s (%s)\n", answer.Kiosk.Hall.ZH, answer.Kiosk.Window.ZH, answer.Kiosk.Prefix)
	return nil
}

// enrolmentBy is the occasion of a key: the code as the back office compares it, without giving it away.
func enrolmentBy(code string) string {
	sum := sha256.Sum256([]byte(ra.EnrolmentText(code)))
	return "enrolment " + hex.EncodeToString(sum[:])
}

// enrolRequest is what the back office gets to see: a PKCS#10 signed by the new key, and a signature of the kiosk's key from
// before.
func enrolRequest(s *safe.Safe, code string, key *ecdsa.PrivateKey) (api.EnrolRequest, error) {
	csr, err := certificateRequest(key)
	if err != nil {
		return api.EnrolRequest{}, err
	}
	previous, err := signedBefore(s, key, ra.EnrolmentMessage(code, csr))
	return api.EnrolRequest{Code: code, CSR: csr, Previous: previous}, err
}

// certificateRequest is a PKCS#10 signed by the key; the back office chooses the name.
func certificateRequest(key *ecdsa.PrivateKey) ([]byte, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "kiosk"}}, key)
	if err != nil {
		return nil, fmt.Errorf("kiosk's request: %w", err)
	}
	return csr, nil
}

// signedBefore lets the key that the kiosk has now sign; nil for a kiosk that has none, or none that fits its certificate,
// or has the new key already because it was interrupted only after that.
func signedBefore(s *safe.Safe, next *ecdsa.PrivateKey, message []byte) (*ra.Previous, error) {
	var who identity
	defer func() { clear(who.Key) }()
	if err := readSecret(s, identitySecret, &who); unreadable(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	own, err := who.tlsCertificate()
	if err != nil || next.Equal(own.PrivateKey) {
		return nil, nil
	}
	sum := sha256.Sum256(message)
	signature, err := own.PrivateKey.(*ecdsa.PrivateKey).Sign(rand.Reader, sum[:], crypto.SHA256)
	fingerprint := sha256.Sum256(own.Leaf.Raw)
	return &ra.Previous{Fingerprint: fingerprint[:], Signature: signature}, err
}

// askToEnrol exchanges the code and a request for the certificate.
func askToEnrol(ctx context.Context, config Config, request api.EnrolRequest) (api.Enrolment, error) {
	client, err := officeClient(config, newBadge(nil), nil)
	if err != nil {
		return api.Enrolment{}, err
	}
	defer client.Close()
	answer, err := client.Enrol(ctx, request)
	switch ra.CodeOf(err) {
	case "":
		return answer, nil
	case ra.CodeEnrolmentCode:
		return answer, fmt.Errorf("the code is wrong, was used or is older than a day: get a new one in the console under Kiosks: %w", err)
	case ra.CodeClockWrong:
		return answer, fmt.Errorf("the back office's certificate is not good on %s: set this machine's date and time, then enrol with the same "+
			"code again: %w", time.Now().Format("2 January 2006, 15:04 MST"), err)
	case ra.CodeOfficeAway:
		return answer, fmt.Errorf("the back office does not answer: check office.url and the network, then enrol with the same code again: %w", err)
	}
	return answer, fmt.Errorf("enrolment: %w", err)
}

// tellWhoItWas says whether the kiosk is another one from now on: then what it has in hand goes on elsewhere.
func tellWhoItWas(s *safe.Safe, now ra.Kiosk, log *slog.Logger) {
	who, err := loadIdentity(s)
	clear(who.Key)
	switch {
	case err != nil:
	case who.Kiosk.ID == now.ID:
		log.Info("the back office knows this kiosk; it stays the one it was", "prefix", now.Prefix)
	default:
		log.Warn("the back office takes this for another kiosk than before; what that one has in hand goes on at another kiosk",
			"before", who.Kiosk.Prefix, "now", now.Prefix)
	}
}

// tryOut shows the new certificate to the back office, which then knows the one before no more.
func tryOut(ctx context.Context, config Config, own *tls.Certificate) error {
	client, err := officeClient(config, newBadge(own), nil)
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.Kiosk(ctx)
	return err
}

// officeClient is a client of the back office that trusts only its own authority and shows whatever the badge holds. Heard, which may
// be nil, is told the back office's time.
func officeClient(config Config, b *badge, heard func(time.Time)) (*api.Client, error) {
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
		Timeout: config.Office.Timeout.Duration, Heard: heard,
	})
}
