package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// When a kiosk renews its client certificate.
const (
	renewalRound = time.Hour // between two looks at it, up to a quarter more or less by chance
	renewalPart  = 3         // it is renewed once less than this part of its life is left
	warningPart  = 10        // and it is time to worry once less than this part is
)

// certifier is what a renewal asks of the back office; *api.Client is one.
type certifier interface {
	Renew(ctx context.Context, csr []byte) (api.Renewal, error)
	Kiosk(ctx context.Context) (ra.Kiosk, error)
	Reconnect()
}

var _ certifier = (*api.Client)(nil)

// renewal renews the kiosk's client certificate while the kiosk runs. Killed at any moment, the kiosk has the old
// certificate or the new one, and both work: the back office forgets the old one only when the new one is shown.
type renewal struct {
	badge  *badge
	office certifier
	open   func(context.Context) (*safe.Safe, error) // the kiosk's secrets, only while they are needed
	now    func() time.Time
	after  func(time.Duration) <-chan time.Time
	log    *slog.Logger
}

// run looks at the certificate at once and then from time to time, until ctx ends.
func (r renewal) run(ctx context.Context) {
	for {
		r.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-r.after(renewalRound*3/4 + rand.N(renewalRound/2)):
		}
	}
}

// look renews the certificate when it is time. What goes wrong is told, and tried again the next time.
func (r renewal) look(ctx context.Context) {
	own := r.badge.leaf()
	left, life := own.NotAfter.Sub(r.now()), own.NotAfter.Sub(own.NotBefore)
	if left > life/renewalPart {
		return
	}
	err := r.renew(ctx, own)
	if err == nil || ctx.Err() != nil {
		return
	}
	log := r.log.With("until", own.NotAfter, "error", err)
	switch {
	case left <= 0:
		log.Error("the client certificate has ended and is not renewed: end the kiosk and enrol it with a fresh code from the console " +
			"(`keyhall-kiosk enrol --config FILE`); it stays the kiosk that it is")
	case left < life/warningPart:
		log.Warn("the client certificate ends soon and is not renewed; it is tried again")
	default:
		log.Info("the client certificate is not renewed yet; it is tried again")
	}
}

// renew asks for a certificate of a fresh key, keeps both, and shows them from then on.
func (r renewal) renew(ctx context.Context, own *x509.Certificate) error {
	secrets, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer secrets.Close()
	who, err := loadIdentity(secrets)
	clear(who.Key)
	if err != nil {
		return err
	}
	key, err := nextKey(secrets, renewalOf(own))
	if err != nil {
		return err
	}
	csr, err := certificateRequest(key)
	if err != nil {
		return err
	}
	answer, err := r.office.Renew(ctx, csr)
	if err != nil {
		return fmt.Errorf("renewal: %w", err)
	}
	next, err := adopt(secrets, who.Kiosk, append([][]byte{answer.Certificate}, answer.Chain...))
	if err != nil {
		return err
	}
	r.badge.change(next)
	r.office.Reconnect()
	r.log.Info("the client certificate is renewed", "until", next.Leaf.NotAfter)
	if _, err := r.office.Kiosk(ctx); err != nil { // the first use, or else whatever the kiosk asks next
		r.log.Warn("the new client certificate could not be tried; the one before is good until it is used", "error", err)
	}
	return nil
}

// renewalOf is the occasion of a key: the certificate that it follows.
func renewalOf(own *x509.Certificate) string { return fmt.Sprintf("renewal %x", own.SerialNumber) }
