package server_test

import (
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
)

// What a make may cost the database from the reservation to the proof.
const (
	mostStatements = 30
	mostTrips      = 12
	mostCommits    = 4
)

// TestPriceOfAMake counts what a make costs the database, as a kiosk asks for it over the wire, once the statements are prepared.
func TestPriceOfAMake(t *testing.T) {
	t.Parallel()
	var meter storetest.Meter
	hall, client := realHall(t, meter.Of)
	member := hall.Registered(t)
	session, err := client.LogIn(t.Context(), member.Login, servicetest.Password)
	servicetest.Must(t, err)
	for range 3 { // the last of them is counted
		order, code := hall.Approved(t, member, 1)
		meter.Take()
		made(t, client, session.Token, order, code)
	}
	paid := meter.Take()
	t.Log("\n" + paid.String())
	for what, n := range map[string][2]int{"statements": {len(paid.Statements), mostStatements}, "trips": {paid.Trips, mostTrips}, "commits": {paid.Commits, mostCommits}} {
		if n[0] > n[1] {
			t.Errorf("got %d %s, want %d at most", n[0], what, n[1])
		}
	}
	hall.Sound(t)
}

// made makes a key of an order, as a kiosk asks for it.
func made(t *testing.T, client *api.Client, session string, order ra.Order, code string) {
	t.Helper()
	key := servicetest.NewKey(t)
	reservation := servicetest.Reservation(t, order, code, key)
	release, err := client.Reserve(t.Context(), session, reservation)
	servicetest.Must(t, err)
	issued, err := client.Certify(t.Context(), release.Hold(), key.Request(t, release.Subject), release.Opening.Set.Version)
	servicetest.Must(t, err)
	_, err = client.Confirm(t.Context(), release.Hold(), ra.Proof{OperationID: reservation.OperationID, Challenge: issued.Challenge, Signature: key.Sign(t, issued.Challenge),
		Certificate: issued.Certificate, Inside: true, AdminPIN: release.Opening.Set.Version})
	servicetest.Must(t, err)
}
