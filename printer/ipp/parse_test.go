package ipp

import (
	"reflect"
	"testing"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
	"keyhall/printer/convert"
)

func TestParseReason(t *testing.T) {
	t.Parallel()
	tests := map[string]printer.Reason{
		"media-empty":         {Keyword: "media-empty", Severity: printer.Error},
		"media-empty-error":   {Keyword: "media-empty", Severity: printer.Error},
		"toner-low-warning":   {Keyword: "toner-low", Severity: printer.Warning},
		"media-low-report":    {Keyword: "media-low", Severity: printer.Report},
		"com.example.on-fire": {Keyword: "com.example.on-fire", Severity: printer.Error},
	}
	for keyword, want := range tests {
		if got := parseReason(keyword); got != want {
			t.Errorf("%s: got %v, want %v", keyword, got, want)
		}
	}
}

func TestAddressOfHTTP(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ipp://hall-printer/ipp/print":       "http://hall-printer:631/ipp/print",
		"ipp://127.0.0.1:8631/ipp/print":     "http://127.0.0.1:8631/ipp/print",
		"ipps://hall-printer.local/ipp/port": "https://hall-printer.local:631/ipp/port",
	}
	for uri, want := range tests {
		if got, _, err := address(uri); got != want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", uri, got, err, want)
		}
	}
}

// answer is what a printer with a job sends, all in one.
func answer() *goipp.Message {
	m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, 1)
	m.Printer.Add(goipp.MakeAttribute("printer-info", goipp.TagText, goipp.String("Hall Printer")))
	m.Printer.Add(goipp.MakeAttribute("printer-state", goipp.TagEnum, goipp.Integer(5)))
	m.Printer.Add(goipp.MakeAttr("printer-state-reasons", goipp.TagKeyword, goipp.String("media-empty"), goipp.String("toner-low-warning")))
	m.Printer.Add(goipp.MakeAttribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(true)))
	m.Printer.Add(goipp.MakeAttr("media-supported", goipp.TagKeyword, goipp.String("na_letter_8.5x11in"), goipp.String(a4)))
	m.Job.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(7)))
	m.Job.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(9)))
	return m
}

func TestParseAbout(t *testing.T) {
	t.Parallel()
	got, err := parseAbout(answer())
	if err != nil {
		t.Fatal(err)
	}
	want := about{format: convert.Format{MIME: convert.PDF}, status: printer.Status{
		Name: "Hall Printer", State: printer.Stopped, Accepting: true, A4: true, Format: convert.PDF,
		Reasons: []printer.Reason{{Keyword: "media-empty", Severity: printer.Error}, {Keyword: "toner-low", Severity: printer.Warning}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func FuzzAnswer(f *testing.F) {
	bytes, err := answer().EncodeBytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes)
	f.Add([]byte{2, 0, 0x04, 0x06, 0, 0, 0, 1, 3})
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := decode(body)
		if err != nil {
			return
		}
		if a, err := parseAbout(m); err == nil && a.status.State == "" {
			t.Error("accepted a printer without a state")
		}
		if id, err := parseJobID(m); err == nil && id < 1 {
			t.Errorf("accepted job number %d", id)
		}
		if j, err := parseJob(m); err == nil && j.completed && !j.ended {
			t.Error("a completed job has not ended")
		}
	})
}
