package local

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"keyhall/backoffice/book"
)

// signedFile is the list of everything that this CA signed, a line each: kind, serial number, SHA-256, in hex. A line is on
// the disk before the certificate is given away, so that an auditor finds one that the register does not know.
const signedFile = "signed.log"

// signedList appends to the list. Several programs may append to one file: a line is one write.
type signedList struct {
	mu   sync.Mutex
	file *os.File
}

func openSigned(dir string) (*signedList, error) {
	f, err := os.OpenFile(filepath.Join(dir, signedFile), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		err = endLine(f)
	}
	if err != nil {
		return nil, fmt.Errorf("list of what the CA signed: %w", err)
	}
	return &signedList{file: f}, nil
}

// endLine ends a line that a power cut left unfinished, so that the next one stands alone.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.WriteString("\n")
	return err
}

func (l *signedList) add(kind book.SignedKind, serial string, der []byte) error {
	sum := sha256.Sum256(der)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintf(l.file, "%s %s %x\n", kind, serial, sum)
	if err := errors.Join(err, l.file.Sync()); err != nil {
		return fmt.Errorf("list of what the CA signed: %w", err)
	}
	return nil
}

func (l *signedList) close() error { return l.file.Close() }

// Signed calls each for everything that this CA signed here, in the order of signing; the same certificate may come several
// times. A line that a power cut left unfinished was never given away and is passed over.
func (i *Issuer) Signed(ctx context.Context, each func(book.Signed) error) error {
	f, err := os.Open(filepath.Join(i.dir, signedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list of what the CA signed: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s, ok := parseSigned(lines.Text()); ok {
			if err := each(s); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func parseSigned(line string) (book.Signed, bool) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		return book.Signed{}, false
	}
	sum, err := hex.DecodeString(parts[2])
	return book.Signed{Kind: book.SignedKind(parts[0]), SerialNumber: parts[1], SHA256: sum}, err == nil && len(sum) == sha256.Size
}
