package pinyin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// worker is one engine process with its private folder.
type worker struct {
	cmd    *exec.Cmd
	dir    string
	in     *os.File
	out    *os.File
	lines  *bufio.Scanner
	exited chan struct{}
}

// startWorker starts an engine and waits until it is ready.
func startWorker(ctx context.Context, command []string) (*worker, error) {
	dir, err := os.MkdirTemp("", "keyhall-pinyin-") // 0700
	if err != nil {
		return nil, err
	}
	w := &worker{dir: dir, exited: make(chan struct{})}
	if err := w.start(command); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer context.AfterFunc(ctx, func() { w.cmd.Process.Kill() })()
	if _, err := w.read(time.Now().Add(warmUp)); err != nil {
		return nil, errors.Join(err, w.end())
	}
	return w, nil
}

func (w *worker) start(command []string) error {
	childIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, childIn.Close(), in.Close())
	}
	w.cmd = exec.Command(command[0], append(command[1:len(command):len(command)], "--dir", w.dir)...)
	// Ctrl-C in the kiosk's terminal is not for the engine. Stderr goes nowhere: a crash prints what was typed.
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	w.cmd.Stdin, w.cmd.Stdout = childIn, childOut
	err = w.cmd.Start()
	childIn.Close()
	childOut.Close()
	if err != nil {
		return errors.Join(err, in.Close(), out.Close())
	}
	w.in, w.out, w.lines = in, out, bufio.NewScanner(out)
	go func() {
		defer close(w.exited)
		w.cmd.Wait()
	}()
	return nil
}

// exchange asks and waits for the answer. After an error the worker is of no more use.
func (w *worker) exchange(q request, deadline time.Time) (answer, error) {
	line, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	if err := w.in.SetWriteDeadline(deadline); err != nil {
		return answer{}, err
	}
	if _, err := w.in.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	line, err = w.read(deadline)
	if err != nil {
		return answer{}, err
	}
	return decode(line, q)
}

func (w *worker) read(deadline time.Time) ([]byte, error) {
	if err := w.out.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	if !w.lines.Scan() {
		if err := w.lines.Err(); err != nil {
			return nil, err
		}
		return nil, io.ErrUnexpectedEOF
	}
	return w.lines.Bytes(), nil
}

// end kills the process and removes its folder, in this order: afterwards nothing knows what was typed.
func (w *worker) end() error {
	w.cmd.Process.Kill()
	w.in.Close()
	w.out.Close()
	<-w.exited
	if err := os.RemoveAll(w.dir); err != nil {
		return fmt.Errorf("the folder of the pinyin engine: %w", err)
	}
	return nil
}
