package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"keyhall/backoffice/ra"
)

// trouble is what happens to an attempt while it runs. It ends when the attempt has.
type trouble interface {
	happen(pid int, ended <-chan struct{}) error
}

// calm is no trouble.
type calm struct{}

func (calm) happen(int, <-chan struct{}) error { return nil }

// kill ends the kiosk's process after a while; cut takes its workers with it, as a power cut does.
type kill struct {
	after time.Duration
	cut   bool
}

func (k kill) happen(pid int, ended <-chan struct{}) error {
	if !wait(k.after, ended) {
		return nil
	}
	pids := []int{pid}
	if k.cut {
		pids = append(children(pid), pid)
	}
	for _, p := range pids {
		if err := syscall.Kill(p, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// pull takes the key out after a while.
type pull struct {
	after time.Duration
	out   func() error
}

func (p pull) happen(_ int, ended <-chan struct{}) error {
	if !wait(p.after, ended) {
		return nil
	}
	return p.out()
}

// away kills the back office after a while.
type away struct {
	after  time.Duration
	office func()
}

func (a away) happen(_ int, ended <-chan struct{}) error {
	if wait(a.after, ended) {
		a.office()
	}
	return nil
}

// wait returns false when the attempt ends first.
func wait(d time.Duration, ended <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-ended:
		return false
	}
}

// children lists the processes that pid started.
func children(pid int) (pids []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		text, _ := os.ReadFile(t)
		for f := range strings.FieldsSeq(string(text)) {
			if p, err := strconv.Atoi(f); err == nil {
				pids = append(pids, p)
			}
		}
	}
	return pids
}

// said is all that a child said.
type said struct {
	done     bool
	killed   bool
	how      string
	adminPIN string // the last one released, "" when none was
	prepared bool   // the customer's PIN is on the key
	left     int
	points   int
	code     ra.Code
	why      string
	log      string
	took     time.Duration
}

// start runs a child with its task while the trouble happens. The error is of the soak itself.
func (r *run) start(ctx context.Context, t task, happens trouble) (said, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return said{}, err
	}
	cmd := exec.CommandContext(ctx, r.Command[0], r.Command[1:]...)
	cmd.Env = append(os.Environ(), r.Env...)
	cmd.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return said{}, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return said{}, err
	}
	ended, troubled := make(chan struct{}), make(chan error, 1)
	go func() { troubled <- happens.happen(cmd.Process.Pid, ended) }()
	s := listen(bufio.NewScanner(out))
	close(ended)
	if err := <-troubled; err != nil {
		return s, err
	}
	err = cmd.Wait()
	s.took, s.log = time.Since(begun), stderr.String()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && ctx.Err() == nil {
		s.killed, err = true, nil
	}
	if err != nil {
		err = fmt.Errorf("child: %w: %s", err, s.log)
	}
	return s, err
}

// listen hears a child out; a line that a kill cut off is dropped.
func listen(lines *bufio.Scanner) (s said) {
	for lines.Scan() {
		var w word
		if json.Unmarshal(lines.Bytes(), &w) != nil {
			continue
		}
		s.done = s.done || w.Done
		s.left = max(s.left, w.Left)
		if w.Point != "" {
			s.points++
		}
		s.prepared = s.prepared || w.Point == string(ra.StepSetPIN)+".done"
		if w.AdminPIN != "" {
			s.adminPIN = w.AdminPIN
		}
		if w.How != "" {
			s.how = w.How
		}
		if w.Error != "" {
			s.why, s.code = w.Error, w.Code
		}
	}
	return s
}
