package ipp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
)

// maxAnswer is far more than a printer has to say about itself.
const maxAnswer = 4 << 20

// These stay inside: the printer does not know the job any more; it works on another one and takes no second.
var (
	errNotFound = errors.New("not found")
	errBusy     = errors.New("busy")
)

func (p *Printer) request(op goipp.Op, more ...goipp.Attribute) *goipp.Message {
	m := goipp.NewRequest(goipp.DefaultVersion, op, 1)
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	m.Operation.Add(goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(p.uri)))
	for _, a := range more { // a job's number must follow the printer's address
		m.Operation.Add(a)
	}
	m.Operation.Add(goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String("keyhall")))
	return m
}

func keywords(name string, values ...string) goipp.Attribute {
	a := goipp.Attribute{Name: name}
	for _, v := range values {
		a.Values.Add(goipp.TagKeyword, goipp.String(v))
	}
	return a
}

// old is the version that every printer speaks; one that knows no later says so, having done nothing.
var old = goipp.MakeVersion(1, 1)

// ask sends a request, with a document behind it, and returns a successful answer.
func (p *Printer) ask(ctx context.Context, m *goipp.Message, document []byte) (*goipp.Message, error) {
	if p.speaksOld.Load() {
		m.Version = old
	}
	answer, err := p.askOnce(ctx, m, document)
	if answer != nil && goipp.Status(answer.Code) == goipp.StatusErrorVersionNotSupported && m.Version != old {
		p.speaksOld.Store(true)
		m.Version = old
		return p.askOnce(ctx, m, document)
	}
	return answer, err
}

func (p *Printer) askOnce(ctx context.Context, m *goipp.Message, document []byte) (*goipp.Message, error) {
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", printer.ErrRefused, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(append(head, document...)))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", printer.ErrOffline, err)
	}
	r.Header.Set("Content-Type", goipp.ContentType)
	r.Header.Set("Accept", goipp.ContentType)
	response, err := p.client.Do(r)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, unreached(ctx, err)
	}
	if response.StatusCode == http.StatusUpgradeRequired {
		return nil, fmt.Errorf("%w: it wants an encrypted line, ipps://", printer.ErrOffline)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %s", printer.ErrOffline, response.Status)
	}
	return decode(body)
}

// decode is the entry for bytes from outside.
func decode(body []byte) (*goipp.Message, error) {
	var m goipp.Message
	if err := m.DecodeBytesEx(body, goipp.DecoderOptions{EnableWorkarounds: true}); err != nil {
		return nil, fmt.Errorf("%w: %v", printer.ErrAnswer, err)
	}
	return &m, verdict(goipp.Status(m.Code))
}

// verdict turns IPP's status codes into package printer's conditions.
func verdict(s goipp.Status) error {
	switch {
	case s < 0x0100:
		return nil
	case s == goipp.StatusErrorNotFound, s == goipp.StatusErrorGone:
		return fmt.Errorf("%w (%s): %w", printer.ErrRefused, s, errNotFound)
	case s == goipp.StatusErrorBusy:
		return fmt.Errorf("%w (%s): %w", printer.ErrRefused, s, errBusy)
	case s == goipp.StatusErrorDocumentFormatNotSupported:
		return fmt.Errorf("%w (%s)", printer.ErrFormat, s)
	case s == goipp.StatusErrorPrinterIsDeactivated:
		return fmt.Errorf("%w (%s)", printer.ErrStopped, s)
	case s == goipp.StatusErrorServiceUnavailable, s == goipp.StatusErrorDevice:
		return fmt.Errorf("%w (%s)", printer.ErrOffline, s)
	}
	return fmt.Errorf("%w (%s)", printer.ErrRefused, s)
}

func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return interruption(ctx.Err())
	}
	if errors.Is(err, printer.ErrCertificate) {
		return err
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("%w: its line is not encrypted there, want ipp:// or another port (%v)", printer.ErrOffline, err)
	}
	return fmt.Errorf("%w: %v", printer.ErrOffline, err)
}

func interruption(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return printer.ErrTimeout
	}
	return err
}
