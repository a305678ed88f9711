package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"

	"keyhall/backoffice/ra"
)

// ProblemType is the media type of RFC 9457.
const ProblemType = "application/problem+json"

// ProblemHeader repeats the code of a problem, for answers to HEAD, which have no body.
const ProblemHeader = "Problem-Code"

const (
	maxProblemBytes = 64 << 10
	maxArgs         = 16
	maxArgBytes     = 256
)

// Problem is an error on the wire: RFC 9457 with a stable code, the field it concerns and facts for the sentence.
type Problem struct {
	Type    string            `json:"type" doc:"urn:keyhall:error:<code>"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail,omitempty"`
	Code    ra.Code           `json:"code"`
	Field   string            `json:"field,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
	Request string            `json:"request,omitempty" doc:"id of the request in the back office's log"`
}

// NewProblem puts an error on the wire without its cause, which may hold what outsiders must not see.
func NewProblem(e *ra.Error, status int, request string) Problem {
	return Problem{
		Type: "urn:keyhall:error:" + string(e.Code), Title: http.StatusText(status), Status: status,
		Code: e.Code, Field: e.Field, Args: e.Args, Request: request,
	}
}

// errProblem is the cause inside the *ra.Error of an answer.
type errProblem struct {
	status  int
	request string
}

func (e errProblem) Error() string {
	if e.request == "" {
		return fmt.Sprintf("back office answered %d", e.status)
	}
	return fmt.Sprintf("back office answered %d to request %s", e.status, e.request)
}

var codeShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// DecodeProblem reads the error out of an answer that is not 2xx. What is no problem of ours (a proxy's page, a wrong
// address) and every internal error is ra.CodeOfficeError.
func DecodeProblem(status int, contentType string, body io.Reader) *ra.Error {
	cause := errProblem{status: status}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != ProblemType {
		return ra.E(ra.CodeOfficeError).Because(cause)
	}
	p, err := parseProblem(body)
	if err != nil {
		return ra.E(ra.CodeOfficeError).Because(errors.Join(cause, err))
	}
	cause.request = p.Request
	if p.Code == ra.CodeInternal {
		return ra.E(ra.CodeOfficeError).Because(cause)
	}
	return &ra.Error{Code: p.Code, Field: p.Field, Args: p.Args, Err: cause}
}

func parseProblem(body io.Reader) (Problem, error) {
	var p Problem
	if err := json.NewDecoder(io.LimitReader(body, maxProblemBytes)).Decode(&p); err != nil {
		return Problem{}, fmt.Errorf("problem details: %w", err)
	}
	if !codeShape.MatchString(string(p.Code)) || len(p.Field) > maxArgBytes || len(p.Args) > maxArgs {
		return Problem{}, errors.New("problem details: no code of ours")
	}
	for k, v := range p.Args {
		if len(k) > maxArgBytes || len(v) > maxArgBytes {
			return Problem{}, errors.New("problem details: argument too long")
		}
	}
	if !requestShape.MatchString(p.Request) {
		p.Request = ""
	}
	return p, nil
}

var requestShape = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
