package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
// get stderr in its place.
func ServeStdio(ctx context.Context, drivers Drivers, name string, options []byte) error {
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
	return Serve(ctx, os.Stdin, out, drivers, name, options)
}

// ServeIfWorker is for the TestMain of packages that use a Reader: where the process was started as a worker by the
// default Config.Command it serves and ends the process, else it returns at once.
func ServeIfWorker(drivers Drivers) {
	if len(os.Args) != 4 || os.Args[1] != command {
		return
	}
	if err := ServeStdio(context.Background(), drivers, os.Args[2], []byte(os.Args[3])); err != nil {
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
	if v.s != nil {
		_ = v.s.Close()
	}
	if v.d != nil {
		v.d.Close()
	}
	if v.mark != nil {
		_ = v.mark.Close()
	}
}

func (v *server) answer(q request) (response, error) {
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
		infos, err := v.d.List()
		tellTwins(infos)
		return response{Infos: infos}, err
	case "look":
		return v.look(q.Key)
	case "open":
		s, err := v.d.Open(q.Key)
		if err == nil {
			v.s = s
		}
		return response{}, err
	default:
		return v.call(q)
	}
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
	if errors.Is(gone, ukey.ErrTwin) || gone != nil && errors.Is(err, ukey.ErrDevice) {
		return response{}, gone
	}
	return answer, err
}

// methods are the calls to an open key.
var methods = map[string]func(s Session, q request) (response, error){
	"info": func(s Session, _ request) (response, error) {
		info, err := s.Info()
		return response{Infos: []ukey.Info{info}}, err
	},
	"objects": func(s Session, _ request) (response, error) {
		objects, err := s.Objects()
		return response{Objects: objects}, err
	},
	"initialize": func(s Session, q request) (response, error) { return response{}, s.Initialize(q.setup()) },
	"login":      func(s Session, q request) (response, error) { return response{}, s.Login(q.Role, q.PIN) },
	"logout":     func(s Session, _ request) (response, error) { s.Logout(); return response{}, nil },
	"setpin":     func(s Session, q request) (response, error) { return response{}, s.SetPIN(q.PIN, q.NewPIN) },
	"initpin":    func(s Session, q request) (response, error) { return response{}, s.InitPIN(q.PIN, q.NewPIN) },
	"generate": func(s Session, q request) (response, error) {
		spki, err := s.GenerateKey(q.pair())
		return response{Value: spki}, err
	},
	"public": func(s Session, q request) (response, error) {
		spki, err := s.PublicKey(q.ID)
		return response{Value: spki}, err
	},
	"sign": func(s Session, q request) (response, error) {
		signature, err := s.Sign(q.ID, ukey.Signature(q.Way), q.Value)
		return response{Value: signature}, err
	},
	"decrypt": func(s Session, q request) (response, error) {
		plain, err := s.Decrypt(q.ID, ukey.Decryption(q.Way), q.Value)
		return response{Value: plain}, err
	},
	"write": func(s Session, q request) (response, error) {
		return response{}, s.WriteCertificate(q.ID, q.Label, q.Value)
	},
	"delete": func(s Session, q request) (response, error) { return response{}, s.Delete(q.Kind, q.ID) },

	"pad-login":   able(func(s PINPad, q request) (response, error) { return response{}, s.LoginOnPad(q.Role) }),
	"pad-setpin":  able(func(s PINPad, _ request) (response, error) { return response{}, s.SetPINOnPad() }),
	"pad-initpin": able(func(s PINPad, _ request) (response, error) { return response{}, s.InitPINOnPad() }),
	"challenge": able(func(s DeviceAuthenticator, _ request) (response, error) {
		challenge, err := s.DeviceChallenge()
		return response{Device: challenge}, err
	}),
	"authenticate": able(func(s DeviceAuthenticator, q request) (response, error) {
		return response{}, s.AuthenticateDevice(q.PIN)
	}),
	"import": able(func(s KeyImporter, q request) (response, error) {
		spki, err := s.ImportKey(q.With, q.pair(), q.Value)
		return response{Value: spki}, err
	}),
}

// able is a call that only some sessions can do.
func able[S any](call func(s S, q request) (response, error)) func(s Session, q request) (response, error) {
	return func(s Session, q request) (response, error) {
		able, can := s.(S)
		if !can {
			return response{}, fmt.Errorf("%s: %w", q.Method, ukey.ErrUnsupported)
		}
		return call(able, q)
	}
}

// beforeInitialize are the calls to a key that was never initialised.
var beforeInitialize = []string{"info", "initialize", "challenge", "authenticate"}
