package ipp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
	"keyhall/printer/convert"
)

const a4 = "iso_a4_210x297mm"

var printerAttributes = []string{
	"printer-name", "printer-info", "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "media-supported",
	"printer-input-tray", "document-format-supported", "pwg-raster-document-resolution-supported", "pwg-raster-document-type-supported",
	"urf-supported",
}

// about is what a printer says of itself.
type about struct {
	status printer.Status
	format convert.Format // in which documents are sent
}

// parseAbout answers ErrAnswer when the state is missing; everything else may be.
func parseAbout(m *goipp.Message) (about, error) {
	number, found := integer(m.Printer, "printer-state")
	state, known := map[int]printer.State{3: printer.Idle, 4: printer.Processing, 5: printer.Stopped}[number]
	if !found || !known {
		return about{}, fmt.Errorf("%w: printer state %d", printer.ErrAnswer, number)
	}
	s := printer.Status{State: state, Accepting: true}
	for _, name := range append(texts(m.Printer, "printer-info"), texts(m.Printer, "printer-name")...) {
		if s.Name == "" {
			s.Name = name
		}
	}
	for _, keyword := range texts(m.Printer, "printer-state-reasons") {
		if keyword != "none" {
			s.Reasons = append(s.Reasons, parseReason(keyword))
		}
	}
	if v, ok := first(m.Printer, "printer-is-accepting-jobs").(goipp.Boolean); ok {
		s.Accepting = bool(v)
	}
	s.A4 = slices.Contains(texts(m.Printer, "media-supported"), a4)
	s.Formats = texts(m.Printer, "document-format-supported")
	for _, v := range values(m.Printer, "printer-input-tray") {
		if t, ok := v.(goipp.Binary); ok {
			s.Trays = append(s.Trays, parseTray(string(t)))
		}
	}
	a := about{status: s, format: chooseFormat(m.Printer)}
	if a.format.MIME != "" {
		a.status.Format = a.format.String()
	}
	return a, nil
}

// parseTray reads "type=sheetFeedAutoRemovableTray;mediafeed=29700;mediaxfeed=21000;level=250;name=main;" (PWG 5100.13): lengths are
// hundredths of a millimetre, or thousandths where the tray says so.
func parseTray(text string) printer.Tray {
	facts := map[string]string{}
	for _, fact := range strings.Split(text, ";") {
		name, value, _ := strings.Cut(fact, "=")
		facts[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	unit := 100
	if strings.HasPrefix(strings.ToLower(facts["unit"]), "micro") {
		unit = 1000
	}
	length := func(name string) int {
		n, err := strconv.Atoi(facts[name])
		if err != nil || n < 0 || n > 10_000_000 {
			return 0
		}
		return (n + unit/2) / unit
	}
	t := printer.Tray{Name: facts["name"], Level: printer.UnknownSheets, Sheet: printer.Sheet{Width: length("mediaxfeed"), Height: length("mediafeed")}}
	if t.Sheet.Width == 0 || t.Sheet.Height == 0 {
		t.Sheet = printer.Sheet{}
	}
	if n, err := strconv.Atoi(facts["level"]); err == nil && n >= printer.AnySheets && n != -1 {
		t.Level = n
	}
	return t
}

// parseReason splits "media-empty-error". A reason without a severity counts as an error (RFC 8011, 5.4.12).
func parseReason(keyword string) printer.Reason {
	for _, severity := range []printer.Severity{printer.Report, printer.Warning, printer.Error} {
		if bare, ok := strings.CutSuffix(keyword, "-"+string(severity)); ok {
			return printer.Reason{Keyword: bare, Severity: severity}
		}
	}
	return printer.Reason{Keyword: keyword, Severity: printer.Error}
}

// job is what a printer says of a job.
type job struct {
	ended, completed bool
	stopped          bool // by the printer, which waits for somebody
	forgotten        bool // the printer does not know it any more, as many do with what is done
	reasons          []string
}

func parseJob(m *goipp.Message) (job, error) {
	const stopped, canceled, aborted, completed = 6, 7, 8, 9
	state, found := integer(m.Job, "job-state")
	if !found || state < 3 || state > completed {
		return job{}, fmt.Errorf("%w: job state %d", printer.ErrAnswer, state)
	}
	return job{
		ended:     state >= canceled,
		completed: state == completed,
		stopped:   state == stopped,
		reasons:   texts(m.Job, "job-state-reasons"),
	}, nil
}

// failure answers why an ended job is not on paper, or nil when it is.
func (j job) failure(after printer.Status) error {
	if j.completed {
		return nil
	}
	if err := after.Problem(); err != nil || j.forgotten {
		return err
	}
	return fmt.Errorf("%w: %s", printer.ErrRefused, strings.Join(j.reasons, ", "))
}

func parseJobID(m *goipp.Message) (int, error) {
	id, found := integer(m.Job, "job-id")
	if !found || id < 1 {
		return 0, fmt.Errorf("%w: no job number", printer.ErrAnswer)
	}
	return id, nil
}

// parseNamed returns the number of the job of that name in a list of jobs, 0 when it is not there.
func parseNamed(m *goipp.Message, name string) int {
	for _, g := range m.AttrGroups() {
		if id, found := integer(g.Attrs, "job-id"); found && g.Tag == goipp.TagJobGroup && slices.Contains(texts(g.Attrs, "job-name"), name) {
			return id
		}
	}
	return 0
}

func first(attributes goipp.Attributes, name string) goipp.Value {
	for _, a := range attributes {
		if a.Name == name && len(a.Values) > 0 {
			return a.Values[0].V
		}
	}
	return nil
}

func values(attributes goipp.Attributes, name string) (all []goipp.Value) {
	for _, a := range attributes {
		if a.Name == name {
			for _, v := range a.Values {
				all = append(all, v.V)
			}
		}
	}
	return all
}

func integer(attributes goipp.Attributes, name string) (value int, found bool) {
	v, ok := first(attributes, name).(goipp.Integer)
	return int(v), ok
}

func texts(attributes goipp.Attributes, name string) []string {
	var all []string
	for _, v := range values(attributes, name) {
		switch s := v.(type) {
		case goipp.String:
			all = append(all, string(s))
		case goipp.TextWithLang:
			all = append(all, s.Text)
		}
	}
	return all
}
