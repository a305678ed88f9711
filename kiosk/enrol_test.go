package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// enrolments is a back office that knows the rules of enrolment: a code is for one key, and the same code and key get the
// same certificate.
type enrolments struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey

	mu     sync.Mutex
	issued map[string]api.Enrolment // by code
	keys   map[string][32]byte      // by code: digest of the public key
	asked  chan string              // codes, as they come in
	answer func(code string) bool   // false: the answer is lost on its way
	shown  [][]byte                 // client certificates, one for each request
}

func newEnrolments(t *testing.T) *enrolments {
	t.Helper()
	o := &enrolments{issued: map[string]api.Enrolment{}, keys: map[string][32]byte{}, asked: make(chan string, 100),
		answer: func(string) bool { return true }}
	var err error
	if o.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+api.CallEnrol.Path(), o.enrol)
	mux.HandleFunc("GET "+api.CallHealth.Path(), o.health)
	mux.HandleFunc("GET "+api.CallKiosk.Path(), func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(ra.Kiosk{}) })
	o.server = httptest.NewUnstartedServer(mux)
	o.server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	o.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	return o
}

func (o *enrolments) enrol(w http.ResponseWriter, r *http.Request) {
	var q api.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q.Code = strings.ToUpper(strings.ReplaceAll(q.Code, " ", ""))
	answer, ok := o.issue(q)
	o.asked <- q.Code
	switch {
	case !o.answer(q.Code):
		<-r.Context().Done()
	case !ok:
		w.Header().Set("Content-Type", api.ProblemType)
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(api.NewProblem(ra.E(ra.CodeEnrolmentCode), http.StatusForbidden, ""))
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (o *enrolments) issue(q api.EnrolRequest) (api.Enrolment, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	request, err := x509.ParseCertificateRequest(q.CSR)
	if err != nil || request.CheckSignature() != nil {
		return api.Enrolment{}, false
	}
	key := sha256.Sum256(request.RawSubjectPublicKeyInfo)
	if used, ok := o.keys[q.Code]; ok {
		return o.issued[q.Code], used == key
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(len(o.issued) + 1)), Subject: pkix.Name{CommonName: q.Code},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, request.PublicKey, o.key)
	if err != nil {
		return api.Enrolment{}, false
	}
	answer := api.Enrolment{Kiosk: ra.Kiosk{ID: q.Code, Prefix: "XH03"}, Certificate: der, Chain: [][]byte{o.server.Certificate().Raw}, NextNumber: 41}
	o.issued[q.Code], o.keys[q.Code] = answer, key
	return answer, true
}

func (o *enrolments) health(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var shown []byte
	if len(r.TLS.PeerCertificates) > 0 {
		shown = r.TLS.PeerCertificates[0].Raw
	}
	o.shown = append(o.shown, shown)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(api.Health{})
}

// kiosk is a configuration for that back office; its file is at the path.
func (o *enrolments) kiosk(t *testing.T) (c Config, path string) {
	t.Helper()
	return configFor(t, o.server)
}

// configFor is a kiosk's configuration for a server.
func configFor(t *testing.T, server *httptest.Server) (c Config, path string) {
	t.Helper()
	dir := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	path = filepath.Join(dir, "kiosk.toml")
	text := "data = '" + dir + "/data'\n[secrets]\ntpm = 'off'\n[office]\nurl = '" + server.URL + "'\nca = '" + dir + "/ca.pem'\n" +
		"[[ukey]]\nmodule = '/nowhere'\n[printer]\nuri = 'ipp://nowhere'\n"
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	return c, path
}

func mustEnrol(t *testing.T, c Config, code string) identity {
	t.Helper()
	if err := enrol(t.Context(), c, code, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return who(t, c)
}

func who(t *testing.T, c Config) identity {
	t.Helper()
	i, err := loadIdentity(secretsOf(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func secretsOf(t *testing.T, c Config) *safe.Safe {
	t.Helper()
	s, err := openSafe(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestEnrolment(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, _ := o.kiosk(t)
	if _, _, err := openOwn(t.Context(), c, time.Now, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "keyhall-kiosk enrol") {
		t.Errorf("a kiosk that was never enrolled: got %v, want to be told how", err)
	}
	first := mustEnrol(t, c, "AAAAAAAA")
	if first.Kiosk.Prefix != "XH03" || !slices.Equal(first.Chain[0], o.issued["AAAAAAAA"].Certificate) {
		t.Errorf("got %+v, want what the back office answered", first.Kiosk)
	}
	if again := mustEnrol(t, c, "AAAAAAAA"); !slices.Equal(again.Chain[0], first.Chain[0]) || !slices.Equal(again.Key, first.Key) {
		t.Error("the same code after a complete enrolment gives another identity")
	}
	second := mustEnrol(t, c, "BBBBBBBB")
	if slices.Equal(second.Key, first.Key) || second.Kiosk.ID != "BBBBBBBB" {
		t.Error("a new enrolment keeps the old key or name")
	}
	if files, _ := filepath.Glob(filepath.Join(c.secretsFolder(), "next*")); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

// The old identity stays until the new one is complete, and a refused code changes nothing.
func TestRefusedEnrolmentKeepsTheKiosk(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	other, _ := o.kiosk(t)
	mustEnrol(t, other, "BBBBBBBB")
	c, _ := o.kiosk(t)
	before := mustEnrol(t, c, "AAAAAAAA")
	if err := enrol(t.Context(), c, "BBBBBBBB", slog.New(slog.DiscardHandler)); ra.CodeOf(err) != ra.CodeEnrolmentCode || !strings.Contains(err.Error(), "get a new one in the console") {
		t.Errorf("a code that was used elsewhere: got %v, want %v and where to get another", err, ra.CodeEnrolmentCode)
	}
	if after := who(t, c); !slices.Equal(after.Key, before.Key) || !slices.Equal(after.Chain[0], before.Chain[0]) {
		t.Error("the refused enrolment changed the kiosk")
	}
	if fresh := mustEnrol(t, c, "CCCCCCCC"); slices.Equal(fresh.Key, before.Key) {
		t.Error("the next enrolment took the old key")
	}
}

// The real program is killed while the back office's answer is on its way; the same code then gives the same certificate.
func TestEnrolmentGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, path := o.kiosk(t)
	before := mustEnrol(t, c, "AAAAAAAA")
	<-o.asked
	lost := 3
	o.answer = func(string) bool { lost--; return lost < 0 }
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "enrol", "--config", path)
		cmd.Env = append(os.Environ(), commandLineEnv+"=1")
		cmd.Stdin = strings.NewReader("BBBBBBBB\n")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-o.asked
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Error("the program ended by itself")
		}
		if now := who(t, c); !slices.Equal(now.Key, before.Key) {
			t.Error("the old identity is gone before the new one is complete")
		}
	}
	after := mustEnrol(t, c, "bbbb bbbb") // as another person types it
	if !slices.Equal(after.Chain[0], o.issued["BBBBBBBB"].Certificate) {
		t.Error("the interrupted enrolment did not go on with its key")
	}
}

func TestRunningKioskIsNotEnrolled(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, _ := o.kiosk(t)
	mustEnrol(t, c, "AAAAAAAA")
	_, store, err := openOwn(t.Context(), c, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = enrol(t.Context(), c, "BBBBBBBB", slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "end it first") {
		t.Errorf("got %v, want to be told that the kiosk is running", err)
	}
	if o.issued["BBBBBBBB"].Certificate != nil {
		t.Error("the code is used up")
	}
}

// A kiosk that lost its journal goes on with the number that the back office tells, and never goes back.
func TestEnrolledKioskGoesOnNumbering(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, _ := o.kiosk(t)
	for _, want := range []int64{41, 42} { // the back office tells 41 both times
		mustEnrol(t, c, "AAAAAAAA")
		_, store, err := openOwn(t.Context(), c, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.NextNumber(t.Context(), "XH03")
		if want := ra.OrderNumber("XH03", want); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A running kiosk changes its certificate without a new client.
func TestBadgeIsChangedWhileTheKioskRuns(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, _ := o.kiosk(t)
	b := newBadge(nil)
	client, err := officeClient(c, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	ping := func(shown []byte) {
		t.Helper()
		client.Close() // connections that are open keep what they showed
		if err := client.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		want = append(want, shown)
	}
	ping(nil)
	for _, code := range []string{"AAAAAAAA", "BBBBBBBB"} {
		own, err := mustEnrol(t, c, code).tlsCertificate()
		if err != nil {
			t.Fatal(err)
		}
		b.change(own)
		ping(own.Certificate[0])
	}
	if !slices.EqualFunc(o.shown, want, slices.Equal) {
		t.Errorf("the back office saw %x, want %x", o.shown, want)
	}
}

func TestProgramEnrols(t *testing.T) {
	t.Parallel()
	o := newEnrolments(t)
	c, path := o.kiosk(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "enrol", "--config", path)
	cmd.Env = append(os.Environ(), commandLineEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(in, "AAAAAAAA\n"); _ = in.Close() }()
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "(XH03)") || !strings.Contains(string(out), "not protected") {
		t.Fatalf("got %v: %s", err, out)
	}
	if got := who(t, c).Kiosk.ID; got != "AAAAAAAA" {
		t.Errorf("got kiosk %q", got)
	}
}
