package issuing_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
	"keyhall/backoffice/vault"
)

// spoil runs SQL with triggers and foreign keys off, as somebody who owns the database can.
func spoil(t *testing.T, h *servicetest.Hall, sql string) {
	t.Helper()
	storetest.Spoil(t, h.DSN, sql)
}

// lived is a hall with an order of two keys: one done, one issued, and one key given up.
func lived(t *testing.T) *servicetest.Hall {
	t.Helper()
	h := servicetest.New(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	h.Made(t, account, order, code)
	lost := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, lost)
	h.Certified(t, release, lost)
	if err := h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	key := servicetest.NewKey(t)
	h.Certified(t, h.Reserved(t, account, order, code, key), key)
	h.Sound(t)
	return h
}

func TestAuditFindsEachBrokenInvariant(t *testing.T) {
	t.Parallel()
	whole := lived(t)
	whole.Store.Close()
	for name, c := range map[string]struct {
		sql       string
		invariant int
		want      string
	}{
		"done without proof":      {`DELETE FROM proofs`, 1, "done without a stored proof"},
		"proven but issued":       {`UPDATE certificates SET state = 'issued' WHERE state = 'active'`, 1, "done with 0 proven certificates"},
		"active, unit not done":   {`UPDATE units SET state = 'issued' WHERE state = 'done'`, 1, "is active, but its unit is issued"},
		"unit done by hand":       {`UPDATE units SET state = 'done' WHERE state = 'issued'`, 1, "done with 0 proven certificates"},
		"key still blank":         {`UPDATE ukeys SET life = 'blank', custody = 'stock'`, 1, "carries a certificate that is active, but is blank"},
		"two units on one key":    {`UPDATE operations p SET state = 'done' WHERE state = 'issued'; UPDATE certificates SET state = 'active', serial = (SELECT serial FROM certificates WHERE state = 'active') WHERE state = 'issued'`, 1, "carries 2 units"},
		"operation forgotten":     {`UPDATE units SET state = 'waiting', operation_id = NULL WHERE state = 'issued'`, 1, "its unit does not name it"},
		"unit and operation":      {`UPDATE units SET state = 'reserved' WHERE state = 'issued'`, 1, "it is reserved, but its operation is issued"},
		"register row lost":       {`DELETE FROM certificates WHERE state = 'issued'`, 2, "issued without a certificate in the register"},
		"given-up row lost":       {`DELETE FROM certificates WHERE state = 'revoked'`, 2, "released without a certificate in the register"},
		"active without proof":    {`UPDATE certificates SET state = 'active' WHERE state = 'issued'`, 2, "it is active without proof"},
		"suspended by hand":       {`UPDATE certificates SET state = 'suspended' WHERE state = 'active'`, 2, "it is suspended, but 0 suspensions of it are open"},
		"active though on hold":   {`INSERT INTO suspensions (certificate_id, reason, ground, note, made_at) SELECT id, 'staff', 'doubt', 'x', now() FROM certificates WHERE state = 'active'`, 2, "it is active, but 1 suspensions of it are open"},
		"another serial number":   {`UPDATE certificates SET serial_number = 'ff' WHERE state = 'active'`, 2, "its operation chose the serial number"},
		"bytes damaged":           {`UPDATE certificates SET der = set_byte(der, 40, get_byte(der, 40) # 1) WHERE state = 'issued'`, 2, ""},
		"bytes of another":        {`UPDATE certificates SET der = (SELECT der FROM certificates WHERE state = 'active') WHERE state = 'issued'`, 2, "its bytes have another serial number"},
		"another issuer":          {`UPDATE certificates SET issuer = 'CN=x' WHERE state = 'active'`, 2, "its bytes name another issuer than CN=x"},
		"another use":             {`UPDATE certificates SET usage = 'sign_decrypt' WHERE state = 'active'`, 2, "its bytes are for another use than sign_decrypt"},
		"another end":             {`UPDATE certificates SET not_after = not_after + interval '1 year' WHERE state = 'active'`, 2, "its bytes are good from"},
		"another beginning":       {`UPDATE certificates SET not_before = not_before + interval '1 day' WHERE state = 'active'`, 2, "its bytes are good from"},
		"another subject":         {`UPDATE certificates SET subject = 'CN=x' WHERE state = 'active'`, 2, "its bytes name another subject"},
		"another subject asked":   {`UPDATE operations SET subject = 'x' WHERE state = 'done'`, 2, "its bytes name another subject"},
		"given up but not":        {`UPDATE certificates SET state = 'issued', revoked_at = NULL WHERE state = 'revoked'`, 2, "its operation was released, but it is issued"},
		"proof of other bytes":    {`UPDATE proofs SET sha256 = 'x'`, 2, "its proof read back other bytes"},
		"outside the register":    {`DELETE FROM proofs; DELETE FROM certificates; UPDATE units SET operation_id = NULL, state = 'waiting'; DELETE FROM operations`, 2, "it stands outside the register"},
		"kiosk outside":           {`DELETE FROM kiosk_certificates`, 2, "the CA signed it for a kiosk, but it stands outside the register"},
		"public key doubled":      {`UPDATE operations SET key_hash = (SELECT key_hash FROM operations WHERE state = 'done') WHERE state = 'issued'`, 2, "it was asked for by operation"},
		"public key of a kiosk":   {`UPDATE kiosk_certificates SET key_hash = (SELECT key_hash FROM operations WHERE state = 'done') FROM kiosks k WHERE k.id = kiosk_id AND prefix = 'XH01'`, 2, "it was asked for by kiosk"},
		"kiosk's key given free":  {`DELETE FROM public_keys WHERE owner_kind = 'kiosk'`, 2, "its public key is not taken for it"},
		"staff key given free":    {`INSERT INTO staff_keys (id, staff_id, name, public_key, key_hash, asked_at) SELECT gen_random_uuid(), id, 'x', 'x', 'x', now() FROM staff LIMIT 1`, 2, "its public key is not taken for who has it"},
		"staff key of a customer": {`INSERT INTO staff_keys (id, staff_id, name, public_key, key_hash, asked_at) SELECT gen_random_uuid(), s.id, 'x', 'x', p.key_hash, now() FROM staff s, operations p WHERE p.key_hash IS NOT NULL LIMIT 1`, 2, " and staff "},
		"kiosk half retired":      {`UPDATE kiosks SET retired_at = now() WHERE prefix = 'XH02'`, 2, "its kiosk XH02 was retired, but it was not"},
		"public key given free":   {`DELETE FROM public_keys`, 2, "its public key is not taken for it"},
		"key record lost":         {`DELETE FROM ukeys`, 3, "the record knows up to nothing"},
		"version forgotten":       {`UPDATE ukeys SET admin_pin = 0`, 3, "the record knows up to 0"},
		"model's rule changed":    {`UPDATE ukey_models SET admin_pin_alphabet = 'ABCDEFGHIJ'`, 3, "cannot be derived any more"},
		"unit lost":               {`DELETE FROM units WHERE state = 'issued'`, 4, "it has 1 units, but 2 were ordered"},
		"unit added":              {`INSERT INTO units (id, order_id, kind, index, service_id, term_months, state) SELECT gen_random_uuid(), id, kind, 9, 'x', 1, 'waiting' FROM orders`, 4, "it has 3 units, but 2 were ordered"},
		"paid less":               {`UPDATE payments SET amount_fen = 1`, 4, "with 1 fen paid of 40000"},
		"payment lost":            {`DELETE FROM payments`, 4, "with no fen paid of 40000"},
		"price changed":           {`UPDATE order_lines SET price_fen = 1`, 4, "it costs 40000 fen, its lines 2"},
		"begun unpaid":            {`UPDATE orders SET payment = 'unpaid', state = 'open'`, 4, "2 of its units were begun while it is open and unpaid"},
		"cancelled in the middle": {`UPDATE orders SET state = 'cancelled'`, 4, "cancelled with 1 units open"},
		"done too early":          {`UPDATE orders SET state = 'done'`, 4, "done with 1 units open"},
		"line changed":            {`UPDATE audit SET action = 'order.cancel' WHERE id = 5`, 5, "line 5 was changed, or written by somebody else"},
		"line missing":            {`DELETE FROM audit WHERE id = 5`, 5, "1 of the "},
		"lines truncated":         {`TRUNCATE audit`, 5, "nothing says that they were dropped for their age"},
		"all truncated":           {`TRUNCATE audit, audit_sets`, 5, "but no line of the trail tells of it"},
	} {
		t.Run(name, func(t *testing.T) {
			h := whole.Copy(t)
			spoil(t, h, c.sql)
			found, err := h.Audit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Invariant == c.invariant && strings.Contains(f.What, c.want) {
					return
				}
			}
			t.Errorf("found\n%s\nwant %d: … %s", servicetest.Told(found), c.invariant, c.want)
		})
	}
}

// TestAuditFindsKeysThatShareAPrime, which no look at one key alone shows.
func TestAuditFindsKeysThatShareAPrime(t *testing.T) {
	t.Parallel()
	h := lived(t)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	servicetest.Must(t, err)
	prime := func() *big.Int {
		p, err := rand.Prime(rand.Reader, 1024)
		servicetest.Must(t, err)
		return p
	}
	p, q := prime(), prime()
	for state, other := range map[string]*big.Int{"active": q, "issued": prime()} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &rsa.PublicKey{N: new(big.Int).Mul(p, other), E: 65537}, own)
		servicetest.Must(t, err)
		spoil(t, h, fmt.Sprintf(`UPDATE certificates SET der = '\x%x' WHERE state = '%s'`, der, state))
	}
	found, err := h.Audit(t.Context())
	servicetest.Must(t, err)
	sharing := slices.DeleteFunc(found, func(f book.Finding) bool { return !strings.Contains(f.What, "has a prime in common") })
	if len(sharing) != 2 {
		t.Errorf("found\n%s\nwant two keys that share a prime", servicetest.Told(sharing))
	}
}

// TestAuditFindsWhatDoesNotFollow: a certificate that took another's place, and a key that was unlocked.
func TestAuditFindsWhatDoesNotFollow(t *testing.T) {
	t.Parallel()
	h, _, release := extending(t)
	fresh, issued := h.certified(t, release)
	h.confirmed(t, release, h.proof(t, release, fresh))
	h.key, h.certificate = fresh, issued.CertificateID
	unlock := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	release = h.reserved(t, unlock, ra.PlanUnlock, h.code(t, unlock))
	proof := h.proof(t, release, fresh)
	proof.PINOpens = true
	h.confirmed(t, release, proof)
	h.Sound(t)
	whole := h.Hall
	whole.Store.Close()
	const unproven = `DELETE FROM proofs WHERE operation_id = (SELECT operation_id FROM certificates WHERE supersedes IS NOT NULL)`
	for name, c := range map[string]struct{ sql, want string }{
		"the PIN was not seen": {`UPDATE proofs SET pin_opens = false`, "nothing shows that the PIN opens the key"},
		"both are in use":      {`UPDATE certificates SET state = 'active' WHERE state = 'superseded'`, "which is active while it is active"},
		"nothing was proven":   {unproven, "nothing that was proven takes its place"},
		"revoked, not proven": {unproven + `; UPDATE certificates SET state = 'revoked', revoked_at = now() WHERE supersedes IS NOT NULL`,
			"nothing that was proven takes its place"},
	} {
		t.Run(name, func(t *testing.T) {
			h := whole.Copy(t)
			spoil(t, h, c.sql)
			found, err := h.Audit(t.Context())
			servicetest.Must(t, err)
			if told := servicetest.Told(found); !strings.Contains(told, c.want) {
				t.Errorf("found\n%s\nwant %s", told, c.want)
			}
		})
	}
}

func TestAuditFindsAnotherMasterKey(t *testing.T) {
	t.Parallel()
	h := lived(t)
	config := h.IssuingConfig
	v, err := vault.New(map[int][]byte{1: bytes.Repeat([]byte{8}, vault.MasterBytes)})
	if err != nil {
		t.Fatal(err)
	}
	config.Vault = v
	other := issuing.New(config)
	found, err := other.Audit(t.Context())
	if err != nil || len(found) != 3 || found[0].Invariant != 3 {
		t.Errorf("found\n%s\n%v, want each of the three keys", servicetest.Told(found), err)
	}
}

// TestAdminPINsAreReadInPages: none is left out between them.
func TestAdminPINsAreReadInPages(t *testing.T) {
	t.Parallel()
	h := lived(t)
	ctx := t.Context()
	whole, err := h.Store.AdminPINsPage(ctx, book.AdminPINRecord{}, 10)
	if err != nil || len(whole) != 3 {
		t.Fatalf("%d administrator PINs, %v, want 3", len(whole), err)
	}
	after := book.AdminPINRecord{}
	for i, want := range whole {
		page, err := h.Store.AdminPINsPage(ctx, after, 1)
		if err != nil || len(page) != 1 || page[0].Key != want.Key || page[0].Version != want.Version {
			t.Fatalf("page %d: %v, %v", i, page, err)
		}
		after = page[0]
	}
	if page, err := h.Store.AdminPINsPage(ctx, after, 1); err != nil || len(page) != 0 {
		t.Errorf("after the last: %v, %v", page, err)
	}
}

func TestAuditFindsAnotherCA(t *testing.T) {
	t.Parallel()
	h := lived(t)
	config := h.IssuingConfig
	another := servicetest.NewIssuer(t)
	config.Issuer, config.Revoker = another, another
	other := issuing.New(config)
	found, err := other.Audit(t.Context())
	if err != nil || len(found) != 3 || found[0].What != "the CA did not sign it" {
		t.Errorf("found\n%s\n%v, want each of the three certificates", servicetest.Told(found), err)
	}
}

func TestTrailTellsWithTheTransaction(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	order := h.Submitted(t, account, 1)
	_, err := h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.WantCode(t, "not judged", err, ra.CodeMaterialsUnjudged, "")
	c, err := h.Case(t.Context(), h.Supervisor, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range c.History {
		if line.Action == "order.approve" {
			t.Error("an approval that failed stands in the trail")
		}
	}
}

func TestSealingAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 10 {
				if _, err := h.SealAudit(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range 5 {
		h.Placed(t, h.Registered(t), 1)
	}
	for range 4 {
		<-done
	}
	h.Sound(t)
}
