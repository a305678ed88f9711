package screen

import (
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// argsOf are the facts that each code brings, as the code's comment in package ra says; others bring none.
var argsOf = map[ra.Code][]string{
	ra.CodeTooLong: {"max"}, ra.CodeCreditCodeLetter: {"position", "letter"}, ra.CodeQuantity: {"max"}, ra.CodePINTooShort: {"min"},
	ra.CodePINTooLong: {"max"}, ra.CodeLoginWrong: {"left"}, ra.CodeLoginPaused: {"minutes"}, ra.CodeAuthCodeWrong: {"left"},
	ra.CodeMaterialMissing: {"material"}, ra.CodeTooManyPages: {"max"}, ra.CodeScanTooLarge: {"max_mb"},
	ra.CodeUploadsFull: {"max", "max_mb"}, ra.CodeOrderFull: {"max", "max_mb"},
	ra.CodeKeyWrong: {"expected", "found"}, ra.CodePINWrong: {"left"}, ra.CodePasswordWrong: {"left"}, ra.CodeSubjectTooLong: {"max"},
	ra.CodeTermPastCA: {"until"}, ra.CodeAuthCodePaused: {"minutes"}, ra.CodeLoginKnown: {"left"}, ra.CodeMobileDiffers: {"mobile"},
	ra.CodeWindowEarly: {"from"}, ra.CodeWindowOver: {"until"}, ra.CodeOrderOpen: {"number"},
	ra.CodeStaffKeys: {"max"}, ra.CodeKeyNoDriver: {"model", "port"}, ra.CodeStaffPaused: {"minutes"},
	ra.CodeCharacter: {"character"}, ra.CodeUnprintable: {"character"}, ra.CodeAge: {"age"},
}

// Every sentence says only facts that its code brings, and has words for when a fact is missing.
func TestErrorsSayOnlyWhatTheyKnow(t *testing.T) {
	t.Parallel()
	for _, language := range languages() {
		w := mustWords(t, language)
		for _, c := range constants(t, "../../backoffice/ra", "Code") {
			code := ra.Code(c)
			known := map[string]string{}
			for _, arg := range argsOf[code] {
				known[arg] = "7"
			}
			if got := w.fault(&workflow.Fault{Code: code, Args: known}); placeholder.MatchString(got) || got == "" {
				t.Errorf("%s: error.%s says %q with %v", language, code, got, known)
			}
			if got := w.fault(&workflow.Fault{Code: code}); placeholder.MatchString(got) {
				t.Errorf("%s: error.%s without facts says %q", language, code, got)
			}
		}
	}
}

// jargon is what a customer need not know.
var jargon = []string{"PKCS", "CSR", "HTTP", "challenge", "SHA", "token", "serial number is null", "挑战", "令牌"}

// Every sentence is short enough for its place and says no jargon.
func TestErrorsAreShortAndPlain(t *testing.T) {
	t.Parallel()
	for language, most := range map[string]int{"zh_CN": 64, "en": 140} {
		w := mustWords(t, language)
		for key, text := range w.said {
			if !strings.HasPrefix(key, "error.") {
				continue
			}
			if n := len([]rune(text)); n > most {
				t.Errorf("%s %s: %d characters, want at most %d", language, key, n, most)
			}
			for _, word := range jargon {
				if strings.Contains(text, word) {
					t.Errorf("%s %s says %q: %s", language, key, word, text)
				}
			}
		}
	}
}

// After an empty glass a flatbed scanner only says that reading failed: the words still say where the paper goes.
func TestFailedScanTellsWhereThePaperGoes(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"zh_CN": "玻璃板", "en": "glass"} {
		got := mustWords(t, language).fault(&workflow.Fault{Code: ra.CodeScannerError})
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", language, got, want)
		}
	}
}

func TestSecondsHaveAUnit(t *testing.T) {
	t.Parallel()
	row := workflow.Row{ID: "seconds", Key: "span.seconds", Args: map[string]string{"seconds": "1.4"}}
	for language, want := range map[string]string{"zh_CN": "1.4 秒", "en": "1.4 s"} {
		if got := mustWords(t, language).row(row); got != want {
			t.Errorf("%s: got %q, want %q", language, got, want)
		}
	}
}
