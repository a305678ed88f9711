package bench

import (
	"context"
	"sync"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write"
)

// part is where the time of a make goes.
type part int

const (
	partKeys    part = iota // calls of ukey.Reader and ukey.Token, worker process and all
	partModule              // of those, inside the worker's calls to the PKCS#11 module
	partOffice              // round trips to the back office
	partJournal             // the kiosk's journal, fsyncs and all
	parts
)

// stopwatch adds up where the time goes. It is safe for concurrent use.
type stopwatch struct {
	mu    sync.Mutex
	spent [parts]time.Duration
	calls [parts]int
}

// in starts a call to a part; the result ends it.
func (s *stopwatch) in(p part) (end func()) {
	start := time.Now()
	return func() { s.add(p, time.Since(start)) }
}

func (s *stopwatch) add(p part, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent[p] += d
	s.calls[p]++
}

// take returns what was added since the last take.
func (s *stopwatch) take() (spent [parts]time.Duration, calls [parts]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spent, calls = s.spent, s.calls
	s.spent, s.calls = [parts]time.Duration{}, [parts]int{}
	return spent, calls
}

// observe hears of a worker's call.
func (s *stopwatch) observe(_ string, _, module time.Duration) { s.add(partModule, module) }

// timedReader adds up the time inside every call to the keys.
type timedReader struct {
	keys  ukey.Reader
	watch *stopwatch
}

func (r timedReader) List(ctx context.Context) ([]ukey.Info, error) {
	defer r.watch.in(partKeys)()
	return r.keys.List(ctx)
}

func (r timedReader) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	defer r.watch.in(partKeys)()
	token, err := r.keys.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return timedToken{token, r.watch}, nil
}

// timedToken spells every method out: one that is added to ukey.Token and forgotten here does not compile.
type timedToken struct {
	token ukey.Token
	watch *stopwatch
}

var _ ukey.Token = timedToken{}

func (t timedToken) Info(ctx context.Context) (ukey.Info, error) {
	defer t.watch.in(partKeys)()
	return t.token.Info(ctx)
}

func (t timedToken) Blank(ctx context.Context) (bool, []ukey.Object, error) {
	defer t.watch.in(partKeys)()
	return t.token.Blank(ctx)
}

func (t timedToken) Initialize(ctx context.Context, setup ukey.Setup) error {
	defer t.watch.in(partKeys)()
	return t.token.Initialize(ctx, setup)
}

func (t timedToken) Login(ctx context.Context, role ukey.Role, pin []byte) error {
	defer t.watch.in(partKeys)()
	return t.token.Login(ctx, role, pin)
}

func (t timedToken) Logout(ctx context.Context) error {
	defer t.watch.in(partKeys)()
	return t.token.Logout(ctx)
}

func (t timedToken) SetPIN(ctx context.Context, old, pin []byte) error {
	defer t.watch.in(partKeys)()
	return t.token.SetPIN(ctx, old, pin)
}

func (t timedToken) InitPIN(ctx context.Context, adminPIN, pin []byte) error {
	defer t.watch.in(partKeys)()
	return t.token.InitPIN(ctx, adminPIN, pin)
}

func (t timedToken) GenerateKey(ctx context.Context, pair ukey.Pair) ([]byte, error) {
	defer t.watch.in(partKeys)()
	return t.token.GenerateKey(ctx, pair)
}

func (t timedToken) PublicKey(ctx context.Context, id []byte) ([]byte, error) {
	defer t.watch.in(partKeys)()
	return t.token.PublicKey(ctx, id)
}

func (t timedToken) Sign(ctx context.Context, id []byte, way ukey.Signature, digest []byte) ([]byte, error) {
	defer t.watch.in(partKeys)()
	return t.token.Sign(ctx, id, way, digest)
}

func (t timedToken) Decrypt(ctx context.Context, id []byte, way ukey.Decryption, ciphertext []byte) ([]byte, error) {
	defer t.watch.in(partKeys)()
	return t.token.Decrypt(ctx, id, way, ciphertext)
}

func (t timedToken) WriteCertificate(ctx context.Context, id []byte, label string, der []byte) error {
	defer t.watch.in(partKeys)()
	return t.token.WriteCertificate(ctx, id, label, der)
}

func (t timedToken) Certificates(ctx context.Context) ([]ukey.Object, error) {
	defer t.watch.in(partKeys)()
	return t.token.Certificates(ctx)
}

func (t timedToken) Objects(ctx context.Context) ([]ukey.Object, error) {
	defer t.watch.in(partKeys)()
	return t.token.Objects(ctx)
}

func (t timedToken) Delete(ctx context.Context, kind ukey.Kind, id []byte) error {
	defer t.watch.in(partKeys)()
	return t.token.Delete(ctx, kind, id)
}

func (t timedToken) Close() error {
	defer t.watch.in(partKeys)()
	return t.token.Close()
}

// timedLine adds up the round trips.
type timedLine struct {
	line  api.Line
	watch *stopwatch
}

func (l timedLine) Ask(ctx context.Context, a *api.Asked) error {
	defer l.watch.in(partOffice)()
	return l.line.Ask(ctx, a)
}

func (l timedLine) Upload(ctx context.Context, sha256 string, data []byte) error {
	defer l.watch.in(partOffice)()
	return l.line.Upload(ctx, sha256, data)
}

// timedJournal adds up what is stored.
type timedJournal struct {
	journal write.Journal
	watch   *stopwatch
}

func (j timedJournal) SaveWrite(ctx context.Context, w ra.Write) error {
	defer j.watch.in(partJournal)()
	return j.journal.SaveWrite(ctx, w)
}

func (j timedJournal) OpenWrites(ctx context.Context) ([]ra.Write, error) {
	defer j.watch.in(partJournal)()
	return j.journal.OpenWrites(ctx)
}

func (j timedJournal) DropWrite(ctx context.Context, id string) error {
	defer j.watch.in(partJournal)()
	return j.journal.DropWrite(ctx, id)
}
