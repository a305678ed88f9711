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
	jobs      []*serverJob
}

type serverJob struct {
	name     string
	state    int // IPP's job-state
	document []byte
	looks    int // how often it was asked after
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

func (s *Server) take(request *goipp.Message, document []byte) *goipp.Message {
	if s.condition == Refusing {
		return respond(request, goipp.StatusErrorNotAcceptingJobs)
	}
	if s.condition == Busy && s.refusals < 3 {
		s.refusals++
		return respond(request, goipp.StatusErrorBusy)
	}
	if !s.takes(text(request, "document-format")) {
		return respond(request, goipp.StatusErrorDocumentFormatNotSupported)
	}
	s.jobs = append(s.jobs, &serverJob{name: text(request, "job-name"), state: jobProcessing, document: document})
	return describeJob(request, len(s.jobs), jobProcessing)
}

func (s *Server) takes(mime string) bool {
	for _, a := range s.says {
		if a.Name == "document-format-supported" {
			return slices.ContainsFunc(a.Values, func(v struct {
				T goipp.Tag
				V goipp.Value
			}) bool {
				return v.V.String() == mime
			})
		}
	}
	return true
}

// work prints the job on the second look at it, so that its user has to look twice.
func (s *Server) work(request *goipp.Message) *goipp.Message {
	id, job := s.find(request)
	if job == nil {
		return respond(request, goipp.StatusErrorNotFound)
	}
	job.looks++
	_, reasons := s.state()
	blocked := strings.HasPrefix(reasons, "media-")
	switch {
	case job.state != jobProcessing || blocked || s.condition == Slow:
	case s.condition == Aborts:
		job.state = jobAborted
	case job.looks > 1:
		job.state = jobCompleted
	}
	return describeJob(request, id, job.state)
}

// list tells the jobs in hand, or those that have ended.
func (s *Server) list(request *goipp.Message) *goipp.Message {
	ended := text(request, "which-jobs") == "completed"
	m := respond(request, goipp.StatusOk)
	groups := goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: m.Operation}}
	for i, j := range s.jobs {
		if (j.state != jobProcessing) == ended {
			groups.Add(goipp.Group{Tag: goipp.TagJobGroup, Attrs: goipp.Attributes{
				goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(i+1)),
				goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(j.name)),
			}})
		}
	}
	return goipp.NewMessageWithGroups(m.Version, m.Code, m.RequestID, groups)
}

// text is an attribute of a request, "" when it has none.
func text(request *goipp.Message, name string) string {
	for _, a := range request.Operation {
		if a.Name == name {
			return a.Values[0].V.String()
		}
	}
	return ""
}

func (s *Server) cancel(request *goipp.Message) *goipp.Message {
	_, job := s.find(request)
	if job == nil || job.state != jobProcessing {
		return respond(request, goipp.StatusErrorNotPossible)
	}
	job.state = jobCanceled
	return respond(request, goipp.StatusOk)
}

func (s *Server) find(request *goipp.Message) (id int, job *serverJob) {
	for _, a := range request.Operation {
		if number, ok := a.Values[0].V.(goipp.Integer); ok && a.Name == "job-id" {
			id = int(number)
		}
	}
	if id < 1 || id > len(s.jobs) {
		return 0, nil
	}
	return id, s.jobs[id-1]
}

func respond(request *goipp.Message, status goipp.Status) *goipp.Message {
	m := goipp.NewResponse(goipp.DefaultVersion, status, request.RequestID)
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	return m
}

func describeJob(request *goipp.Message, id, state int) *goipp.Message {
	reason := map[int]string{jobCanceled: "job-canceled-by-user", jobAborted: "document-format-error", jobCompleted: "job-completed-successfully"}[state]
	if reason == "" {
		reason = "job-printing"
	}
	m := respond(request, goipp.StatusOk)
	m.Job.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	m.Job.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(state)))
	m.Job.Add(goipp.MakeAttribute("job-state-reasons", goipp.TagKeyword, goipp.String(reason)))
	return m
}
