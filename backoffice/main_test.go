package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// TestOneVisit plays a visit on the real program from the enrolment of the kiosk to the proof, kills the program in the
// middle, and then lets the auditor and openssl look at what is left.
func TestOneVisit(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	if _, err := h.try("serve"); err == nil || !strings.Contains(err.Error(), "migrate") {
		t.Errorf("serve on an empty database: got %v, want it to ask for migrate", err)
	}
	h.command("migrate")
	h.command("migrate") // again changes nothing
	if _, err := h.try("serve"); err == nil || !strings.Contains(err.Error(), "found") {
		t.Errorf("serve before the founding: got %v, want it to ask for found", err)
	}
	h.command("found")
	h.command("found")
	h.command("seed", "--demo")
	h.command("seed", "--demo")
	h.command("staff", "add", "Li@hall.example", "--name", "李主管", "--role", "supervisor")
	h.command("staff", "grant", "li@hall.example", "reviewer", "--project", "eseal", "--hall", "xihu")
	if out := h.command("staff", "list"); !strings.Contains(out, "supervisor, reviewer in eseal at xihu") {
		t.Errorf("staff list: got\n%s", out)
	}
	h.command("staff", "withdraw", "li@hall.example", "supervisor")
	h.command("staff", "disable", "li@hall.example")
	h.command("staff", "enable", "li@hall.example")
	h.staffKeys()
	if out, err := h.try("staff", "grant", "li@hall.example", "auditor"); err == nil || !strings.Contains(err.Error(), "have no other role") {
		t.Errorf("an auditor with another role: got %s, %v", out, err)
	}
	if out, err := h.try("staff", "withdraw", "li@hall.example", "finance", "--hall", "xihu"); err == nil || !strings.Contains(err.Error(), `has no grant "finance at xihu"`) {
		t.Errorf("withdrawing what was never granted: got %s, %v", out, err)
	}
	if out, err := h.try("enrolment-code", "--prefix", "XH05", "--hall", "nowhere", "--window", "窗口"); err == nil || !strings.Contains(err.Error(), "no such hall") {
		t.Errorf("a code for a hall that there is not: got %s, %v", out, err)
	}
	h.serve()
	kiosk := h.enrol()

	visit := newVisit(h, kiosk)
	visit.order(t)
	visit.review(t, h)
	code := authCode(t, h.gateway.next(t, "approved"))
	issued := visit.write(t, h, code)
	if out := h.command("audit"); !strings.Contains(out, "all invariants hold") {
		t.Errorf("audit: got %s", out)
	}
	if out := h.command("checkpoint", "--print"); !strings.Contains(out, "audit checkpoint") || !strings.Contains(out, "\nkeyhall-audit-2 ") {
		t.Errorf("checkpoint --print: got %s", out)
	}
	if out := h.command("maintain"); out != "maintain: 0 months made, 0 dropped; 0 revocation lists dropped\n" {
		t.Errorf("maintain: got %s", out)
	}
	openSSLAccepts(t, h, issued)
	ruledByCommand(t, h, issued)

	h.facesAnswer(t)
	h.supervisorLogsIn(t)
	waiting := make(chan error, 1)
	go func() {
		_, _, err := visit.client.Changes(t.Context(), visit.cursor, time.Minute)
		waiting <- err
	}()
	h.stop(syscall.SIGHUP) // its terminal is closed
	if err := <-waiting; err != nil && ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("a call that waited for changes: got %v", err)
	}
	for _, secret := range []string{code, visit.registration.Password, visit.registration.Handler.Mobile, visit.registration.Handler.IDNumber, demoPassword} {
		if strings.Contains(h.serving.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// visit is one customer at one kiosk.
type visit struct {
	kiosk        *tls.Certificate
	client       *api.Client
	session      ra.Session
	registration ra.Registration
	placed       ra.Order
	cursor       string
}

func newVisit(h *hall, kiosk *tls.Certificate) *visit {
	person := ra.Person{Name: "李四", IDNumber: "110101199003071233", Mobile: "13812345678"}
	return &visit{kiosk: kiosk, client: h.client(kiosk), registration: ra.Registration{
		ID: testID(), Login: person.Mobile, Password: "hangzhou2026",
		Organisation: ra.Organisation{Name: "杭州示范科技有限公司", CreditCode: "91110000MA00000152"},
		Legal:        ra.Person{Name: "张三", IDNumber: "310115198512310045"}, Handler: person,
	}}
}

// order registers, logs in, places an order for one key and hands everything in.
func (v *visit) order(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	projects, err := v.client.Projects(ctx)
	if err != nil || len(projects) != 2 {
		t.Fatalf("projects: got %d, %v", len(projects), err)
	}
	project := projects[0]
	v.registration.ProjectID = project.ID
	for _, a := range project.Agreements {
		v.registration.Agreed = append(v.registration.Agreed, ra.Agreed{AgreementID: a.ID, Version: a.Version, At: time.Now().UTC()})
	}
	if _, err := v.client.Register(ctx, "", v.registration); err != nil {
		t.Fatal(err)
	}
	if v.session, err = v.client.LogIn(ctx, v.registration.Login, v.registration.Password); err != nil {
		t.Fatal(err)
	}
	if _, v.cursor, err = v.client.Changes(ctx, "", 0); err != nil {
		t.Fatal(err)
	}
	v.placed, err = v.client.Place(ctx, v.session.Token, ra.Application{
		ID: testID(), Number: ra.OrderNumber("XH03", 1), Kind: ra.KindNew,
		Lines:    []ra.ChosenLine{{ServiceID: project.ServicesFor(ra.KindNew, ra.ReasonNone)[0].ID, Quantity: 1}},
		Invoice:  ra.Invoice{Kind: ra.InvoiceOrdinary, Title: "杭州示范科技有限公司", TaxNumber: "91110000MA00000152"},
		Delivery: ra.Delivery{Kind: ra.DeliveryCounter}, Method: ra.MethodTransfer,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialIdentity, ra.MaterialForm, ra.MaterialRemittance} {
		data, page := scan(t, i)
		if _, err := v.client.UploadPage(ctx, v.session.Token, v.placed.ID, kind, page, data); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	if v.placed, err = v.client.Submit(ctx, v.session.Token, v.placed.ID); err != nil {
		t.Fatal(err)
	}
	changes, cursor, err := v.client.Changes(ctx, v.cursor, 10*time.Second)
	if err != nil || len(changes) == 0 || changes[0].ID != v.placed.ID {
		t.Errorf("changes: got %v, %v", changes, err)
	}
	v.cursor = cursor
}

// review is what a supervisor does in the console.
func (v *visit) review(t *testing.T, h *hall) {
	t.Helper()
	h.inside(func(ctx context.Context, o *office) {
		staff, err := o.people.StaffLogIn(ctx, "supervisor", demoPassword)
		if err != nil {
			t.Fatal(err)
		}
		order := v.placed
		for _, m := range order.Papers {
			if m.Kind == ra.MaterialRemittance {
				continue
			}
			for _, page := range m.Pages {
				image, _, err := o.review.PageImage(ctx, staff, order.ID, page.SHA256)
				if err != nil {
					t.Fatal(err)
				}
				if err := image.Close(); err != nil {
					t.Error(err)
				}
			}
			if order, err = o.review.Judge(ctx, staff, order.ID, m.Kind, ra.VerdictAccepted, nil, order.Version); err != nil {
				t.Fatalf("%s: %v", m.Kind, err)
			}
		}
		if order, err = o.cashier.ConfirmPayment(ctx, staff, order.ID, order.AmountFen, "REF-1", order.Version); err != nil {
			t.Fatal(err)
		}
		if _, err = o.review.Approve(ctx, staff, order.ID, order.Version); err != nil {
			t.Fatal(err)
		}
	})
}

// write makes the key; the program is killed before and after the certificate is issued.
func (v *visit) write(t *testing.T, h *hall, code string) ra.Issued {
	t.Helper()
	ctx := t.Context()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	identity := ra.KeyIdentity{Manufacturer: "SoftHSM project", Model: "SoftHSM v2", Serial: "5e1d0001"}
	release, err := v.client.Reserve(ctx, v.session.Token, ra.Reservation{
		OperationID: testID(), OrderID: v.placed.ID, Key: identity, AuthCode: code,
		Attempt: ra.AdminAttempt{ID: testID(), Initialized: true, State: ra.TokenPINOK}})
	if err != nil {
		t.Fatal(err)
	}
	id := release.Operation.ID
	v.restart(h)
	again, err := v.client.Resume(ctx, "", ra.Resumption{OperationID: id, Ticket: release.Ticket, AuthCode: code})
	if err != nil || again.Ticket != release.Ticket || !bytes.Equal(again.Subject, release.Subject) {
		t.Fatalf("resume: %v, or another answer than to reserve", err)
	}
	status, err := v.client.KeyStatus(ctx, v.session.Token, identity)
	if err != nil || status.Operation == nil || status.Operation.ID != id {
		t.Errorf("the key: got %+v, %v", status, err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: release.Subject}, key)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := v.client.Certify(ctx, again.Hold(), csr, release.Opening.Set.Version)
	if err != nil {
		t.Fatal(err)
	}
	v.restart(h)
	same, err := v.client.Certify(ctx, again.Hold(), csr, release.Opening.Set.Version)
	if err != nil || !bytes.Equal(same.Certificate, issued.Certificate) {
		t.Fatalf("certify again: %v, or another certificate", err)
	}
	challenge, err := v.client.Challenge(ctx, again.Hold())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(ra.ProofMessage(challenge))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	proof := ra.Proof{OperationID: id, Challenge: challenge, Signature: signature, Certificate: issued.Certificate,
		Inside: true, AdminPIN: release.Opening.Set.Version, Durations: []ra.Lap{{Step: ra.StepProve, Milliseconds: 40}}}
	for range 2 {
		done, err := v.client.Confirm(ctx, again.Hold(), proof)
		if err != nil || done.Order.State != ra.OrderDone || done.Remaining != 0 {
			t.Fatalf("confirm: got %s with %d left, %v", done.Order.State, done.Remaining, err)
		}
	}
	return issued
}

func (v *visit) restart(h *hall) {
	h.kill()
	h.serve()
	v.client = h.client(v.kiosk)
}

var codeInText = regexp.MustCompile(`授权码 ([0-9]{8})`)

func authCode(t *testing.T, m book.Message) string {
	t.Helper()
	found := codeInText.FindStringSubmatch(m.Text)
	if found == nil {
		t.Fatalf("no authorization code in %q", m.Template)
	}
	return found[1]
}

// openSSLAccepts checks the certificate by list and by asking, as any program outside would.
func openSSLAccepts(t *testing.T, h *hall, issued ra.Issued) {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	leaf, crl := filepath.Join(dir, "leaf.pem"), filepath.Join(dir, "crl.pem")
	_, text := h.get("pki", api.PathCRLPEM)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate})
	for path, b := range map[string][]byte{leaf: block, crl: []byte(text)} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		leaf + ": OK":   {"verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", h.caFile(), leaf},
		leaf + ": good": {"ocsp", "-issuer", h.caFile(), "-cert", leaf, "-CAfile", h.caFile(), "-url", "http://" + h.serving.address["pki"] + api.PathOCSP},
	} {
		out, _ := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("openssl %s: got %s", args[0], out)
		}
	}
}

// facesAnswer asks each face what it is for.
func (h *hall) facesAnswer(t *testing.T) {
	t.Helper()
	for _, c := range []struct {
		face, path, want string
		status           int
	}{
		{"kiosks", api.CallHealth.Path(), `"time"`, http.StatusOK},
		{"kiosks", api.PathOpenAPI, `"openapi"`, http.StatusOK},
		{"kiosks", api.CallKiosk.Path(), `"kiosk_unknown"`, http.StatusForbidden},
		{"pki", api.PathCA, "BEGIN CERTIFICATE", http.StatusOK},
		{"pki", api.CallHealth.Path(), "", http.StatusNotFound},
		{"metrics", "/metrics", "keyhall_request_seconds", http.StatusOK},
	} {
		status, body := h.get(c.face, c.path)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: got %d %.200s", c.face, c.path, status, body)
		}
	}
}

// supervisorLogsIn opens the console; the session is kept in the database.
func (h *hall) supervisorLogsIn(t *testing.T) {
	t.Helper()
	if status, body := h.get("console", "/login"); status == http.StatusServiceUnavailable && strings.Contains(body, "npm ci") {
		t.Log("the console's scripts are not vendored")
		return
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: h.tls(nil)}
	defer transport.CloseIdleConnections()
	browser := &http.Client{Transport: transport, Jar: jar, Timeout: time.Minute}
	console := "https://" + h.serving.address["console"]
	for range 2 {
		resp, err := browser.PostForm(console+"/login", url.Values{"login": {"supervisor"}, "password": {demoPassword}, "to": {"/"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/" {
			t.Errorf("log in to the console: got %d at %s", resp.StatusCode, resp.Request.URL.Path)
		}
	}
	stream, err := browser.Get(console + "/live")
	if err != nil {
		t.Fatal(err)
	}
	// Left open: the stop that follows has to cut it.
	t.Cleanup(func() { stream.Body.Close() })
	if stream.StatusCode != http.StatusOK {
		t.Errorf("the console's live stream: got %d", stream.StatusCode)
	}
}

func TestPrintingCommands(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	h.command("check")
	for _, args := range [][]string{{"openapi"}, {"version"}} {
		out, err := exec.CommandContext(t.Context(), h.program, args...).Output()
		if err != nil || len(out) == 0 {
			t.Errorf("%s: got %q, %v", args[0], out, err)
		}
	}
	if out, err := h.try("audit"); err != nil {
		t.Errorf("audit of an empty back office: got %s, %v", out, err)
	}
	for _, args := range []string{"migrate", "checkpoint", "maintain", "audit"} {
		h.command(args)
	}
	h.wantRuns("schema.migrate", 1, "audit.checkpoint", 1, "audit.maintain", 1, "audit.run", 2)
}

// wantRuns wants that many lines of each action, all of them sealed.
func (h *hall) wantRuns(actions ...any) {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.ownerDSN)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(h.t.Context()))
	for i := 0; i < len(actions); i += 2 {
		var lines int
		err := conn.QueryRow(h.t.Context(), `SELECT count(*) FROM audit WHERE action = $1 AND actor_id = 'command'`, actions[i]).Scan(&lines)
		if err != nil || lines != actions[i+1] {
			h.t.Errorf("%s: %d lines, %v, want %d", actions[i], lines, err, actions[i+1])
		}
	}
	var open int
	if err := conn.QueryRow(h.t.Context(), `SELECT (SELECT count(*) FROM audit) - (SELECT max(total) FROM audit_sets)`).Scan(&open); err != nil || open != 0 {
		h.t.Errorf("%d lines are not sealed, %v", open, err)
	}
}

func testID() string { return uuid.Must(uuid.NewV7()).String() }

func scan(t *testing.T, seed int) ([]byte, ra.Page) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 40, 60))
	m.Pix[seed] = 255
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(&b, testID()) // behind the picture, so that each is another
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), ra.Page{ID: testID(), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(b.Len()), Width: 40, Height: 60, At: time.Now().UTC()}
}
