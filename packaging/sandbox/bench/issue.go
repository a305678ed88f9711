package bench

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/house"
)

// issuer is one client: a kiosk with a connection of its own, working through orders of its own.
type issuer struct {
	client  *api.Client
	session string
	model   ra.UKeyModel
	orders  []desk.Order
	keys    []*ecdsa.PrivateKey
	times   Sample // of one certificate
}

// Issues lets 1, 2, 4, … clients issue so many certificates each time, and adds the rates, beside those of the first release where they are
// known.
func Issues(ctx context.Context, h *house.House, clients []int, certificates int, first map[int]float64, t *Table) error {
	d, err := desk.Open(ctx, h, string(ukey.ECP256), 200)
	if err != nil {
		return err
	}
	defer d.Close()
	base := 0.0
	for _, n := range clients {
		perSecond, times, err := issues(ctx, h, d, n, certificates)
		if err != nil {
			return err
		}
		if base == 0 {
			base = perSecond
		}
		note := ""
		if n == clients[0] {
			note = "reserve, certify, confirm; keys made before; rate relative to the first"
		}
		who := fmt.Sprintf("%d clients", n)
		if n == 1 {
			who = "1 client"
		}
		t.Rate("issue, "+who, perSecond, base, times, note)
		if was := first[n]; was > 0 {
			t.Ratio("  ÷ the first release's, "+rate(was), len(times), perSecond/was, "commit "+FirstRelease+", its own bench, just before")
		}
	}
	t.Line()
	return nil
}

// Trail lets clients issue in turns with and without lines of the audit trail being stored, and adds the ratio.
func Trail(ctx context.Context, h *house.House, clients, certificates int, t *Table) error {
	d, err := desk.Open(ctx, h, string(ukey.ECP256), 201)
	if err != nil {
		return err
	}
	defer d.Close()
	const rounds = 3
	var with, without float64
	for range rounds {
		perSecond, _, err := issues(ctx, h, d, clients, certificates)
		if err != nil {
			return err
		}
		with += 1 / perSecond
		on, err := TrailOff(ctx, h)
		if err != nil {
			return err
		}
		perSecond, _, err = issues(ctx, h, d, clients, certificates)
		if err := errors.Join(err, on()); err != nil {
			return err
		}
		without += 1 / perSecond
	}
	t.Ratio(fmt.Sprintf("issue, %d clients, audit on ÷ off", clients), rounds*certificates, without/with, "rates, in turns; off: the database drops the lines")
	return nil
}

// Large lets clients issue with registers of these sizes, smallest first, and adds the ratio of the last rate to the first.
func Large(ctx context.Context, h *house.House, clients, certificates int, sizes []int, t *Table) error {
	d, err := desk.Open(ctx, h, string(ukey.ECP256), 202)
	if err != nil {
		return err
	}
	defer d.Close()
	var rates []float64
	for _, size := range sizes {
		if err := Fill(ctx, h, size); err != nil {
			return err
		}
		perSecond, times, err := issues(ctx, h, d, clients, certificates)
		if err != nil {
			return err
		}
		rates = append(rates, perSecond)
		t.Rate(fmt.Sprintf("issue, %d clients, %d certificates in the register", clients, size), perSecond, rates[0], times, "rate relative to the first")
	}
	t.Line()
	return nil
}

// issues lets so many clients issue so many certificates together: the rate, and the times of each.
func issues(ctx context.Context, h *house.House, d *desk.Desk, clients, certificates int) (perSecond float64, times Sample, err error) {
	all, err := prepare(ctx, h, d, clients, certificates)
	if err == nil {
		perSecond, times, err = race(ctx, all)
	}
	if err != nil {
		err = fmt.Errorf("%d clients: %w", clients, err)
	}
	return perSecond, times, err
}

// prepare does everything that is not to be measured: orders, their approval, key pairs, connections.
func prepare(ctx context.Context, h *house.House, d *desk.Desk, clients, certificates int) ([]*issuer, error) {
	var all []*issuer
	for range clients {
		c, err := h.Line().Client()
		if err != nil {
			return nil, err
		}
		if err := c.Ping(ctx); err != nil {
			return nil, err
		}
		i := &issuer{client: c, session: d.Session, model: d.Project.Models[0]}
		for len(i.keys) < (certificates+clients-1)/clients {
			o, err := d.Approved(ctx, min(d.Project.MaxUnits, (certificates+clients-1)/clients-len(i.keys)))
			if err != nil {
				return nil, err
			}
			i.orders = append(i.orders, o)
			for range o.Units {
				key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				if err != nil {
					return nil, err
				}
				i.keys = append(i.keys, key)
			}
		}
		all = append(all, i)
	}
	return all, nil
}

// race lets all begin at once.
func race(ctx context.Context, all []*issuer) (perSecond float64, times Sample, err error) {
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	start := time.Now()
	for n, i := range all {
		wg.Go(func() { errs[n] = i.run(ctx) })
	}
	wg.Wait()
	took := time.Since(start)
	for _, i := range all {
		times = append(times, i.times...)
		i.client.Close()
	}
	return float64(len(times)) / took.Seconds(), times, errors.Join(errs...)
}

func (i *issuer) run(ctx context.Context) error {
	next := 0
	for _, o := range i.orders {
		for range o.Units {
			start := time.Now()
			if err := i.issue(ctx, o, i.keys[next]); err != nil {
				return err
			}
			i.times.Add(time.Since(start))
			next++
		}
	}
	return nil
}

// issue is what a kiosk asks of the back office for one key.
func (i *issuer) issue(ctx context.Context, o desk.Order, key *ecdsa.PrivateKey) error {
	id := uuid.Must(uuid.NewV7()).String()
	release, err := i.client.Reserve(ctx, i.session, ra.Reservation{
		OperationID: id, OrderID: o.ID, Key: ra.KeyIdentity{Manufacturer: i.model.Manufacturer, Model: i.model.Model, Serial: "bench-" + id},
		AuthCode: o.Code, Attempt: ra.AdminAttempt{ID: id, Initialized: true, State: ra.TokenPINOK}})
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: release.Subject}, key)
	if err != nil {
		return err
	}
	issued, err := i.client.Certify(ctx, release.Hold(), request, release.Opening.Set.Version)
	if err != nil {
		return fmt.Errorf("certify: %w", err)
	}
	challenge := issued.Challenge
	digest := sha256.Sum256(ra.ProofMessage(challenge))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	_, err = i.client.Confirm(ctx, release.Hold(), ra.Proof{OperationID: id, Challenge: challenge, Signature: signature, Certificate: issued.Certificate,
		Inside: true, AdminPIN: release.Opening.Set.Version})
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}
