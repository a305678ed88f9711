package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestPINsAreReadLineByLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := pinReader{in: strings.NewReader("1234\r\n\n5678"), out: &out}
	if got := p.read("First"); string(got) != "1234" || p.err != nil {
		t.Errorf("got %q, %v", got, p.err)
	}
	if p.read("Second"); p.err == nil {
		t.Error("an empty PIN was taken")
	}
	p.err = nil
	if got := p.read("Third"); string(got) != "5678" || p.err != nil {
		t.Errorf("without a line's end: got %q, %v", got, p.err)
	}
	if p.read("Fourth"); p.err == nil {
		t.Error("a PIN came out of nothing")
	}
	long := pinReader{in: strings.NewReader(strings.Repeat("7", 1000))}
	if long.read("Long"); long.err == nil {
		t.Error("a PIN without an end was taken")
	}
	if out.Len() > 0 {
		t.Errorf("prompt %q though there is no terminal", out.String())
	}
}
