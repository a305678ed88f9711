package journal

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

// writeForever is the child: it says on stdout what the journal has promised to keep.
func writeForever(path string) {
	ctx := context.Background()
	j, err := Open(ctx, path, testKey, clock)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		w := ra.Write{ID: "op" + strconv.Itoa(i%7), Step: ra.StepGenerate, State: ra.WriteOpen, Request: bytes.Repeat([]byte{byte(i)}, 9000)}
		page := ra.KeptPage{OrderID: "o", Page: ra.Page{ID: strconv.Itoa(i)}, JPEG: bytes.Repeat([]byte{byte(i)}, 30_000)}
		number, err := j.NextNumber(ctx, "XH03")
		if err == nil {
			err = j.SaveWrite(ctx, w)
		}
		if err == nil {
			err = j.SavePage(ctx, page)
		}
		if err == nil {
			err = j.SaveMandate(ctx, left("o"+strconv.Itoa(i%5), strconv.Itoa(i)))
		}
		if err == nil && i%3 == 2 {
			err = j.ErasePage(ctx, strconv.Itoa(i-2))
		}
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("kept", i, number)
	}
}

func TestKilledInTheMiddleOfWriting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	numbers := map[string]bool{}
	for round := range 4 {
		last := runAndKill(t, path, 20+7*round, numbers)
		j, err := Open(t.Context(), path, testKey, clock)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkKept(t, j, last)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill kills the child after it has kept n rounds, and returns the last that it told of.
func runAndKill(t *testing.T, path string, n int, numbers map[string]bool) (last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JOURNAL_TEST_CHILD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word := strings.Fields(lines.Text())
		if len(word) != 3 || word[0] != "kept" {
			t.Errorf("child says %q", lines.Text())
			break
		}
		last, _ = strconv.Atoi(word[1])
		if numbers[word[2]] {
			t.Errorf("number %s was given twice", word[2])
		}
		numbers[word[2]] = true
		if last == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("child ended by itself")
	}
	return last
}

func checkKept(t *testing.T, j *Journal, last int) {
	t.Helper()
	for i := max(0, last-6); i <= last; i++ {
		w, err := j.Write(t.Context(), "op"+strconv.Itoa(i%7))
		if err != nil || len(w.Request) != 9000 || bytes.Count(w.Request, w.Request[:1]) != 9000 {
			t.Errorf("write of round %d did not come back whole: %v", i, err)
		}
	}
	checkOutbox(t, j, last)
	pages, err := j.Pages(t.Context(), "o")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range pages {
		found = found || p.Page.ID == strconv.Itoa(last)
	}
	if !found {
		t.Errorf("page %d was lost", last)
	}
}

// checkOutbox: for each order the mandate of its last round, or of the one that was begun.
func checkOutbox(t *testing.T, j *Journal, last int) {
	t.Helper()
	all, err := j.Mandates(t.Context(), "")
	if err != nil || len(all) != 5 {
		t.Errorf("%d mandates, %v, want 5", len(all), err)
	}
	for _, k := range all {
		if round, err := strconv.Atoi(string(k.Seal)); err != nil || round < last-4 || k.OrderID != "o"+strconv.Itoa(round%5) {
			t.Errorf("after round %d order %s has the mandate of round %s", last, k.OrderID, k.Seal)
		}
	}
}
