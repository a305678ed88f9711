package pkcs11

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"keyhall/device/ukey"
)

// orphanGrace is how long a worker whose kiosk is gone may finish the call it is in: cutting a key off while it writes
// is worse than a process that lingers.
const orphanGrace = 5 * time.Minute

// ServeStdio is the worker's main: RunWorker on stdin and stdout. Modules print what they like on stdout, so the
// module gets stderr in its place.
func ServeStdio(ctx context.Context, path string, rescan Rescan) error {
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
	return RunWorker(ctx, os.Stdin, out, path, rescan)
}

// ServeIfWorker is for the TestMain of packages that use a Reader: where the process was started as a worker by the
// default Config.Command it serves and ends the process, else it returns at once.
func ServeIfWorker() {
	if len(os.Args) != 6 || os.Args[1] != workerCommand {
		return
	}
	if err := ServeStdio(context.Background(), os.Args[3], Rescan(os.Args[5])); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// RunWorker serves the module at path to the kiosk at the other end of in and out until in ends or ctx does. The
// process must end after it returns: a call may still hang in the module.
func RunWorker(ctx context.Context, in io.Reader, out io.Writer, path string, rescan Rescan) error {
	if err := rescan.Validate(); err != nil {
		return err
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
	go func() { served <- (&server{path: path, rescan: rescan}).serve(requests, out) }()

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

// server answers one request after the other. The module is loaded at the first, so that what is wrong with it is
// told to the kiosk.
type server struct {
	path   string
	rescan Rescan
	m      *module
	s      *session
	mark   io.Closer // of the key that this worker alone works on
}

func (v *server) serve(requests <-chan request, out io.Writer) error {
	runtime.LockOSThread() // some modules know their caller by its thread
	defer v.close()
	for q := range requests {
		start := time.Now()
		answer, err := v.answer(q)
		q.forget()
		if err != nil {
			answer = response{Error: toWire(err)}
		}
		answer.Module = time.Since(start)
		if err := writeFrame(out, answer); err != nil {
			return err
		}
	}
	return nil
}

func (v *server) close() {
	if v.s != nil && v.s.open {
		v.s.logout()
		_ = v.m.ctx.CloseSession(v.s.handle)
	}
	if v.m != nil {
		v.m.close()
	}
	if v.mark != nil {
		_ = v.mark.Close()
	}
}

func (v *server) answer(q request) (response, error) {
	if q.Method == "open" && q.Key.Serial != "" && v.mark == nil {
		// Before the module is loaded: some look at the key's contents only then.
		mark, err := alone(q.Key)
		if err != nil {
			return response{}, err
		}
		v.mark = mark
	}
	if v.m == nil {
		m, err := load(v.path, v.rescan)
		if err != nil {
			return response{}, err
		}
		v.m = m
	}
	switch q.Method {
	case "list":
		return v.list()
	case "look":
		return v.look(q.Key)
	case "open":
		s, err := v.m.openSession(q.Key)
		if err == nil {
			s.allowUnknown = q.AllowUnknown
		}
		v.s = s
		return response{}, err
	default:
		return v.call(q)
	}
}

func (v *server) list() (response, error) {
	if err := v.m.refresh(); err != nil {
		return response{}, err
	}
	infos, err := v.m.list()
	return response{Infos: infos}, err
}

// look tells what a newcomer sees on a key.
func (v *server) look(key ukey.Identity) (response, error) {
	if err := v.m.refresh(); err != nil {
		return response{}, err
	}
	s, err := v.m.openSession(key)
	if err != nil || !s.open {
		return response{}, err
	}
	objects, err := s.objects()
	if closed := v.m.ctx.CloseSession(s.handle); err == nil {
		err = translate("C_CloseSession", closed)
	}
	if errors.Is(err, ukey.ErrDevice) { // it may have been pulled meanwhile
		if gone := errors.Join(v.m.refresh(), v.m.there(key)); gone != nil {
			err = gone
		}
	}
	return response{Objects: objects}, err
}

// call serves the open key. Modules give all kinds of codes for a key that is gone; a twin counts whatever came out.
func (v *server) call(q request) (response, error) {
	method, known := methods[q.Method]
	if !known {
		return response{}, &ukey.DeviceError{Call: "worker", Code: "unknown method " + q.Method}
	}
	if v.s == nil {
		return response{}, ukey.ErrRemoved
	}
	if !v.s.open && q.Method != "info" && q.Method != "initialize" {
		return response{}, &ukey.DeviceError{Call: q.Method, Code: "key was never initialised"}
	}
	answer, err := method(v.s, q)
	gone := v.s.present()
	if errors.Is(gone, ukey.ErrTwin) || gone != nil && errors.Is(err, ukey.ErrDevice) {
		return response{}, gone
	}
	return answer, err
}

// methods are the calls to an open key.
var methods = map[string]func(s *session, q request) (response, error){
	"info": func(s *session, _ request) (response, error) {
		info, err := s.m.info(s.slot)
		return response{Infos: []ukey.Info{info}}, err
	},
	"objects": func(s *session, _ request) (response, error) {
		objects, err := s.objects()
		return response{Objects: objects}, err
	},
	"initialize": func(s *session, q request) (response, error) {
		return response{}, s.initialize(q.Label, q.PIN)
	},
	"login":  func(s *session, q request) (response, error) { return response{}, s.login(q.Role, q.PIN) },
	"logout": func(s *session, _ request) (response, error) { s.logout(); return response{}, nil },
	"setpin": func(s *session, q request) (response, error) { return response{}, s.setPIN(q.PIN, q.NewPIN) },
	"initpin": func(s *session, q request) (response, error) {
		return response{}, s.initPIN(q.NewPIN)
	},
	"generate": func(s *session, q request) (response, error) {
		spki, err := s.generate(q.ID, q.Label, q.Algorithm)
		return response{Value: spki}, err
	},
	"public": func(s *session, q request) (response, error) {
		spki, err := s.publicKey(q.ID)
		return response{Value: spki}, err
	},
	"sign": func(s *session, q request) (response, error) {
		signature, err := s.sign(q.ID, q.Value, q.Hash)
		return response{Value: signature}, err
	},
	"write": func(s *session, q request) (response, error) {
		return response{}, s.writeCertificate(q.ID, q.Label, q.Value)
	},
	"relabel": func(s *session, q request) (response, error) {
		return response{}, s.relabel(q.Kind, q.ID, q.Label)
	},
	"delete": func(s *session, q request) (response, error) { return response{}, s.delete(q.Kind, q.ID) },
}
