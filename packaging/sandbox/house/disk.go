package house

import (
	"context"
	"time"

	"keyhall/kiosk/journal"
	"keyhall/kiosk/safe"
)

// Journal opens the journal of the stopped kiosk with the key that lies beside it, as whoever carries its disk away can. The
// sandbox's secrets are kept by a plain file; a TPM or a credential of systemd's would keep them from the thief.
func (h *House) Journal(ctx context.Context) (*journal.Journal, error) {
	secrets, err := safe.Open(ctx, safe.Config{Dir: h.kioskSecrets(), TPM: safe.TPMOff})
	if err != nil {
		return nil, err
	}
	defer secrets.Close()
	key, err := secrets.Read("journal")
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return journal.Open(ctx, h.path("kiosk", "data", "journal.db"), key, time.Now)
}

// OfficeData is the back office's data folder.
func (h *House) OfficeData() string { return h.path("office", "data") }
