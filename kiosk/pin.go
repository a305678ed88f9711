package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxTypedPIN bounds a PIN that is read, in bytes.
const maxTypedPIN = 256

// pinReader asks for PINs without showing them. After an error it reads nothing more.
type pinReader struct {
	terminal bool
	in       io.Reader // not buffered: a buffer would keep the PINs
	out      io.Writer // prompts
	err      error
}

func (p *pinReader) read(prompt string) []byte {
	if p.err != nil {
		return nil
	}
	var pin []byte
	if p.terminal {
		_, _ = fmt.Fprintf(p.out, "%s: ", prompt)
		pin, p.err = term.ReadPassword(int(os.Stdin.Fd()))
		_, _ = fmt.Fprintln(p.out)
	} else {
		pin, p.err = readLine(p.in)
	}
	if p.err == nil && len(pin) == 0 {
		p.err = errors.New("a PIN is needed")
	}
	if p.err != nil {
		p.err = fmt.Errorf("%s: %w", strings.ToLower(prompt), p.err)
	}
	return pin
}

// readLine reads a line without its end; the last one may have none. io.EOF when there is no more.
func readLine(in io.Reader) ([]byte, error) {
	line := make([]byte, 0, maxTypedPIN+1)
	for len(line) < cap(line) {
		n, err := in.Read(line[len(line) : len(line)+1])
		line = line[:len(line)+n]
		if n == 1 && line[len(line)-1] == '\n' || errors.Is(err, io.EOF) && len(line) > 0 {
			return bytes.TrimRight(line, "\r\n"), nil
		}
		if err != nil {
			return nil, err
		}
	}
	clear(line)
	return nil, errors.New("too long")
}
