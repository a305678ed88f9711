package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// picture is a small image, another one for each n.
func picture(n uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	m.SetGray(1, 1, color.Gray{Y: n})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func validCreditCode(t *testing.T) string {
	t.Helper()
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, c := range letters {
		if code := "91330106MA2CFLNB8" + string(c); ra.CheckCreditCode(code) == nil {
			return code
		}
	}
	t.Fatal("no check character fits")
	return ""
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cases := []struct {
		name, hash string
		data       []byte
		want       ra.Code
	}{
		{"nothing", hash(nil), nil, ra.CodeScanEmpty},
		{"more than 20 MB", hash([]byte("large")), make([]byte, ra.MaxPageBytes+1), ra.CodeScanTooLarge},
		{"no image", hash([]byte("%PDF-1.7")), []byte("%PDF-1.7"), ra.CodeScanNotImage},
		{"other bytes than announced", hash(picture(2)), picture(3), ra.CodeScanDamaged},
		{"a name that is no hash", "..%2f..%2fetc", picture(3), ra.CodeInvalid},
	}
	for _, c := range cases {
		if err := b.client.Upload(t.Context(), c.hash, c.data); ra.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if got := files(t, b.dir); got != 0 {
			t.Errorf("%s: %d files stay behind", c.name, got)
		}
	}
}

func TestUploadTwiceSendsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	scan := picture(4)
	for range 2 {
		if err := b.client.Upload(t.Context(), hash(scan), scan); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := b.client.Stored(t.Context(), hash(scan)); err != nil || !there {
		t.Errorf("got %v, %v, want stored", there, err)
	}
	if there, err := b.client.Stored(t.Context(), hash(picture(5))); err != nil || there {
		t.Errorf("got %v, %v, want not stored", there, err)
	}
}

// TestInterruptedUploadResumes cuts the line in the middle of a scan, as often as it takes.
func TestInterruptedUploadResumes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := b.ca.leaf(t, "k1", x509.ExtKeyUsageClientAuth)
	b.ra.kiosks[string(known.Certificate[0])] = ra.Kiosk{ID: "k1"}
	line := newLine(t, b.http.Listener.Addr().String())
	client, err := api.NewClient(api.ClientConfig{BaseURL: "https://" + line.address, TLS: b.tls(&known), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	scan := bytes.Repeat([]byte("scan"), 1<<20)

	line.budget.Store(1 << 20) // then it breaks
	err = client.Upload(t.Context(), hash(scan), scan)
	if ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Fatalf("on a broken line: got %v, want %q", err, ra.CodeOfficeAway)
	}
	line.sent.Store(0)
	line.budget.Store(1 << 40)
	if err := client.Upload(t.Context(), hash(scan), scan); err != nil {
		t.Fatalf("on a mended line: %v", err)
	}
	if got := line.sent.Load(); got > int64(len(scan))-256<<10 {
		t.Errorf("sent %d bytes of %d again", got, len(scan))
	}
	if there, _ := b.ra.Exists(context.Background(), hash(scan)); !there {
		t.Error("the scan is not stored")
	}
	if got := files(t, b.dir); got != 0 {
		t.Errorf("%d files stay behind", got)
	}
}

// TestUploadThatTheBucketRefusedIsTriedAgain: the bytes are here, so asking where we stopped is enough.
func TestUploadThatTheBucketRefusedIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	scan := picture(6)
	b.ra.broken = errors.New("bucket is away")
	if err := b.client.Upload(t.Context(), hash(scan), scan); ra.CodeOf(err) != ra.CodeOfficeError {
		t.Fatalf("got %v, want %q", err, ra.CodeOfficeError)
	}
	b.ra.broken = nil
	if err := b.client.Upload(t.Context(), hash(scan), scan); err != nil {
		t.Fatal(err)
	}
	if there, _ := b.ra.Exists(context.Background(), hash(scan)); !there {
		t.Error("the scan is not stored")
	}
}

func TestAbandonedUploadsAreSwept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ra.broken = errors.New("bucket is away")
	_ = b.client.Upload(t.Context(), hash(picture(7)), picture(7))
	if n, err := b.server.SweepUploads(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("fresh ones: got %d, %v", n, err)
	}
	if n, err := b.server.SweepUploads(t.Context(), time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Errorf("old ones: got %d, %v, want bytes and information", n, err)
	}
}

func files(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// line is a TCP line that breaks for good when its budget of bytes towards the server is used up.
type line struct {
	address      string
	budget, sent atomic.Int64
}

func newLine(t *testing.T, target string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	l := &line{address: "127.0.0.1:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil {
				near.Close()
				continue
			}
			go l.carry(far, near, true)
			go l.carry(near, far, false)
		}
	}()
	return l
}

func (l *line) carry(to, from net.Conn, counted bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if counted {
			l.sent.Add(int64(n))
			if l.budget.Add(-int64(n)) < 0 {
				return
			}
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestUploadsAreBounded: the rules hear of what the kiosk has begun and not ended, and what they refuse leaves nothing.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ra.broken = errors.New("bucket is away") // so that what is begun stays
	for n := range 2 {
		if err := b.client.Upload(t.Context(), hash(picture(uint8(20+n))), picture(uint8(20+n))); err == nil {
			t.Fatal("a broken bucket took a scan")
		}
	}
	b.ra.broken = nil
	stay := files(t, b.dir)
	b.ra.full = ra.E(ra.CodeUploadsFull, "max", "2", "max_mb", "1")
	if err := b.client.Upload(t.Context(), hash(picture(22)), picture(22)); ra.CodeOf(err) != ra.CodeUploadsFull {
		t.Errorf("got %v, want %q", err, ra.CodeUploadsFull)
	}
	if want := int64(len(picture(20)) + len(picture(21))); b.ra.begun != 2 || b.ra.begunBytes != want {
		t.Errorf("asked with %d begun, %d bytes, want 2, %d", b.ra.begun, b.ra.begunBytes, want)
	}
	if got := files(t, b.dir); got != stay {
		t.Errorf("%d files, want %d", got, stay)
	}
	if err := b.client.Upload(t.Context(), hash(picture(20)), picture(20)); err != nil {
		t.Errorf("what was begun cannot end: %v", err)
	}
}

// TestUploadsThatLie: what is said of an upload beforehand and is not so, or asks for more than one scan, leaves nothing and takes no room.
func TestUploadsThatLie(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := b.ca.leaf(t, "liar", x509.ExtKeyUsageClientAuth)
	b.ra.kiosks[string(known.Certificate[0])] = ra.Kiosk{ID: "liar", Prefix: "XH04"}
	transport := &http.Transport{TLSClientConfig: b.tls(&known)}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	scan := picture(9)
	name := "sha256 " + base64.StdEncoding.EncodeToString([]byte(hash(scan)))
	send := func(what, method, path string, body []byte, headers map[string]string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, b.http.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Tus-Resumable", "1.0.0")
		for key, value := range headers {
			r.Header.Set(key, value)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	for what, headers := range map[string]map[string]string{
		"a length to be told later": {"Upload-Defer-Length": "1"}, "no length": {}, "less than nothing": {"Upload-Length": "-1"}, "no number": {"Upload-Length": "1e3"},
		"beyond numbers": {"Upload-Length": "99999999999999999999"}, "a gigabyte": {"Upload-Length": "1073741824"}, "both": {"Upload-Length": "5", "Upload-Defer-Length": "1"},
	} {
		headers["Upload-Metadata"] = name
		if got := send(what, http.MethodPost, api.PathUploads, nil, headers); got < 400 || got >= 500 {
			t.Errorf("%s: got %d", what, got)
		}
		if n := files(t, b.dir); n != 0 {
			t.Errorf("%s: %d files stay behind", what, n)
		}
	}
	// More bytes than were announced are not taken, and fewer are no scan.
	head := map[string]string{"Upload-Metadata": name, "Upload-Length": "10"}
	if got := send("begun", http.MethodPost, api.PathUploads, nil, head); got != http.StatusCreated {
		t.Fatalf("begun: got %d", got)
	}
	piece := map[string]string{"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
	if got := send("more than announced", http.MethodPatch, api.PathUploads+hash(scan), make([]byte, 1<<20), piece); got < 400 || got >= 500 {
		t.Errorf("more than announced: got %d", got)
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !strings.HasSuffix(e.Name(), ".info") && info.Size() > 10 {
			t.Errorf("more than announced: %d bytes were kept", info.Size())
		}
	}
	// Parts to be put together are uploads like any other: the protocol's extension is off, and a whole made of parts is none.
	final := map[string]string{"Upload-Metadata": name, "Upload-Concat": "final;" + api.PathUploads + hash(scan)}
	if got := send("put together", http.MethodPost, api.PathUploads, nil, final); got < 400 || got >= 500 {
		t.Errorf("put together: got %d", got)
	}
	for what, method := range map[string]string{"read back": http.MethodGet, "taken back": http.MethodDelete} {
		if got := send(what, method, api.PathUploads+hash(scan), nil, nil); got < 400 || got >= 500 {
			t.Errorf("%s: got %d", what, got)
		}
	}
	if there, _ := b.ra.Exists(t.Context(), hash(scan)); there {
		t.Error("something was stored")
	}
}
