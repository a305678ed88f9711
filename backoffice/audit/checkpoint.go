package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Checkpoint says up to where the trail went at a time, signed. In one line it is
//
//	keyhall-audit-2 REGISTER SET LINES TIME HASH KEY SIGNATURE
//
// with the hash in hexadecimal, the key (Ed25519, 32 bytes) and the signature, which is of all before KEY, in base64 without padding.
type Checkpoint struct {
	Register  string
	Set       int64
	Lines     int64 // in all sets up to this
	At        time.Time
	Hash      []byte
	Key       []byte
	Signature []byte
}

const checkpointVersion = "keyhall-audit-2"

// base64Text has no character that a terminal or a QR code would change.
var base64Text = base64.RawURLEncoding

func (c Checkpoint) statement() string {
	return strings.Join([]string{checkpointVersion, c.Register, strconv.FormatInt(c.Set, 10), strconv.FormatInt(c.Lines, 10),
		c.At.UTC().Format(time.RFC3339Nano), hex.EncodeToString(c.Hash)}, " ")
}

// String is its line.
func (c Checkpoint) String() string {
	return c.statement() + " " + base64Text.EncodeToString(c.Key) + " " + base64Text.EncodeToString(c.Signature)
}

// errCheckpoint is for text that is no checkpoint.
var errCheckpoint = errors.New("audit: no checkpoint")

// ParseCheckpoint reads a line, and checks its signature against its own key: whose key that is the reader compares.
func ParseCheckpoint(line string) (c Checkpoint, err error) {
	words := strings.Fields(line)
	if len(words) != 8 || words[0] != checkpointVersion {
		return c, errCheckpoint
	}
	c.Register = words[1]
	var errs [6]error
	c.Set, errs[0] = strconv.ParseInt(words[2], 10, 64)
	c.Lines, errs[1] = strconv.ParseInt(words[3], 10, 64)
	c.At, errs[2] = time.Parse(time.RFC3339Nano, words[4])
	c.Hash, errs[3] = hex.DecodeString(words[5])
	c.Key, errs[4] = base64Text.DecodeString(words[6])
	c.Signature, errs[5] = base64Text.DecodeString(words[7])
	if err := errors.Join(errs[:]...); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	if c.Set < 1 || len(c.Key) != ed25519.PublicKeySize || c.String() != strings.Join(words, " ") {
		return Checkpoint{}, errCheckpoint
	}
	if !ed25519.Verify(c.Key, []byte(c.statement()), c.Signature) {
		return Checkpoint{}, fmt.Errorf("%w: its signature is not good", errCheckpoint)
	}
	return c, nil
}

// checkpoint is what a set says as one.
func (t *Trail) checkpoint(s book.AuditSet) Checkpoint {
	return Checkpoint{Register: t.Register, Set: s.Number, Lines: s.Total, At: s.SealedAt, Hash: s.Hash, Key: t.Key.Public(), Signature: s.Signature}
}

// Checkpoint seals what is new and returns the newest set's: CodeNotFound where the trail is empty.
func (t *Trail) Checkpoint(ctx context.Context) (Checkpoint, error) {
	if _, err := t.SealAudit(ctx); err != nil {
		return Checkpoint{}, err
	}
	last, err := t.Store.LastSet(ctx)
	return t.checkpoint(last), err
}

// WriteCheckpoint adds the newest checkpoint to the file, unless it stands there already, and returns how many it added.
func (t *Trail) WriteCheckpoint(ctx context.Context) (n int, err error) {
	if t.Checkpoints == "" {
		return 0, nil
	}
	last, err := t.Store.LastSet(ctx)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(t.Checkpoints, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return 0, fmt.Errorf("audit: checkpoints: %w", err)
	}
	defer f.Close()
	end, err := lastLine(f)
	if err != nil {
		return 0, err
	}
	line := t.checkpoint(last).String()
	if end.text == line {
		return 0, nil
	}
	if end.broken { // a power cut left half a line
		line = "\n" + line
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		return 0, fmt.Errorf("audit: checkpoints: %w", err)
	}
	return 1, errors.Join(f.Sync(), f.Close())
}

// endOf is the last line of a file, "" where it is not there.
func endOf(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("audit: checkpoints: %w", err)
	}
	defer f.Close()
	end, err := lastLine(f)
	return end.text, err
}

// ending is how a file ends.
type ending struct {
	text   string // its last line
	broken bool   // which has no end
}

// lastLine reads no more than the end of a file.
func lastLine(f *os.File) (end ending, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return end, err
	}
	const longest = 1024
	tail := make([]byte, min(size, longest))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return end, fmt.Errorf("audit: checkpoints: %w", err)
	}
	text := string(tail)
	end.broken = !strings.HasSuffix(text, "\n")
	text = strings.TrimSuffix(text, "\n")
	return ending{text[strings.LastIndexByte(text, '\n')+1:], end.broken}, nil
}

// readCheckpoints gives the checkpoints of a file in their order, and what of it is none. A file that is not there has none.
func readCheckpoints(path string, see func(line int, c Checkpoint, err error)) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: checkpoints: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := 1
	for ; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		c, err := ParseCheckpoint(lines.Text())
		see(n, c, err)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) { // a power cut may leave zeros
		see(n, Checkpoint{}, errCheckpoint)
		return nil
	}
	return lines.Err()
}
