package pinyin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// binary is the engine, built once.
var binary string

// The test program also plays engines that misbehave.
func TestMain(m *testing.M) {
	if behaviour := os.Getenv("KEYHALL_TEST_ENGINE"); behaviour != "" {
		misbehave(behaviour)
		return
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keyhall-pinyin-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if missing := exec.Command("pkg-config", "--exists", "libpinyin").Run(); missing != nil {
		fmt.Fprintln(os.Stderr, "libpinyin15-dev is not installed")
		if os.Getenv("CI") != "" {
			return 1
		}
		return 0
	}
	binary = filepath.Join(dir, "keyhall-pinyin")
	if out, err := exec.Command("go", "build", "-o", binary, "./engine").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func misbehave(behaviour string) {
	fmt.Println(`{"preedit":""}`)
	switch behaviour {
	case "hang":
		select {}
	case "babble":
		for {
			fmt.Println(`{"preedit":"other"}`)
		}
	}
}

func setup(t *testing.T, command ...string) *Engine {
	if len(command) == 0 {
		command = []string{binary}
	}
	e, err := Start(t.Context(), Config{Command: command})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// compose asks until the engine answers: on a busy machine its start may take longer than a call waits.
func compose(t *testing.T, e *Engine, letters string) Composition {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		c, err := e.Compose(ctx, letters, 30)
		if err == nil {
			return c
		}
		if !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

func texts(c Composition) []string {
	var all []string
	for _, candidate := range c.Candidates {
		all = append(all, candidate.Text)
	}
	return all
}

func TestSentenceFirst(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for letters, want := range map[string]struct{ preedit, text string }{
		"zhengshu":                               {"zheng shu", "证书"},
		"fadingdaibiaoren":                       {"fa ding dai biao ren", "法定代表人"},
		"beijingshuzirenzhenggufenyouxiangongsi": {"bei jing shu zi ren zheng gu fen you xian gong si", "北京数字认证股份有限公司"},
		"xi'an":                                  {"xi an", "西安"},
		"'xi'an":                                 {"xi an", "西安"},
	} {
		c := compose(t, e, letters)
		if c.Preedit != want.preedit {
			t.Errorf("%s: preedit %q, want %q", letters, c.Preedit, want.preedit)
		}
		if len(c.Candidates) == 0 || c.Candidates[0] != (Candidate{want.text, len(letters)}) {
			t.Errorf("%s: got %v, want %s first", letters, c.Candidates, want.text)
		}
	}
	if got := texts(compose(t, e, "beijingshuzirenzhenggufenyouxiangongsi")); !slices.Contains(got, "北京") {
		t.Errorf("got %v, want 北京 among them", got)
	}
}

func TestPartsAndInitials(t *testing.T) {
	t.Parallel()
	c := compose(t, setup(t), "zhangs")
	if want := "zhang s"; c.Preedit != want {
		t.Errorf("preedit %q, want %q", c.Preedit, want)
	}
	if !slices.Contains(c.Candidates, Candidate{"张三", 6}) || !slices.Contains(c.Candidates, Candidate{"张", 5}) {
		t.Errorf("got %v, want 张三 for 6 letters and 张 for 5", c.Candidates)
	}
}

func TestWhatIsNoPinyin(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, letters := range []string{"", "Zhang", "zhang san", "张", "zhang\n", strings.Repeat("a", MaxLetters+1)} {
		if _, err := e.Compose(t.Context(), letters, 10); !errors.Is(err, ErrLetters) {
			t.Errorf("%q: got %v, want ErrLetters", letters, err)
		}
	}
	for _, letters := range []string{"i", "'", "''''", "uv", strings.Repeat("shi", 21), strings.Repeat("v", 64)} {
		c := compose(t, e, letters)
		if got, want := strings.ReplaceAll(c.Preedit, " ", ""), strings.Trim(letters, "'"); got != want {
			t.Errorf("%q: preedit %q", letters, c.Preedit)
		}
	}
}

// What people are called is reached: by pages, by the passport's spelling, by number.
func TestRare(t *testing.T) {
	t.Parallel()
	e := setup(t)
	compose(t, e, "shi")
	for letters, wants := range map[string]string{"yan": "䶮", "yi": "祎", "wei": "韡", "jie": "㛃", "ji": "𠮷", "lyu": "吕", "lv": "吕", "nyu": "女", "di": "𬱖", "xue": "𧮞",
		"u4dae": "䶮", "u20bb7": "𠮷", "u27b9e": "𧮞"} {
		c, err := e.Compose(t.Context(), letters, 700)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(c.Candidates, func(c Candidate) bool { return c.Text == wants && c.Letters == len(letters) })
		if at < 0 {
			t.Errorf("%s: no %s among %d", letters, wants, len(c.Candidates))
		}
		if at > 60 && (wants == "䶮" || wants == "㛃" || wants == "𠮷" || wants == "祎") {
			t.Errorf("%s: %s is the %dth", letters, wants, at)
		}
	}
	for _, none := range []string{"u", "u4d", "u41", "u200b", "ud800", "u3164", "uffffff"} {
		if c, err := e.Compose(t.Context(), none, 700); err != nil || len(c.Candidates) != 0 {
			t.Errorf("%s: %v, %v", none, c.Candidates, err)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	e := setup(t)
	compose(t, e, "shi")
	c, err := e.Compose(t.Context(), "shi", 7)
	if err != nil || len(c.Candidates) != 7 {
		t.Errorf("got %d candidates and %v, want 7", len(c.Candidates), err)
	}
}

// TestWipeLeavesNothing: the process that knew what was typed is gone, and its folder with it; the next one is as good.
func TestWipeLeavesNothing(t *testing.T) {
	t.Parallel()
	e, process := watched(t)
	compose(t, e, "ouyangtaoju")
	before := process()
	dir := folder(t, before)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the engine's folder: %v, %v", info, err)
	}
	if err := e.Wipe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder after the wipe: %v", err)
	}
	compose(t, e, "ouyangtaoju")
	if process() == before {
		t.Error("the process outlived the wipe")
	}
}

func TestKilledEngineRecovers(t *testing.T) {
	t.Parallel()
	e, process := watched(t)
	compose(t, e, "zhengshu")
	pid := process()
	dir := folder(t, pid)
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := compose(t, e, "zhengshu"); got.Candidates[0].Text != "证书" {
		t.Errorf("got %v", got)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder of the killed engine: %v", err)
	}
}

func TestMisbehavingEngine(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []string{"hang", "babble", "end"} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			e := setup(t, "env", "KEYHALL_TEST_ENGINE="+behaviour, os.Args[0])
			for range 2 {
				if _, err := e.Compose(t.Context(), "zhengshu", 10); !errors.Is(err, ErrUnavailable) {
					t.Errorf("got %v, want ErrUnavailable", err)
				}
			}
			if err := e.Wipe(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoSuchProgram(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{nil, {"/nowhere/keyhall-pinyin"}} {
		if _, err := Start(t.Context(), Config{Command: command}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%v: got %v, want ErrUnavailable", command, err)
		}
	}
	e := setup(t, "false")
	if _, err := e.Compose(t.Context(), "zhengshu", 10); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.Close()
	if _, err := e.Compose(t.Context(), "zhengshu", 10); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if err := e.Wipe(t.Context()); err != nil {
		t.Errorf("nothing to wipe: %v", err)
	}
}

// watched is an engine whose process can be found.
func watched(t *testing.T) (e *Engine, process func() int) {
	file := filepath.Join(t.TempDir(), "pid")
	e = setup(t, "sh", "-c", `echo $$ > "$0"; exec "$@"`, file, binary)
	return e, func() int {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
}

// folder reads the private folder from the engine's command line.
func folder(t *testing.T, pid int) string {
	t.Helper()
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	return args[len(args)-1]
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"preedit":"zhang s","candidates":[{"text":"张三","letters":6}]}`), "zhangs")
	f.Add([]byte(`{"preedit":"zhang s","candidates":[{"text":"\u0000","letters":-1}]}`), "zhangs")
	f.Add([]byte(`{}`), "'")
	f.Fuzz(func(t *testing.T, line []byte, letters string) {
		a, err := decode(line, request{Letters: letters, Limit: 20})
		if err != nil {
			return
		}
		for _, c := range a.composition().Candidates {
			if c.Letters < 1 || c.Letters > len(letters) || c.Text == "" {
				t.Errorf("%v for %q", c, letters)
			}
		}
	})
}
