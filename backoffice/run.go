package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"golang.org/x/sync/errgroup"

	"keyhall/backoffice/book"
	"keyhall/backoffice/console"
	"keyhall/backoffice/server"
)

const (
	// politely is how long answers under way may take at the end before streams are cut.
	politely = 2 * time.Second
	// patience is how long the program waits for them at all.
	patience = 10 * time.Second
)

// face is one address that the back office listens on.
type face struct {
	name     string
	listener net.Listener
	server   *http.Server
	cut      context.CancelFunc // ends what still streams
}

// run serves until ctx ends or a part fails, then ends in order: no new requests, waiting calls answered, jobs stopped,
// database closed.
func run(ctx context.Context, c Config, log *slog.Logger) (err error) {
	o, err := open(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	meters := o.meters
	kiosks, err := server.New(server.Config{Fleet: o.fleet, Intake: o.intake, Issuing: o.issuing, People: o.people, Blobs: o.intake, UploadDir: c.uploadDir(), Version: version(), MaxAge: c.PKI.OCSPMaxAge.Duration, Now: c.now,
		Log: log, Observe: meters.answered})
	if err != nil {
		return err
	}
	defer kiosks.Close()
	sessions := pgxstore.New(o.sessions)
	defer sessions.StopCleanup()
	tasks := o.tasks(kiosks)
	for _, t := range tasks {
		o.board.Tasks = append(o.board.Tasks, t.Name)
	}
	faces, err := o.faces(ctx, kiosks, sessions, meters)
	if err != nil {
		return err
	}
	runner, err := o.runner(tasks, meters)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, f := range faces {
		log.InfoContext(ctx, "listening", "face", f.name, "address", f.listener.Addr().String())
		group.Go(f.serve)
	}
	for _, j := range o.loops(meters) {
		group.Go(func() error { j.run(ctx, log); return nil })
	}
	group.Go(func() error { return runner.Run(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		kiosks.Close()
		return shutdown(context.WithoutCancel(ctx), faces)
	})
	err = group.Wait()
	log.Info("stopped")
	return err
}

// faces opens every address before the first request is answered.
func (o *office) faces(ctx context.Context, kiosks *server.Server, sessions *pgxstore.PostgresStore, meters *meters) (all []*face, err error) {
	defer func() {
		if err != nil {
			for _, f := range all {
				err = errors.Join(err, f.listener.Close())
			}
		}
	}()
	operations := o.issuer.For(book.ForOperations)
	own, err := operations.ServerCertificate(ctx, o.config.Names)
	if err != nil {
		return nil, err
	}
	kioskTLS := server.TLSConfig(tls.Certificate{}, operations.Pool())
	kioskTLS.Certificates, kioskTLS.GetCertificate = nil, own
	consoleTLS, err := o.consoleTLS(own)
	if err != nil {
		return nil, err
	}
	staff, err := console.New(console.Config{People: o.people, Review: o.review, Cashier: o.cashier, Issuing: o.issuing, Fleet: o.fleet, Jobs: o.board, Access: o.access, SessionStore: sessions, Now: o.config.now, Log: o.log, Secure: true})
	if err != nil {
		return nil, err
	}
	for _, want := range []struct {
		name, address string
		handler       http.Handler
		tls           *tls.Config
	}{
		{"kiosks", o.config.Kiosks.Listen, kiosks.Handler(), kioskTLS},
		{"console", o.config.Console.Listen, staff, consoleTLS},
		{"pki", o.config.PKI.Listen, kiosks.PKI(), nil},
		{"metrics", o.config.Metrics.Listen, meters.handler(), nil},
	} {
		if want.address == "" {
			continue
		}
		f, err := o.newFace(ctx, want.name, want.address, want.handler, want.tls)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (o *office) consoleTLS(own func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (*tls.Config, error) {
	c := &tls.Config{GetCertificate: own, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if o.config.Console.Certificate == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(o.config.Console.Certificate, o.config.Console.Key)
	if err != nil {
		return nil, fmt.Errorf("console's certificate: %w", err)
	}
	c.GetCertificate, c.Certificates = nil, []tls.Certificate{pair}
	return c, nil
}

func (o *office) newFace(ctx context.Context, name, address string, handler http.Handler, secure *tls.Config) (*face, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	return &face{name: name, listener: listener, cut: cut, server: &http.Server{
		Handler: handler, TLSConfig: secure, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(o.log.Handler(), slog.LevelDebug), // scanners and broken lines
	}}, nil
}

func (f *face) serve() error {
	var err error
	if f.server.TLSConfig != nil {
		err = f.server.ServeTLS(f.listener, "", "")
	} else {
		err = f.server.Serve(f.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("%s: %w", f.name, err)
}

// shutdown lets answers under way finish; streams, which never would, are cut after a while.
func shutdown(ctx context.Context, faces []*face) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var group errgroup.Group
	for _, f := range faces {
		group.Go(func() error {
			later := time.AfterFunc(politely, f.cut)
			defer later.Stop()
			defer f.cut()
			if err := f.server.Shutdown(ctx); err != nil {
				return errors.Join(fmt.Errorf("%s: requests cut off: %w", f.name, err), f.server.Close())
			}
			return nil
		})
	}
	return group.Wait()
}
