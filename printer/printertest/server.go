// Package printertest has printers without hardware and the suite that every driver must pass.
package printertest

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/OpenPrinting/goipp"
)

// Server is an IPP printer on a loopback port that keeps what it prints.
type Server struct {
	URI string

	mu        sync.Mutex
	condition Condition
	says      goipp.Attributes
	refusals  int // jobs turned away while Busy
	old       bool
	jobs      []*serverJob
}

// IPP's job-state.
const (
	jobProcessing = 5
	jobCanceled   = 7
	jobAborted    = 8
	jobCompleted  = 9
)

// NewServer starts a printer that stands ready until the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{condition: Ready}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	s.URI = "ipp" + strings.TrimPrefix(web.URL, "http") + "/ipp/print"
	return s
}

// NewEncrypted is NewServer on an encrypted line, ipps, with a certificate that no authority signed, as printers have it.
func NewEncrypted(t testing.TB) (*Server, *x509.Certificate) {
	t.Helper()
	s := &Server{condition: Ready}
	web := httptest.NewUnstartedServer(s)
	web.Config.ErrorLog = log.New(io.Discard, "", 0) // who does not trust it hangs up
	web.StartTLS()
	t.Cleanup(web.Close)
	s.URI = "ipps" + strings.TrimPrefix(web.URL, "https") + "/ipp/print"
	return s, web.Certificate()
}

// Says lets the printer tell more of itself; what it tells anyway gives way.
func (s *Server) Says(more ...goipp.Attribute) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says = append(s.says, more...)
}

// Old makes it one that speaks no version after 1.1.
func (s *Server) Old() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.old = true
}

// Formats lets the printer take documents of these types only, told apart by how they begin.
func (s *Server) Formats(mimes ...string) {
	a := goipp.Attribute{Name: "document-format-supported"}
	for _, m := range mimes {
		a.Values.Add(goipp.TagMimeType, goipp.String(m))
	}
	s.Says(a)
}

// Tray adds a tray with so many sheets.
func (s *Server) Tray(name string, level int) {
	s.Says(goipp.MakeAttribute("printer-input-tray", goipp.TagString, goipp.Binary(fmt.Sprintf(
		"type=sheetFeedAutoRemovableTray;mediafeed=29700;mediaxfeed=21000;maxcapacity=250;level=%d;status=0;name=%s;", level, name))))
}

// Put brings the printer into a condition. A job under way goes on when it is Ready again.
func (s *Server) Put(c Condition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.condition = c
}

// Printed returns the documents that came out, in order.
func (s *Server) Printed() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var done [][]byte
	for _, j := range s.jobs {
		if j.state == jobCompleted {
			done = append(done, j.document)
		}
	}
	return done
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	rest := bytes.NewReader(body)
	var request goipp.Message
	if err := request.Decode(rest); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	document, _ := io.ReadAll(rest) // of memory
	s.mu.Lock()
	answer := s.answer(&request, document)
	condition := s.condition
	if condition == Dies && goipp.Op(request.Code) == goipp.OpPrintJob {
		s.condition = gone
	}
	s.mu.Unlock()
	switch {
	case condition == Silent:
		<-r.Context().Done()
		return
	case condition == gone, (condition == HangsUp || condition == Dies) && goipp.Op(request.Code) == goipp.OpPrintJob:
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", goipp.ContentType)
	_ = answer.Encode(w) // the client may be gone
}

func (s *Server) answer(request *goipp.Message, document []byte) *goipp.Message {
	if s.old && request.Version > goipp.MakeVersion(1, 1) {
		return respond(request, goipp.StatusErrorVersionNotSupported)
	}
	switch goipp.Op(request.Code) {
	case goipp.OpGetPrinterAttributes:
		return s.describe(request)
	case goipp.OpPrintJob:
		return s.take(request, document)
	case goipp.OpGetJobs:
		return s.list(request)
	case goipp.OpGetJobAttributes:
		return s.work(request)
	case goipp.OpCancelJob:
		return s.cancel(request)
	}
	return respond(request, goipp.StatusErrorOperationNotSupported)
}

func (s *Server) describe(request *goipp.Message) *goipp.Message {
	state, reasons := s.state()
	m := respond(request, goipp.StatusOk)
	m.Printer.Add(goipp.MakeAttribute("printer-name", goipp.TagName, goipp.String("Test Printer")))
	m.Printer.Add(goipp.MakeAttribute("printer-state", goipp.TagEnum, goipp.Integer(state)))
	m.Printer.Add(goipp.MakeAttribute("printer-state-reasons", goipp.TagKeyword, goipp.String(reasons)))
	m.Printer.Add(goipp.MakeAttribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(s.condition != Refusing)))
	m.Printer.Add(goipp.MakeAttribute("media-supported", goipp.TagKeyword, goipp.String("iso_a4_210x297mm")))
	told := slices.DeleteFunc(slices.Clone(m.Printer), func(a goipp.Attribute) bool {
		return slices.ContainsFunc(s.says, func(x goipp.Attribute) bool { return x.Name == a.Name })
	})
	m.Printer = append(told, s.says...)
	return m
}

// state is the printer's own, and its reasons, as IPP tells them.
func (s *Server) state() (state int, reasons string) {
	const idle, processing, stopped = 3, 4, 5
	working := len(s.jobs) > 0 && s.jobs[len(s.jobs)-1].state == jobProcessing
	switch s.condition {
	case NoPaper:
		return stopped, "media-empty-error"
	case Jammed:
		return stopped, "media-jam-error"
	case CoverOpen:
		return stopped, "cover-open"
	case TonerEmpty:
		return stopped, "toner-empty-error"
	case Paused:
		return stopped, "paused"
	case LowToner:
		return idle, "toner-low-warning"
	case RunsOut:
		if working {
			return processing, "media-needed-warning" // at work, printers call it a warning
		}
	case Jams:
		if working {
			return processing, "media-jam-warning"
		}
	}
	return idle, "none"
}
