package servicetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Blobs keeps scans in memory.
type Blobs struct {
	mu  sync.Mutex
	all map[string][]byte
}

// Put keeps a scan.
func (b *Blobs) Put(_ context.Context, sum string, r io.Reader) error {
	text, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[sum] = text
	return err
}

// Delete erases a scan; one that is not there is fine.
func (b *Blobs) Delete(_ context.Context, sum string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, sum)
	delete(b.all, sum+".thumb")
	return nil
}

// Open reads a scan.
func (b *Blobs) Open(_ context.Context, sum string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, ok := b.all[sum]
	if !ok {
		return nil, ra.E(ra.CodeNotFound)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// OpenThumb reads a scan's thumbnail.
func (b *Blobs) OpenThumb(ctx context.Context, sum string) (io.ReadCloser, error) {
	return b.Open(ctx, sum+".thumb")
}

// PutThumb keeps one.
func (b *Blobs) PutThumb(ctx context.Context, sum string, r io.Reader) error {
	return b.Put(ctx, sum+".thumb", r)
}

// Exists reports whether a scan is kept.
func (b *Blobs) Exists(_ context.Context, sum string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.all[sum]
	return ok, nil
}

// Sender keeps the text messages sent. While Refuse is set it sends nothing.
type Sender struct {
	mu     sync.Mutex
	sent   []book.Message
	refuse error
}

// Refuse makes Send fail with err; nil makes it work again.
func (s *Sender) Refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

// Send keeps the message.
func (s *Sender) Send(_ context.Context, m book.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	s.sent = append(s.sent, m)
	return nil
}

// Sent returns the messages sent so far.
func (s *Sender) Sent() []book.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]book.Message(nil), s.sent...)
}

var codeInText = regexp.MustCompile(`授权码 ([0-9]{8})`)

// Code finds the newest authorization code among the messages about an order's number.
func (s *Sender) Code(number string) (string, error) {
	all := s.Sent()
	for i := len(all) - 1; i >= 0; i-- {
		if m := codeInText.FindStringSubmatch(all[i].Text); m != nil && bytes.Contains([]byte(all[i].Text), []byte(number)) {
			return m[1], nil
		}
	}
	return "", errors.New("no authorization code was sent for " + number)
}

// ID makes a UUIDv7.
func ID(t testing.TB) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// Scan draws a small page, another one for each seed, and returns it with what the kiosk says of it.
func Scan(t testing.TB, seed int) ([]byte, ra.Page) {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 40, 60))
	for i := range 64 {
		picture.SetGray(i%40, i/40, color.Gray{Y: uint8(seed >> (i % 8 * 4))})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%d", seed) // behind the picture: readers stop before it
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), ra.Page{ID: ID(t), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(b.Len()), Width: 40, Height: 60,
		At: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
}

// Key is a blank key in memory, as a kiosk sees it.
type Key struct {
	Identity    ra.KeyIdentity
	Private     *ecdsa.PrivateKey
	Certificate []byte
}

// NewKey makes a blank key of the hall's model with an EC P-256 pair.
func NewKey(t testing.TB) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Key{Identity: KeyIdentity(ID(t)[24:]), Private: private}
}

// KeyIdentity is a key of the hall's model.
func KeyIdentity(serial string) ra.KeyIdentity {
	return ra.KeyIdentity{Manufacturer: "SoftHSM project", Model: "SoftHSM v2", Serial: serial}
}

// PublicPEM is the key's public key, as it is handed over in a file.
func (k *Key) PublicPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Request is the key's PKCS#10, DER.
func (k *Key) Request(t testing.TB, subject []byte) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: subject}, k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Sign signs a challenge as the kiosk does.
func (k *Key) Sign(t testing.TB, challenge []byte) []byte {
	t.Helper()
	return k.SignText(t, ra.ProofMessage(challenge))
}

// SignText signs a text as it is.
func (k *Key) SignText(t testing.TB, text []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(text)
	signature, err := k.Private.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}
