// Keyhall-pinyin turns pinyin letters into Chinese by libpinyin. It is a program of its own, spoken to over stdin and
// stdout by package pinyin, for two reasons: a crash in the library must not take the kiosk down, and libpinyin's licence.
//
// Licence: libpinyin is GPL-3.0-or-later; this program, which links it, is distributed under the same licence.
//
// Each line of stdin is a request and gets one line of JSON as its answer:
//
//	{"letters":"zhangs","limit":20}       {"preedit":"zhang s","candidates":[{"text":"张三","letters":6}]}
//
// It ends with its stdin. What the library keeps stays in memory and in the folder that it is started with, which the program removes.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

type request struct {
	Letters string `json:"letters"`
	Limit   int    `json:"limit"`
}

type answer struct {
	Preedit    string      `json:"preedit"`
	Candidates []candidate `json:"candidates,omitempty"`
}

type candidate struct {
	Text    string `json:"text"`
	Letters int    `json:"letters"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-pinyin:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("keyhall-pinyin", flag.ContinueOnError)
	data := flags.String("data", "", "libpinyin's data `folder`; found by itself")
	dir := flags.String("dir", "", "private `folder` for what the library keeps; removed at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "keyhall-pinyin-"); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(*dir)) }()
	if *data == "" {
		if *data, err = findData(); err != nil {
			return err
		}
	}
	l, err := openLibrary(*data, *dir)
	if err != nil {
		return err
	}
	defer l.close()
	return serve(l, in, out)
}

func findData() (string, error) {
	found, err := filepath.Glob("/usr/lib/*/libpinyin/data")
	if err != nil || len(found) == 0 {
		return "", errors.New("no data of libpinyin (Debian: libpinyin-data)")
	}
	return found[0], nil
}

// serve answers one line with one line; the first line that it writes says that it is ready.
func serve(l *library, in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	if err := answers.Encode(answer{}); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var q request
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return err
		}
		if err := answers.Encode(l.compose(q.Letters, q.Limit)); err != nil {
			return err
		}
	}
	return lines.Err()
}
