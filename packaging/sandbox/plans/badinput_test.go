package plans

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// badInput names what can be wrong at the five services, and the test that plays each. "TestMishaps/NAME" is one of this package, with a real key
// and the back office itself, for every plan that it concerns.
var badInput = []struct {
	what  string
	tests []string // folder and test
}{
	{"no such key", []string{here + "no key", here + "pulled in the middle", "kiosk/write TestMakeRefuses", "kiosk/write TestStruckAtEveryCall"}},
	{"no such certificate", []string{"backoffice/intake TestOrderOnCertificatesIsChecked"}},
	{"somebody else's", []string{here + "somebody else's order", here + "another key is plugged in instead", "backoffice/issuing TestWhoReservesAnothersCertificateStandsInTheTrail"}},
	{"wrong project", []string{here + "a hall that does not serve the project", "backoffice/intake TestKeysThatDoNotLogIn"}},
	{"expired certificate", []string{here + "past its end", here + "past its end, inside the window", here + "past its window",
		"backoffice/intake TestOrderWithinTheWindow", "backoffice/issuing TestReissueAfterTheOldEnd"}},
	{"revoked certificate", []string{here + "revoked since", here + "revoked in the middle", "backoffice/intake TestOrderOnCertificatesIsChecked"}},
	{"suspended certificate", []string{here + "suspended since", here + "suspended in the middle", "backoffice/issuing TestOrdersWaitForASuspendedCertificate",
		"backoffice/issuing TestReissueOfASuspendedCertificate"}},
	{"order in the wrong state", []string{here + "an order that is not approved", "backoffice/servicetest TestEveryActionInEverySituation",
		"backoffice/servicetest TestTheDatabaseRefusesWhatTheTablesRefuse"}},
	{"materials missing", []string{"backoffice/intake TestSubmitAndReturn", "backoffice/servicetest TestEveryActionInEverySituation"}},
	{"notice not handed in", []string{"backoffice/intake TestNoticeIsAskedForWhereACertificateIsRewritten"}},
	{"code wrong five times", []string{here + "five wrong codes", "backoffice/review TestAuthorizationCodeIsLimited"}},
	{"code of another order", []string{here + "another order's code"}},
	{"code expired while resumed", []string{here + "a code that expired while the work was resumed"}},
	{"serial not the approved one", []string{here + "not the serial that was approved"}},
	{"PIN wrong", []string{here + "a wrong PIN", here + "one attempt at the PIN is left", here + "the PIN is locked", "kiosk/write TestLastAttemptIsThePersons"}},
	{"administrator PIN unknown", []string{here + "nobody knows the administrator PIN", "backoffice/intake TestKeyThatNobodyManagesIsReissued", "kiosk/write TestUnlockSpendsOneAttempt"}},
	{"token full", []string{here + "no room on the key", "kiosk/write TestOnlyWhatWasChosenIsErased"}},
	{"key that refuses relabelling", []string{here + "a key that refuses another label"}},
	{"session over in the middle", []string{here + "the session is over in the middle"}},
	{"two services for one key", []string{here + "another service is at work on the key", "backoffice/issuing TestTwoOrdersTakeTheSameKey", "backoffice/issuing TestEveryPlanAtOnce"}},
	{"two orders of a kind for one certificate", []string{"backoffice/intake TestOneOpenOrderForACertificateAndKind", "backoffice/intake TestColleaguesOrderAtOnce"}},
	{"the CA ends before the new date", []string{here + "the CA ends before the new date", here + "the CA ends before the new date, seen in the middle",
		"backoffice/issuing TestNothingIsSoldThatCannotBeIssued", "backoffice/issuing TestTermsAddUp"}},
	{"price changed since", []string{"backoffice/intake TestPriceThatWasNotSeen"}},
}

const here = "packaging/sandbox/plans TestMishaps/"

// TestBadInputIsPlayed: every test that the table names is there.
func TestBadInputIsPlayed(t *testing.T) {
	t.Parallel()
	for _, b := range badInput {
		for _, named := range b.tests {
			folder, test, _ := strings.Cut(named, " ")
			test, part, _ := strings.Cut(test, "/")
			if !stands(t, folder, "func "+test+"(t *testing.T) {") || part != "" && !stands(t, folder, `	{"`+part+`", `) {
				t.Errorf("%s: there is no test %s", b.what, named)
			}
		}
	}
}

// stands tells whether a text stands in one of a folder's tests.
func stands(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), text) {
			return true
		}
	}
	return false
}
