// Package speech has words spoken by speech-dispatcher, the daemon that Debian's screen readers speak through, over its socket. A daemon
// that is away, slow or gone in the middle of a word troubles nobody: nothing is heard then. It decides nothing of what is said.
package speech

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// Config says where the daemon is.
type Config struct {
	Socket string // of its own protocol, SSIP
	Log    *slog.Logger
	Look   time.Duration // how often a daemon that is away is looked for, default 20 s
}

// Speaker speaks one text at a time: the next one silences it. Its methods block nobody and may be called from any goroutine.
type Speaker struct {
	cfg   Config
	wants chan text
	ready atomic.Bool
	line  *line // of Run's goroutine, nil while there is none
}

// text is what is to be heard now; without words, silence.
type text struct {
	language string // "zh", "en"
	words    []string
}

// patience is how long the daemon may take for one answer.
const patience = 2 * time.Second

// New makes a Speaker, which Run serves.
func New(cfg Config) *Speaker {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Look == 0 {
		cfg.Look = 20 * time.Second
	}
	return &Speaker{cfg: cfg, wants: make(chan text, 1)}
}

// Ready reports whether the daemon answered when it was asked last.
func (s *Speaker) Ready() bool { return s.ready.Load() }

// Say has words heard in a language, and nothing else any more.
func (s *Speaker) Say(language string, words ...string) {
	s.want(text{language, slices.Clone(words)})
}

// Hush ends what is heard.
func (s *Speaker) Hush() { s.want(text{}) }

// want puts a text in the place of the one that waits.
func (s *Speaker) want(t text) {
	for {
		select {
		case s.wants <- t:
			return
		default:
		}
		select {
		case <-s.wants:
		default:
		}
	}
}

// Run speaks until ctx ends.
func (s *Speaker) Run(ctx context.Context) {
	look := time.NewTicker(s.cfg.Look)
	defer look.Stop()
	s.serve(text{})
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case t := <-s.wants:
			s.serve(t)
		case <-look.C:
			s.look()
		}
	}
	if s.line != nil {
		s.line.quit()
	}
}

// serve speaks, over a new line where there is none; a line that failed is given up.
func (s *Speaker) serve(t text) {
	err := s.connect()
	if err == nil {
		err = s.line.speak(t)
	}
	s.settle(err)
}

// look finds out whether the daemon is there.
func (s *Speaker) look() {
	err := s.connect()
	if err == nil {
		err = s.line.idle()
	}
	s.settle(err)
}

func (s *Speaker) connect() error {
	if s.line != nil {
		return nil
	}
	conn, err := net.DialTimeout("unix", s.cfg.Socket, patience)
	if err != nil {
		return err
	}
	s.line = newLine(conn)
	return s.line.greet()
}

// settle keeps what came of it. That the daemon went or came stands in the log once.
func (s *Speaker) settle(err error) {
	if s.ready.Swap(err == nil) != (err == nil) {
		s.cfg.Log.Info("speech", "ready", err == nil, "error", err)
	}
	if err != nil && s.line != nil {
		s.line.quit()
		s.line = nil
	}
}
