package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ncruces/go-sqlite3"

	"keyhall/backoffice/ra"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("JOURNAL_TEST_CHILD"); path != "" {
		writeForever(path)
	}
	goleak.VerifyTestMain(m)
}

var (
	testKey = bytes.Repeat([]byte{7}, KeyBytes)
	testNow = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
)

func clock() time.Time { return testNow }

func setup(t *testing.T) (*Journal, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	return reopen(t, path), path
}

func reopen(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(t.Context(), path, testKey, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestNumbersAreNeverGivenTwice(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	seen := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				n, err := j.NextNumber(t.Context(), "XH03")
				mu.Lock()
				if err != nil || seen[n] {
					t.Errorf("got %q twice or error %v", n, err)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := reopen(t, path).NextNumber(t.Context(), "XH03")
	if want := ra.OrderNumber("XH03", 41); err != nil || got != want {
		t.Errorf("after a restart got %s, %v, want %s", got, err, want)
	}
}

func TestNumbersAreOnlyRaised(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	for _, c := range []struct{ raise, want int64 }{{1, 1}, {40, 40}, {7, 41}, {100, 100}} {
		if err := j.RaiseNumber(t.Context(), "XH03", c.raise); err != nil {
			t.Fatal(err)
		}
		got, err := j.NextNumber(t.Context(), "XH03")
		if want := ra.OrderNumber("XH03", c.want); err != nil || got != want {
			t.Errorf("raised to %d: got %s, %v, want %s", c.raise, got, err, want)
		}
	}
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	d := ra.Draft{Application: ra.Application{ID: "a", Number: "XH03-000001-2", Lines: []ra.ChosenLine{{ServiceID: "s", Quantity: 2}}}, MembershipID: "acc"}
	for range 2 {
		if err := j.SaveDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	_ = j.Close()
	j = reopen(t, path)
	got, err := j.Drafts(t.Context(), "acc")
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], d) {
		t.Fatalf("got %+v, %v, want %+v", got, err, d)
	}
	if other, err := j.Drafts(t.Context(), "other"); err != nil || len(other) != 0 {
		t.Errorf("another account got %+v, %v", other, err)
	}
	if err := j.DropDraft(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got, _ := j.Drafts(t.Context(), "acc"); len(got) != 0 {
		t.Errorf("after dropping got %+v", got)
	}
}

func TestKnownAndSweep(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	k := ra.Known{Login: "Li@Example.cn", LegalName: "李四", Organisation: ra.Organisation{Name: "杭州某某有限公司"}}
	if err := j.SaveKnown(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	got, ok, err := j.Known(t.Context(), "li@example.cn ")
	if err != nil || !ok || got.LegalName != k.LegalName {
		t.Errorf("got %+v %v %v", got, ok, err)
	}
	if err := j.SaveDraft(t.Context(), ra.Draft{Application: ra.Application{ID: "o"}, MembershipID: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := j.SavePage(t.Context(), ra.KeptPage{OrderID: "o", Page: ra.Page{ID: "p"}, JPEG: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := j.Sweep(t.Context(), testNow.Add(time.Hour), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := j.Known(t.Context(), k.Login); ok || err != nil {
		t.Errorf("after the sweep still known: %v", err)
	}
	if pages, err := j.Pages(t.Context(), "o"); len(pages) != 0 || err != nil {
		t.Errorf("after the sweep %d pages, %v", len(pages), err)
	}
	if err := j.DropKnown(t.Context(), k.Login); err != nil {
		t.Error(err)
	}
}

func TestWriteComesBackWhole(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	w := ra.Write{
		ID: "op", Plan: ra.PlanExtend, OrderID: "o", OrderNumber: "n", ProjectID: "p", Model: "m", Step: ra.StepReserve,
		Key: ra.KeyIdentity{Manufacturer: "M", Model: "K", Serial: "s"}, State: ra.WriteOpen, UpdatedAt: testNow,
	}
	if err := j.SaveWrite(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	w.Step, w.AdminPIN, w.CertificateID = ra.StepConfirm, 2, "cert"
	w.Request, w.Certificate, w.Chain = []byte("csr"), []byte("der"), [][]byte{[]byte("ca")}
	w.Proof = &ra.Proof{OperationID: "op", Challenge: []byte("c"), LeftOvers: []string{"data 01 x"}}
	w.Laps = []ra.Lap{{Step: ra.StepGenerate, Milliseconds: 300}}
	w.Target = &ra.Target{CertificateID: "old", Certificate: []byte("old der"), KeyID: []byte{1}}
	w.Remove = []ra.KeyObject{{Kind: "certificate", ID: []byte{2}, Label: "x", Sum: []byte{3}}}
	if err := j.SaveWrite(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	j = reopen(t, path)
	got, err := j.Write(t.Context(), "op")
	if err != nil || !reflect.DeepEqual(got, w) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, w)
	}
	if open, err := j.OpenWrites(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("open: %d, %v, want 1", len(open), err)
	}
	w.State = ra.WriteDone
	if err := j.SaveWrite(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if open, err := j.OpenWrites(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("open: %d, %v, want 0", len(open), err)
	}
	if err := j.DropWrite(t.Context(), "op"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Write(t.Context(), "op"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestEveryStepFitsTheTable(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	for _, s := range ra.Steps() {
		if err := j.SaveWrite(t.Context(), ra.Write{ID: string(s), Step: s, State: ra.WriteOpen}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	if c, err := j.Cursor(t.Context()); c != "" || err != nil {
		t.Errorf("got %q, %v", c, err)
	}
	for _, want := range []string{"1", "2"} {
		if err := j.SetCursor(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if c, err := j.Cursor(t.Context()); c != want || err != nil {
			t.Errorf("got %q, %v, want %q", c, err, want)
		}
	}
}

func TestFileHoldsNoClearText(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	marker := "MARKER-李四-13800001234"
	page := ra.KeptPage{OrderID: "o", Material: ra.MaterialLicence, Page: ra.Page{ID: "p"}, JPEG: bytes.Repeat([]byte(marker), 4000)}
	if err := j.SavePage(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if got, err := j.Pages(t.Context(), "o"); err != nil || len(got) != 1 || !bytes.Equal(got[0].JPEG, page.JPEG) {
		t.Fatalf("page did not come back: %v", err)
	}
	for _, stage := range []string{"kept", "erased"} {
		files, _ := filepath.Glob(path + "*")
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte(marker)) || strings.HasPrefix(string(data), "SQLite") {
				t.Errorf("%s: %s holds clear text", stage, filepath.Base(f))
			}
		}
		if err := j.ErasePage(t.Context(), "p"); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := j.Pages(t.Context(), "o"); len(got) != 0 {
		t.Errorf("erased page is still there")
	}
}

// TestSeveralWritesAtOnce: each is stored by a goroutine of its own, while others look through all of them; none takes another's place.
func TestSeveralWritesAtOnce(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	const writers, steps = 8, 20
	failed := make([]error, writers)
	var wg sync.WaitGroup
	for i := range writers {
		w := ra.Write{ID: fmt.Sprintf("w%d", i), Plan: ra.PlanMake, Key: ra.KeyIdentity{Serial: fmt.Sprint(i)}, Step: ra.StepReserve, State: ra.WriteOpen}
		wg.Go(func() {
			for n := range steps {
				w.AdminPIN = n + 1
				_, err := j.OpenWrites(t.Context())
				failed[i] = errors.Join(failed[i], err, j.SaveWrite(t.Context(), w))
			}
			if i%2 == 1 {
				failed[i] = errors.Join(failed[i], j.DropWrite(t.Context(), w.ID))
			}
		})
	}
	wg.Wait()
	open, err := j.OpenWrites(t.Context())
	if err = errors.Join(append(failed, err)...); err != nil || len(open) != writers/2 {
		t.Fatalf("%d are open, %v, want %d", len(open), err, writers/2)
	}
	for _, w := range open {
		if w.AdminPIN != steps || w.ID != "w"+w.Key.Serial {
			t.Errorf("write %s of key %s is at %d, want %d", w.ID, w.Key.Serial, w.AdminPIN, steps)
		}
	}
}

func TestWrongKeyTouchesNothing(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	if _, err := j.NextNumber(t.Context(), "XH03"); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	wrong := bytes.Repeat([]byte{8}, KeyBytes)
	for _, check := range []string{"kept", "lost"} {
		if check == "lost" {
			if err := os.Remove(path + ".check"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(t.Context(), path, wrong, clock); !errors.Is(err, ErrKey) {
			t.Errorf("check value %s: got %v, want ErrKey", check, err)
		}
	}
	if _, err := Open(t.Context(), path, testKey[:5], clock); !errors.Is(err, ErrKey) {
		t.Errorf("short key: got %v, want ErrKey", err)
	}
	if n, err := reopen(t, path).NextNumber(t.Context(), "XH03"); err != nil || n != ra.OrderNumber("XH03", 2) {
		t.Errorf("got %s, %v, want the next number", n, err)
	}
}

func TestDamagedFileIsMovedAside(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	if _, err := j.NextNumber(t.Context(), "XH03"); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	if err := os.WriteFile(path, bytes.Repeat([]byte{0xAA}, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path, testKey, clock)
	var damaged *DamagedError
	if !errors.As(err, &damaged) {
		t.Fatalf("got %v, want a DamagedError", err)
	}
	if _, err := os.Stat(damaged.Moved); err != nil {
		t.Error(err)
	}
	n, err := reopen(t, path).NextNumber(t.Context(), "XH03")
	if err != nil {
		t.Fatal(err)
	}
	if _, seq, err := ra.ParseOrderNumber(n); err != nil || seq < 100_000 {
		t.Errorf("got %s: numbers of the lost file could be given again", n)
	}
}

func TestOneProgramAtATime(t *testing.T) {
	t.Parallel()
	_, path := setup(t)
	if _, err := Open(t.Context(), path, testKey, clock); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
}

// A file of another version is refused and stays as it is: the program that wrote it still opens it.
func TestOtherVersionsAreRefused(t *testing.T) {
	t.Parallel()
	for have, want := range map[int]error{1: ErrOlder, schemaVersion - 1: ErrOlder, version + 1: ErrNewer, 99: ErrNewer} {
		j, path := setup(t)
		if _, err := j.db.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, have)); err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path, testKey, clock); !errors.Is(err, want) {
			t.Errorf("version %d: got %v, want %v", have, err, want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("version %d: the refused file was touched (%v)", have, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	if _, err := j.db.Exec(`PRAGMA max_page_count = 40`); err != nil {
		t.Fatal(err)
	}
	page := ra.KeptPage{OrderID: "o", Page: ra.Page{ID: "p"}, JPEG: make([]byte, 1<<20)}
	if err := j.SavePage(t.Context(), page); ra.CodeOf(err) != ra.CodeStoreFull {
		t.Errorf("got %v, want store_full", err)
	}
	if _, err := j.NextNumber(t.Context(), "XH03"); err != nil {
		t.Errorf("after a full disk: %v", err)
	}
}

// The caller overwrites its key as soon as the journal is open; the journal overwrites its own at the end.
func TestKeyIsOverwritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	key := bytes.Clone(testKey)
	j, err := Open(t.Context(), path, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	clear(key)
	j.db.SetMaxIdleConns(0) // every call now makes a connection of its own
	if _, err := j.NextNumber(t.Context(), "XH03"); err != nil {
		t.Errorf("after the caller overwrote its key: %v", err)
	}
	own := j.key
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(own, make([]byte, KeyBytes)) {
		t.Error("the key is still in memory")
	}
}

// A call that its context ended is told apart from a fault of the file.
func TestInterruptedCallIsNoFault(t *testing.T) {
	t.Parallel()
	if err := wrap("x", sqlite3.INTERRUPT); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a call that was given up", err)
	}
}
