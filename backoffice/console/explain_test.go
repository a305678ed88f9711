package console

import (
	"errors"
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
)

// A command says what to do, and behind it what the log would say.
func TestExplain(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"There is no such hall; check its id in the catalogue. (not_found (hall))": ra.E(ra.CodeNotFound).At("hall"),
		"Auditors and administrators have no other role. They already are: Supervisor. (role auditor: grant_alone (role) role=supervisor)": fmt.Errorf(
			"role auditor: %w", ra.E(ra.CodeGrantAlone, "role", "supervisor").At("role")),
		"no such file": errors.New("no such file"),
	} {
		if got := Explain(err); got != want {
			t.Errorf("Explain(%v) = %q, want %q", err, got, want)
		}
	}
}
