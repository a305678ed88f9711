package speech

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// line is a connection that speaks SSIP, the Speech Synthesis Internet Protocol: a command is a line, an answer one or several of a code
// and words, "225-21" before "225 OK MESSAGE QUEUED"; codes from 300 on are refusals. The words are nobody's: what the daemon says may be
// what was spoken.
type line struct {
	conn     net.Conn
	in       *bufio.Reader
	language string // set last
}

// longest is how many bytes a line of an answer may have.
const longest = 4 << 10

func newLine(conn net.Conn) *line { return &line{conn: conn, in: bufio.NewReaderSize(conn, longest)} }

// greet says who speaks: without a name the daemon takes nothing.
func (l *line) greet() error { return l.ask("SET self CLIENT_NAME keyhall:kiosk:main") }

// idle asks for something that changes nothing.
func (l *line) idle() error { return l.ask("GET VOICE_TYPE") }

// speak ends what is heard of ours and has the text heard.
func (l *line) speak(t text) error {
	if err := l.ask("CANCEL self"); err != nil || len(t.words) == 0 {
		return err
	}
	if t.language != l.language {
		if err := l.ask("SET self LANGUAGE " + t.language); err != nil {
			return err
		}
		l.language = t.language
	}
	for _, words := range t.words {
		if err := l.ask("SPEAK"); err != nil {
			return err
		}
		if err := l.ask(data(words) + "\r\n."); err != nil {
			return err
		}
	}
	return nil
}

// data is words as they follow SPEAK: a line that begins with a dot would end them.
func data(words string) string {
	lines := strings.Split(strings.ReplaceAll(words, "\r", ""), "\n")
	for i, s := range lines {
		if strings.HasPrefix(s, ".") {
			lines[i] = "." + s
		}
	}
	return strings.Join(lines, "\r\n")
}

var errGarbage = errors.New("speech-dispatcher: no answer of its protocol")

// ask sends and reads the answer.
func (l *line) ask(command string) error {
	if err := l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := l.conn.Write([]byte(command + "\r\n")); err != nil {
		return err
	}
	for {
		answer, err := l.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(answer) < 4 || answer[3] == '-' {
			continue
		}
		switch code, err := strconv.Atoi(string(answer[:3])); {
		case err != nil:
			return errGarbage
		case code >= 300:
			return fmt.Errorf("speech-dispatcher refuses: %d", code)
		}
		return nil
	}
}

func (l *line) quit() { l.conn.Close() }
