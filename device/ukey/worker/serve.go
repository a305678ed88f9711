package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"keyhall/device/ukey"
)

// orphanGrace is how long a worker whose kiosk is gone may finish the call it is in: cutting a key off while it writes
// is worse than a process that lingers.
const orphanGrace = 5 * time.Minute

// ServeStdio is the worker's main: Serve on stdin and stdout. Drivers' libraries print what they like on stdout, so they
// get stderr in its place. A polite stop, which systemd sends to every process of a service, does not end a worker in the middle
// of a call: the end of stdin does, after it. Nor do the other signals that a person or a program sends to whatever bears the kiosk's name.
func ServeStdio(drivers Drivers, name string, options []byte) error {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGPIPE)
	fd, err := syscall.Dup(int(os.Stdout.Fd()))
	if err != nil {
		return err
	}
	syscall.CloseOnExec(fd)
	out := os.NewFile(uintptr(fd), "frames")
	defer func() { _ = out.Close() }()
	if err := syscall.Dup3(int(os.Stderr.Fd()), int(os.Stdout.Fd()), 0); err != nil {
		return err
	}
	return Serve(context.Background(), os.Stdin, out, drivers, name, options)
}

// ServeIfWorker is for the TestMain of packages that use a Reader: where the process was started as a worker by the
// default Config.Command it serves and ends the process, else it returns at once.
func ServeIfWorker(drivers Drivers) {
	if len(os.Args) != 4 || os.Args[1] != command {
		return
	}
	if err := ServeStdio(drivers, os.Args[2], []byte(os.Args[3])); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve serves the driver of this name to the kiosk at the other end of in and out until in ends or ctx does. The
// process must end after it returns: a call may still hang in the driver.
func Serve(ctx context.Context, in io.Reader, out io.Writer, drivers Drivers, name string, options []byte) error {
	open, known := drivers[name]
	if !known {
		return fmt.Errorf("there is no key driver %q", name)
	}
	requests, gone := make(chan request), make(chan error, 1)
	go func() {
		defer close(requests)
		for {
			var q request
			if err := readRequest(in, &q); err != nil {
				gone <- err
				return
			}
			select {
			case requests <- q:
			case <-ctx.Done():
				return
			}
		}
	}()
	served := make(chan error, 1)
	go func() {
		served <- (&server{open: func() (Driver, error) { return open(options) }}).serve(requests, out)
	}()

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case err := <-gone:
		if !errors.Is(err, io.EOF) {
			return err
		}
	}
	select {
	case err := <-served:
		return err
	case <-time.After(orphanGrace):
		return ukey.ErrTimeout
	}
}

// server answers one request after the other. The driver is opened at the first, so that what is wrong with it is
// told to the kiosk.
type server struct {
	open func() (Driver, error)
	d    Driver
	s    Session
	mark io.Closer // of the key that this worker alone works on
}

func (v *server) serve(requests <-chan request, out io.Writer) error {
	runtime.LockOSThread() // some drivers know their caller by its thread
	defer v.close()
	for q := range requests {
		start := time.Now()
		answer, err := v.answer(q)
		q.forget()
		if err != nil {
			answer = response{Error: toWire(err)}
		}
		answer.Spent = time.Since(start)
		if err := writeFrame(out, answer); err != nil {
			return err
		}
	}
	return nil
}

func (v *server) close() {
	_ = v.closeKey()
	if v.d != nil {
		v.d.Close()
	}
}

// closeKey lets go of the open key and of its mark.
func (v *server) closeKey() (err error) {
	if v.s != nil {
		err = v.s.Close()
	}
	if v.mark != nil {
		_ = v.mark.Close()
	}
	v.s, v.mark = nil, nil
	return err
}

func (v *server) answer(q request) (response, error) {
	switch q.Method {
	case "list", "look", "open":
		return v.around(q)
	case "close":
		return response{}, v.closeKey()
	default:
		return v.call(q)
	}
}

// around is a call that does not need an open key. The driver is opened by these alone, because it sees the keys as they are then:
// after a "close" that came first it would hold what it saw until a key is opened, whatever others change meanwhile.
func (v *server) around(q request) (response, error) {
	if q.Method == "open" && q.Key.Serial != "" && v.mark == nil {
		// Before the driver is opened: some look at the key's contents only then.
		mark, err := alone(q.Key)
		if err != nil {
			return response{}, err
		}
		v.mark = mark
	}
	if v.d == nil {
		d, err := v.open()
		if err != nil {
			return response{}, err
		}
		v.d = d
	}
	switch q.Method {
	case "list":
		return v.list()
	case "look":
		return v.look(q.Key)
	default:
		s, err := v.d.Open(q.Key)
		if err == nil {
			v.s = s
		}
		return response{}, err
	}
}

// list looks twice when the first look is in trouble.
func (v *server) list() (response, error) {
	infos, err := v.d.List()
	if errors.Is(err, ukey.ErrDevice) {
		infos, err = v.d.List()
	}
	tellTwins(infos)
	return response{Infos: infos}, err
}

// look tells what a newcomer sees on a key.
func (v *server) look(key ukey.Identity) (response, error) {
	s, err := v.d.Open(key)
	if err != nil {
		return response{}, err
	}
	var objects []ukey.Object
	if s.Initialized() {
		objects, err = s.Objects()
	}
	if closed := s.Close(); err == nil {
		err = closed
	}
	if errors.Is(err, ukey.ErrDevice) { // it may have been pulled meanwhile
		if gone := v.there(key); gone != nil {
			err = gone
		}
	}
	return response{Objects: objects}, err
}

func (v *server) there(key ukey.Identity) error {
	infos, err := v.d.List()
	if err == nil {
		_, err = Find(infos, key)
	}
	return err
}

// call serves the open key. Drivers give all kinds of codes for a key that is gone; a twin counts whatever came out.
func (v *server) call(q request) (response, error) {
	method, known := methods[q.Method]
	if !known {
		return response{}, &ukey.DeviceError{Call: "worker", Code: "unknown method " + q.Method}
	}
	if v.s == nil {
		return response{}, ukey.ErrRemoved
	}
	if !v.s.Initialized() && !slices.Contains(beforeInitialize, q.Method) {
		return response{}, &ukey.DeviceError{Call: q.Method, Code: "key was never initialised"}
	}
	answer, err := method(v.s, q)
	gone := v.s.Present()
	if errors.Is(err, ukey.ErrDevice) && gone == nil && v.again(q) {
		answer, err = method(v.s, q)
		gone = v.s.Present()
	}
	if errors.Is(gone, ukey.ErrTwin) || gone != nil && errors.Is(err, ukey.ErrDevice) {
		return response{}, gone
	}
	return answer, err
}

// again tells whether a call that the key reported an error of may be made once more: passing trouble then passes without
// anybody noticing. Such calls only look, or look first at what is there. A PIN is not given twice unless the key says that
// the first one was not counted.
func (v *server) again(q request) bool {
	switch q.Method {
	case "info", "objects", "public", "sign", "decrypt", "write":
		return true
	case "login":
		info, err := v.s.Info()
		return err == nil && q.Role == ukey.Customer && info.UserPIN == ukey.PINOK
	}
	return false
}
