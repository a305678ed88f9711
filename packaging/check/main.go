// Check holds the repository to its own rules: who imports whom, names and their twins, sizes, .ui files, translations,
// colours, documents, scripts. Each rule prints one line, "ok" or "FAIL", with what it found below; any finding makes the exit status 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

// rule looks at a tree and tells what is wrong with it.
type rule struct {
	what  string
	check func(context.Context, *tree) (findings, error)
}

// findings are what is wrong, and what only should be better.
type findings struct {
	wrong    []string
	warnings []string
}

func (f *findings) add(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func (f *findings) warn(format string, args ...any) {
	f.warnings = append(f.warnings, fmt.Sprintf(format, args...))
}

// errNoTool means that a rule's program is not installed: fine on somebody's machine, a failure in CI.
var errNoTool = errors.New("not installed")

func rules() []rule {
	return []rule{
		{"import table", checkImports},
		{"foreign modules in their places", checkForeign},
		{"test packages imported by tests only", checkTestPackages},
		{"names of packages", checkNames},
		{"sizes of files", checkSizes},
		{"sizes of packages", checkPackageSizes},
		{"built programs", checkPrograms},
		{"shadowed names", checkShadows},
		{"twins of names", checkTwins},
		{"back office builds without cgo", checkWithoutCgo},
		{".ui files", checkUI},
		{"translations of the kiosk", checkWords(kioskWords)},
		{"translations of the console", checkWords(consoleWords)},
		{"contrast of colours", checkColours},
		{"what documents speak of", checkNamed},
		{"shell scripts", checkScripts},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	ok, err := run(ctx, root, os.Getenv("CI") != "", os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, ci bool, out io.Writer) (ok bool, err error) {
	t, err := load(ctx, root)
	if err != nil {
		return false, err
	}
	ok = true
	for _, r := range rules() {
		f, err := r.check(ctx, t)
		if errors.Is(err, errNoTool) && !ci {
			fmt.Fprintf(out, "skip %s: %v\n", r.what, err)
			continue
		}
		if err != nil {
			f.add("%v", err)
		}
		verdict := "ok  "
		if len(f.wrong) > 0 {
			verdict, ok = "FAIL", false
		}
		fmt.Fprintln(out, verdict, r.what)
		for _, line := range f.wrong {
			fmt.Fprintln(out, "       ", line)
		}
		for _, line := range f.warnings {
			fmt.Fprintln(out, "        warning:", line)
		}
	}
	return ok, nil
}

// tool runs a program in the tree and returns what it says; a program's own complaint is the second result.
func (t *tree) tool(ctx context.Context, env []string, name string, args ...string) (said string, complains bool, err error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", false, fmt.Errorf("%s %w", name, errNoTool)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = t.root
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(out), true, nil
	}
	return string(out), false, err
}
