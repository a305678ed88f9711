// Package ipp drives network and USB printers that speak the Internet Printing Protocol (RFC 8010, RFC 8011).
package ipp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
	"keyhall/printer/convert"
)

// Config says which printer to use.
type Config struct {
	URI     string        // such as ipp://127.0.0.1:8631/ipp/print; ipps means TLS
	Timeout time.Duration // for one job from the first question to its end; two minutes when zero
	Poll    time.Duration // between two looks at a running job; half a second when zero
	Stall   time.Duration // a job that gets no further for so long is held up by what the printer complains about; 30 seconds when zero
	Trust   Trust         // of an ipps printer
}

// Printer is one IPP printer. It may be used by several goroutines. Between calls it remembers only documents of which it could not
// find out whether the printer took them, so that they are not printed twice.
type Printer struct {
	uri     string // as the printer wants to be called
	url     string // where it is reached
	timeout time.Duration
	poll    time.Duration
	stall   time.Duration
	client  *http.Client

	speaksOld atomic.Bool // it refused the version that others speak

	mu    sync.Mutex
	shown *printer.Certificate
	lost  map[[sha256.Size]byte]string // names of such jobs, by their documents
}

var _ printer.Printer = (*Printer)(nil)

// New does not touch the printer. It fails for an address that is none, and for a certificate to trust that is none.
func New(c Config) (*Printer, error) {
	address, host, err := address(c.URI)
	if err != nil {
		return nil, err
	}
	p := &Printer{
		uri:     c.URI,
		url:     address,
		timeout: cmp.Or(c.Timeout, 2*time.Minute),
		poll:    cmp.Or(c.Poll, 500*time.Millisecond),
		stall:   cmp.Or(c.Stall, 30*time.Second),
		lost:    map[[sha256.Size]byte]string{},
	}
	if err := c.Trust.Validate(); err != nil {
		return nil, fmt.Errorf("printer's certificate: %w", err)
	}
	line, err := c.Trust.line(host, p.saw)
	if err != nil {
		return nil, fmt.Errorf("printer's certificate: %w", err)
	}
	p.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: line}} // printers drop idle connections
	return p, nil
}

// saw keeps what the printer showed on the line.
func (p *Printer) saw(c printer.Certificate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = &c
}

// address turns a printer's URI into the one HTTP understands.
func address(uri string) (address, host string, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", "", fmt.Errorf("printer address: %w", err)
	}
	scheme, known := map[string]string{"ipp": "http", "ipps": "https"}[u.Scheme]
	if !known || u.Hostname() == "" {
		return "", "", fmt.Errorf("printer address %q: want ipp://host/path", uri)
	}
	u.Scheme = scheme
	if u.Port() == "" {
		u.Host += ":631"
	}
	return u.String(), u.Hostname(), nil
}

func (p *Printer) Status(ctx context.Context) (printer.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	about, err := p.about(ctx)
	return about.status, err
}

func (p *Printer) Print(ctx context.Context, d printer.Document) (printer.Job, error) {
	if err := d.Check(); err != nil {
		return printer.Job{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	about, err := p.about(ctx)
	if err != nil {
		return printer.Job{}, fmt.Errorf("status before printing: %w", err)
	}
	if err := about.status.Problem(); err != nil {
		return printer.Job{}, err
	}
	data, err := convert.From(ctx, d.PDF, about.format)
	if err != nil {
		return printer.Job{}, unconverted(ctx, err)
	}
	id, err := p.sendOnce(ctx, d, data, about)
	if err != nil {
		return printer.Job{}, fmt.Errorf("send the document: %w", err)
	}
	after, err := p.follow(ctx, id)
	if err != nil {
		p.takeBack(ctx, id)
		return printer.Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return printer.Job{ID: id, After: after}, nil
}

func (p *Printer) about(ctx context.Context) (about, error) {
	answer, err := p.ask(ctx, p.request(goipp.OpGetPrinterAttributes, keywords("requested-attributes", printerAttributes...)), nil)
	if err != nil {
		return about{}, err
	}
	found, err := parseAbout(answer)
	p.mu.Lock()
	defer p.mu.Unlock()
	found.status.Shown = p.shown
	return found, err
}

func unconverted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return interruption(ctx.Err())
	}
	return fmt.Errorf("%w: %w", printer.ErrRefused, err)
}

// send waits while somebody else's document is in the machine, unless the machine stands still over it.
func (p *Printer) send(ctx context.Context, d printer.Document, data []byte, name string, about about) (id int, err error) {
	r := p.request(goipp.OpPrintJob,
		goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(name)),
		goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String(about.format.MIME)))
	if d.Copies > 1 {
		r.Job.Add(goipp.MakeAttribute("copies", goipp.TagInteger, goipp.Integer(d.Copies)))
	}
	if about.status.A4 {
		r.Job.Add(goipp.MakeAttribute("media", goipp.TagKeyword, goipp.String(a4)))
	}
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	for {
		answer, err := p.ask(ctx, r, data)
		if err == nil {
			return parseJobID(answer)
		}
		if !errors.Is(err, errBusy) {
			return 0, err
		}
		now, err := p.about(ctx)
		if err != nil {
			return 0, err
		}
		if err := now.status.Problem(); err != nil {
			return 0, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, interruption(ctx.Err())
		}
	}
}

// follow looks at the job until it has ended, and at the printer: a job out of paper is often just "processing". What the printer
// complains about may not concern this job, until that gets no further.
func (p *Printer) follow(ctx context.Context, id int) (printer.Status, error) {
	tick, stall := time.NewTicker(p.poll), time.NewTimer(p.stall)
	defer tick.Stop()
	defer stall.Stop()
	stalled := false
	for {
		job, err := p.job(ctx, id)
		if err != nil {
			return printer.Status{}, err
		}
		about, err := p.about(ctx)
		if err != nil {
			return printer.Status{}, err
		}
		if job.ended {
			return about.status, job.failure(about.status)
		}
		problem := about.status.Problem()
		if stalled || job.stopped {
			problem = about.status.Stalled()
		}
		if problem != nil {
			return printer.Status{}, problem
		}
		select {
		case <-tick.C:
		case <-stall.C:
			stalled = true
		case <-ctx.Done():
			return printer.Status{}, interruption(ctx.Err())
		}
	}
}

func (p *Printer) job(ctx context.Context, id int) (job, error) {
	answer, err := p.ask(ctx, p.request(goipp.OpGetJobAttributes,
		goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)),
		keywords("requested-attributes", "job-state", "job-state-reasons")), nil)
	if errors.Is(err, errNotFound) {
		return job{ended: true, forgotten: true}, nil
	}
	if err != nil {
		return job{}, err
	}
	return parseJob(answer)
}

// takeBack cancels a job that its user has given up, so that it is not printed when the paper is filled in. There is
// nobody to tell when that goes wrong: a printer that cannot be reached may still print.
func (p *Printer) takeBack(ctx context.Context, id int) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookingBack)
	defer cancel()
	_, _ = p.ask(ctx, p.request(goipp.OpCancelJob, goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id))), nil)
}
