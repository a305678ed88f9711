// Package pinyin turns pinyin letters into Chinese for the on-screen keyboard. It asks an engine that is a program of
// its own (kiosk/pinyin/engine): it may crash or hang without harm, and its library's licence (GPL) stays with it.
package pinyin

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

var (
	// ErrUnavailable means that the engine does not answer; it is started again by itself.
	ErrUnavailable = errors.New("pinyin engine unavailable")
	// ErrLetters means input that is not 1 to MaxLetters of a-z and the apostrophe.
	ErrLetters = errors.New("not pinyin letters")
)

const (
	// MaxLetters is the longest input.
	MaxLetters = 64
	// MaxCandidates is how many candidates the engine gives at most.
	MaxCandidates = 200
)

const (
	patience = 500 * time.Millisecond // for an answer, waiting for the engine's start included
	warmUp   = 10 * time.Second       // for a start: 50 MB of dictionary from a cold disk
	pause    = time.Second            // between starts that do not succeed
)

// Config says how the engine is started.
type Config struct {
	Command []string // program and arguments
}

// Composition is what letters may mean.
type Composition struct {
	Preedit    string // the letters by syllables: "zhang san"
	Candidates []Candidate
}

// Candidate is one meaning of the first letters. The first candidate is the best guess for all of them.
type Candidate struct {
	Text    string
	Letters int // how many letters it stands for
}

// Engine is the running engine. It is safe for concurrent use; calls are answered one after another.
type Engine struct {
	command []string
	calls   chan call
	wipes   chan chan error
	stop    context.CancelFunc
	ended   chan struct{}
}

type call struct {
	request  request
	deadline time.Time
	answer   chan<- outcome
}

type outcome struct {
	answer answer
	err    error
}

// Start starts the engine and keeps it running until Close or until ctx ends. It does not wait for it. ErrUnavailable
// when there is no such program.
func Start(ctx context.Context, cfg Config) (*Engine, error) {
	if len(cfg.Command) == 0 {
		return nil, fmt.Errorf("%w: no command", ErrUnavailable)
	}
	if _, err := exec.LookPath(cfg.Command[0]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	ctx, stop := context.WithCancel(ctx)
	e := &Engine{
		command: cfg.Command,
		calls:   make(chan call),
		wipes:   make(chan chan error),
		stop:    stop,
		ended:   make(chan struct{}),
	}
	go func() {
		defer close(e.ended)
		e.keep(ctx)
	}()
	return e, nil
}

// Close ends the engine and forgets what was typed.
func (e *Engine) Close() error {
	e.stop()
	<-e.ended
	return nil
}

// Compose gives at most limit candidates for the letters: up to MaxCandidates of the engine's, and for a single syllable its rare
// characters too, those of the standard list early, all others behind. "u" and a hexadecimal number is the character of that number, "v" and the
// pinyin of its parts a rare one by what it is made of. It returns within half a second.
// Errors: ErrLetters, ErrUnavailable.
func (e *Engine) Compose(ctx context.Context, letters string, limit int) (Composition, error) {
	if codePoint.MatchString(letters) {
		return byNumber(letters), nil
	}
	if ofParts.MatchString(letters) {
		return byParts(letters, limit), nil
	}
	found, err := e.compose(ctx, letters, limit)
	if err != nil {
		return Composition{}, err
	}
	if v := spelled(letters); v != "" {
		other, err := e.compose(ctx, v, limit)
		if err != nil {
			return Composition{}, err
		}
		found = between(found, withRare(v, other))
	}
	found = withRare(letters, found)
	found.Candidates = found.Candidates[:min(len(found.Candidates), max(limit, 1))]
	return found, nil
}

func (e *Engine) compose(ctx context.Context, letters string, limit int) (Composition, error) {
	if err := checkLetters(letters); err != nil {
		return Composition{}, err
	}
	a, err := e.ask(ctx, request{Letters: letters, Limit: min(max(limit, 1), MaxCandidates)})
	if err != nil {
		return Composition{}, err
	}
	return a.composition(), nil
}

// Wipe forgets everything that was typed: when it returns nil, neither process nor file knows anything of it. To be
// called when the customer leaves.
func (e *Engine) Wipe(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case e.wipes <- done:
	case <-e.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

func (e *Engine) ask(ctx context.Context, q request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	deadline, _ := ctx.Deadline()
	done := make(chan outcome, 1)
	select {
	case e.calls <- call{q, deadline, done}:
	case <-e.ended:
		return answer{}, fmt.Errorf("%w: closed", ErrUnavailable)
	case <-ctx.Done():
		return answer{}, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	// Not given up at the caller's wish: the engine would have to be killed, and started anew.
	o := <-done
	return o.answer, o.err
}

func checkLetters(letters string) error {
	if len(letters) == 0 || len(letters) > MaxLetters || strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz'") != "" {
		return ErrLetters
	}
	return nil
}
