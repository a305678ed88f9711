package server

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// status is the one table of codes and HTTP statuses. What is missing here is something wrong with what was entered.
func status(code ra.Code) int {
	switch code {
	case ra.CodeLoginWrong, ra.CodeLoginKnown, ra.CodeSessionOver:
		return http.StatusUnauthorized
	case ra.CodeForbidden, ra.CodeKioskUnknown, ra.CodeKioskBlocked, ra.CodeEnrolmentCode, ra.CodeAuthCodeWrong, ra.CodeAuthCodeUsedUp,
		ra.CodeAuthCodeExpired, ra.CodeSelfReview, ra.CodeKeyRetired, ra.CodeMandateOver, ra.CodeTicketDead,
		ra.CodePresenceOver, ra.CodeMembershipClaimed, ra.CodeReportAtDesk, ra.CodeFoundMember, ra.CodeFoundChanged, ra.CodeOrderSession:
		return http.StatusForbidden
	case ra.CodeNotFound:
		return http.StatusNotFound
	case ra.CodeConflict, ra.CodeState, ra.CodeLoginTaken, ra.CodeMembershipUnset, ra.CodeUnitTaken, ra.CodeNoUnitLeft, ra.CodeKeyInUse,
		ra.CodeRequestDiffers, ra.CodeRenewalEarly, ra.CodeChallengeStale, ra.CodeMaterialMissing,
		ra.CodeMaterialsUnjudged, ra.CodeCertificateOver, ra.CodeCertificateSuspended, ra.CodeWindowEarly, ra.CodeWindowOver, ra.CodeOrderOpen, ra.CodeAmountDiffers, ra.CodeResumeOtherOrder:
		return http.StatusConflict
	case ra.CodeFeedAnew:
		return http.StatusGone
	case ra.CodeScanTooLarge:
		return http.StatusRequestEntityTooLarge
	case ra.CodeScanNotImage:
		return http.StatusUnsupportedMediaType
	case ra.CodeLoginPaused, ra.CodeAuthCodePaused, ra.CodeSMSPaused:
		return http.StatusTooManyRequests
	case ra.CodeNotBuilt:
		return http.StatusNotImplemented
	case ra.CodeIssuerAway, ra.CodeTrailAway, ra.CodeStoreFull, ra.CodeUploadsFull, ra.CodeOfficeBusy:
		return http.StatusServiceUnavailable
	case ra.CodeInternal, ra.CodeOfficeError, ra.CodeCertificateUnfit:
		return http.StatusInternalServerError
	}
	return http.StatusUnprocessableEntity
}

// problem is an error as huma writes it.
type problem struct {
	api.Problem
}

var (
	_ huma.StatusError       = (*problem)(nil)
	_ huma.ContentTypeFilter = (*problem)(nil)
	_ huma.HeadersError      = (*problem)(nil)
)

func (p *problem) Error() string             { return string(p.Code) }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return api.ProblemType }

// GetHeaders repeats the code where an answer to HEAD, which has no body, can carry it, and says when to come again.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{api.ProblemHeader: {string(p.Code)}}
	if p.Code == ra.CodeOfficeBusy {
		h.Set("Retry-After", retryAfter)
	}
	return h
}

// retryAfter is how many seconds whoever met a busy office waits.
const retryAfter = "5"

// asProblem notes the error for the log and makes what the kiosk sees of it.
func asProblem(ctx context.Context, err error) *problem {
	e := entryOf(ctx)
	e.err = err
	var known *ra.Error
	if !errors.As(err, &known) {
		known = ra.E(ra.CodeInternal)
	}
	return &problem{api.NewProblem(known, status(known.Code), e.id)}
}

// writeError answers with an error outside huma.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(r.Context(), err)
	w.Header().Set("Content-Type", api.ProblemType)
	maps.Copy(w.Header(), p.GetHeaders())
	w.WriteHeader(p.Status)
	if r.Method == http.MethodHead {
		return
	}
	// The caller is gone when this fails.
	_ = json.NewEncoder(w).Encode(p.Problem)
}

// ownProblems replaces huma's own errors (bad JSON, wrong types, too long a body), which repeat what was entered, by
// ours with the name of the first field.
func ownProblems(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := ra.E(ra.CodeInvalid)
	if m.Status >= http.StatusInternalServerError {
		e = ra.E(ra.CodeInternal)
	}
	if len(m.Errors) > 0 {
		e = e.At(strings.TrimPrefix(strings.TrimPrefix(m.Errors[0].Location, "body"), "."))
	}
	p := asProblem(ctx.Context(), e)
	p.Status, p.Title = m.Status, http.StatusText(m.Status)
	return &p.Problem, nil
}
