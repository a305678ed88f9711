package server_test

import (
	"net/http"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
)

// TestRefusalsAreNotMistypedFields: who may not, or not now, is told apart from who entered something wrong.
func TestRefusalsAreNotMistypedFields(t *testing.T) {
	t.Parallel()
	for code, want := range map[ra.Code]int{
		ra.CodeTicketDead: http.StatusForbidden, ra.CodePresenceOver: http.StatusForbidden, ra.CodeMandateOver: http.StatusForbidden,
		ra.CodeKioskBlocked: http.StatusForbidden, ra.CodeSessionOver: http.StatusUnauthorized,
		ra.CodeLoginPaused: http.StatusTooManyRequests, ra.CodeAuthCodePaused: http.StatusTooManyRequests, ra.CodeSMSPaused: http.StatusTooManyRequests,
		ra.CodeMobileDiffers: http.StatusUnprocessableEntity,
	} {
		if got := server.Status(code); got != want {
			t.Errorf("%s: status %d, want %d", code, got, want)
		}
	}
}
