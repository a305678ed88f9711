package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// FirstRelease is the commit with which rates are compared.
const FirstRelease = "6648f08"

// issued is a line of a bench's table: how many clients issued how many certificates per second.
var issued = regexp.MustCompile(`(?m)^issue, ([0-9]+) clients?, ([0-9.]+) /s`)

// Rates reads the issue rates of a printed table, by number of clients.
func Rates(table []byte) map[int]float64 {
	rates := map[int]float64{}
	for _, m := range issued.FindAllSubmatch(table, -1) {
		clients, _ := strconv.Atoi(string(m[1]))                 // digits, by the expression
		rates[clients], _ = strconv.ParseFloat(string(m[2]), 64) // likewise, near enough
	}
	return rates
}

// First builds the programs of the first release in a folder, from the repository that is the working directory, and lets its own bench
// issue certificates in a house of its own: the rates by number of clients.
func First(ctx context.Context, dir string, certificates int) (map[int]float64, error) {
	source, bin := filepath.Join(dir, "first"), filepath.Join(dir, "first", "bin")
	if err := os.MkdirAll(source, 0o711); err != nil {
		return nil, err
	}
	archive := filepath.Join(dir, "first.tar")
	vendor := filepath.Join("backoffice", "console", "static", "vendor")
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	steps := []struct {
		in   string
		env  []string
		args []string
	}{
		{here, nil, []string{"git", "archive", "--output", archive, FirstRelease}},
		{source, nil, []string{"tar", "-xf", archive}},
		{here, nil, []string{"cp", "-r", vendor, filepath.Join(source, vendor)}},
		{source, nil, []string{"go", "build", "-o", bin + "/", "./kiosk", "./packaging/sandbox"}},
		{source, []string{"CGO_ENABLED=0"}, []string{"go", "build", "-o", filepath.Join(bin, "keyhall-backoffice"), "./backoffice"}},
		{bin, nil, []string{"mv", "kiosk", "keyhall-kiosk"}},
		{bin, nil, []string{"mv", "sandbox", "keyhall-sandbox"}},
	}
	for _, s := range steps {
		if _, err := output(ctx, s.in, s.env, s.args...); err != nil {
			return nil, err
		}
	}
	table, err := output(ctx, source, nil, filepath.Join(bin, "keyhall-sandbox"), "bench", "--makes", "0", "--starts", "0", "--tours", "0",
		"--certificates", strconv.Itoa(certificates))
	if err != nil {
		return nil, err
	}
	rates := Rates(table)
	if len(rates) == 0 {
		return nil, fmt.Errorf("the first release's bench printed no rates: %s", table)
	}
	return rates, nil
}

func output(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w: %s", args, err, stderr.Bytes())
	}
	return out, nil
}
