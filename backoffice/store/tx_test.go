package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func line(action string) book.AuditRow {
	return book.AuditRow{At: time.Now(), ActorKind: "system", Action: action}
}

// lines counts those of the trail with an action.
func lines(t *testing.T, s *store.Store, action string) (n int) {
	t.Helper()
	if err := s.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = $1`, action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWritesWait: what only writes goes with the next statement that is answered, the rest with the commit; where nothing is asked nothing
// is begun.
func TestWritesWait(t *testing.T) {
	t.Parallel()
	var meter storetest.Meter
	s := storetest.Open(t, storetest.DSN(t), meter.Of)
	ctx := t.Context()
	do := func(ask bool) storetest.Count {
		t.Helper()
		meter.Take()
		err := s.Do(ctx, func(tx *store.Tx) error {
			for _, write := range []error{tx.EndPresence(ctx, newID()), tx.SetWaitingSince(ctx, newID(), time.Now()),
				tx.MoveOperation(ctx, book.OperationRecord{Operation: ra.Operation{ID: newID(), KioskID: newID()}})} {
				if write != nil {
					return write
				}
			}
			if !ask {
				return nil
			}
			if _, err := tx.Order(ctx, newID()); ra.CodeOf(err) != ra.CodeNotFound {
				return err
			}
			return tx.EndPresence(ctx, newID())
		})
		if err != nil {
			t.Fatal(err)
		}
		return meter.Take()
	}
	for range 2 { // the second time all is prepared
		do(true)
		do(false)
	}
	if c := do(false); len(c.Statements) != 3 || c.Trips != 1 || c.Commits != 1 {
		t.Errorf("got %s, want 3 statements, 1 trip, 1 commit", c)
	}
	if c := do(true); len(c.Statements) != 5 || c.Trips != 2 || c.Commits != 1 {
		t.Errorf("got %s, want 5 statements, 2 trips, 1 commit", c)
	}
	meter.Take()
	if err := s.Do(ctx, func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if c := meter.Take(); len(c.Statements) != 0 {
		t.Errorf("got %s, want none", c)
	}
}

// TestSameRowsInOrder: of two writes to the same row the later one counts.
func TestSameRowsInOrder(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := t.Context()
	key := ra.KeyIdentity{Manufacturer: "m", Model: "k", Serial: "s"}
	err := storetest.Do(t, s, func(tx *store.Tx) error {
		return tx.PutUKeyModel(ctx, ra.UKeyModel{ID: "model", PINMin: 4, PINMax: 8}, book.AdminPINRule{Length: 8, Alphabet: "0123456789", Tries: 3})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = storetest.Do(t, s, func(tx *store.Tx) error {
		k, err := tx.LockUKey(ctx, key, "model", time.Now())
		if err != nil {
			return err
		}
		for _, k.PIN = range []ra.TokenPINState{ra.TokenPINLow, ra.TokenPINFinal, ra.TokenPINLocked} {
			if err := tx.SaveUKey(ctx, k, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := s.UKey(ctx, key); err != nil || k.PIN != ra.TokenPINLocked {
		t.Errorf("got %+v, %v, want locked", k, err)
	}
}

// TestNothingIsCommittedAfterAnError, whether it is the last statement's or one that was not listened to.
func TestNothingIsCommittedAfterAnError(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := t.Context()
	for action, do := range map[string]func(tx *store.Tx) error{
		"last": func(tx *store.Tx) error {
			return tx.SaveOrder(ctx, &ra.Order{ID: newID(), KioskID: newID(), State: ra.OrderDone}, time.Now())
		},
		"ignored": func(tx *store.Tx) error {
			_ = tx.SaveOrder(ctx, &ra.Order{ID: newID(), KioskID: newID(), State: ra.OrderDone}, time.Now())
			_, _ = tx.Order(ctx, newID())
			return nil
		},
	} {
		err := s.Do(ctx, func(tx *store.Tx) error {
			if err := tx.InsertAudit(ctx, line(action)); err != nil {
				return err
			}
			return do(tx)
		})
		if ra.CodeOf(err) != ra.CodeConflict || lines(t, s, action) != 0 {
			t.Errorf("%s: got %v and %d lines, want %s and none", action, err, lines(t, s, action), ra.CodeConflict)
		}
	}
}

// TestPublicKeyIsTakenOnce also when it goes along with other writes.
func TestPublicKeyIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := t.Context()
	take := func(owner string) error {
		return s.Do(ctx, func(tx *store.Tx) error {
			if err := tx.InsertPublicKey(ctx, []byte("hash"), "operation", owner, time.Now()); err != nil {
				return err
			}
			return tx.EndPresence(ctx, newID())
		})
	}
	first, second := newID(), newID()
	for _, owner := range []string{first, first} {
		if err := take(owner); err != nil {
			t.Errorf("its owner: %v", err)
		}
	}
	if err := take(second); ra.CodeOf(err) != ra.CodeKeyDuplicate {
		t.Errorf("another owner: got %v, want %s", err, ra.CodeKeyDuplicate)
	}
}
