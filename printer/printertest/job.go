package printertest

import (
	"slices"
	"strings"

	"github.com/OpenPrinting/goipp"
)

type serverJob struct {
	name     string
	state    int // IPP's job-state
	document []byte
	looks    int // how often it was asked after
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
