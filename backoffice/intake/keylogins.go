package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// KeySessionLife is how long a key's session lasts at most; its idle end is that of any session.
const KeySessionLife = time.Hour

// KeyChallenge gives a key that is plugged in at the kiosk something to sign: for itself, or for the person who is logged in.
// What stands against it is told before anybody is asked for a signature. Field errors, CodeSessionOver, CodeKeyNoCertificate, CodeKeyOtherProject,
// CodeKeyLost, CodeKeyRetired, CodeKeySuspended, CodeKeyRevoked, CodeKeyExpired (args: until).
func (in *Intake) KeyChallenge(ctx context.Context, kiosk ra.Kiosk, caller Caller, a ra.KeyAsked) (ra.KeyChallenge, error) {
	none := ra.KeyChallenge{}
	if err := a.Check(); err != nil {
		return none, err
	}
	if a.Purpose == ra.KeyPurposeStaff { // no customer's
		return none, ra.E(ra.CodeInvalid).At("purpose")
	}
	personID := ""
	if a.Purpose.ByPerson() {
		if personID = caller.PersonID; personID == "" {
			return none, ra.E(ra.CodeSessionOver)
		}
	}
	nonce, err := in.clerk.Bytes(ra.KeyNonceBytes)
	if err != nil {
		return none, err
	}
	found, err := in.store.CertificatesOnKey(ctx, a.Key, a.Certificates)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, ra.E(ra.CodeKeyNoCertificate)
	}
	var sum [sha256.Size]byte
	err = in.store.Do(ctx, func(tx Tx) error {
		c, err := in.usable(ctx, tx, kiosk, a.Purpose, found)
		if err != nil {
			return err
		}
		sum = sha256.Sum256(c.DER)
		now := in.clerk.Now()
		return tx.InsertKeyNonce(ctx, book.KeyNonce{Nonce: nonce, KioskID: kiosk.ID, Purpose: a.Purpose, CertificateID: c.ID, PersonID: personID},
			now, now.Add(ra.KeyNonceLife))
	})
	return ra.KeyChallenge{Nonce: nonce, Certificate: sum[:]}, err
}

// usable is the one of a key's certificates that may be used for the purpose now, or what stands against the newest.
func (in *Intake) usable(ctx context.Context, tx Tx, kiosk ra.Kiosk, purpose ra.KeyPurpose, found []ra.Certificate) (ra.Certificate, error) {
	var first error
	for _, c := range found {
		_, refused, err := in.acts(ctx, tx, kiosk, purpose, c)
		if err != nil {
			return c, err
		}
		if refused == nil {
			return c, nil
		}
		if first == nil {
			first = refused
		}
	}
	return ra.Certificate{}, first
}

// acts tells whether a certificate lets its key act at the kiosk now, and in whose membership: past its time, in its window, for its own
// work alone.
func (in *Intake) acts(ctx context.Context, tx book.SignedTx, kiosk ra.Kiosk, purpose ra.KeyPurpose, c ra.Certificate) (m ra.Membership, refused, err error) {
	if m, err = tx.Membership(ctx, c.MembershipID); err != nil {
		return m, nil, err
	}
	err = in.fleet.MustOffer(ctx, tx, kiosk, m.ProjectID)
	if ra.CodeOf(err) == ra.CodeForbidden {
		return m, ra.E(ra.CodeKeyOtherProject), nil
	}
	if err != nil {
		return m, nil, err
	}
	key, err := tx.UKey(ctx, c.Key)
	if err != nil {
		return m, nil, err
	}
	lost, err := tx.KeyReported(ctx, c.Key)
	if err != nil {
		return m, nil, err
	}
	project, err := tx.Project(ctx, m.ProjectID)
	if err != nil {
		return m, nil, err
	}
	now := in.clerk.Now()
	m.Key = &ra.ActingKey{CertificateID: c.ID, SerialNumber: c.SerialNumber, Key: c.Key, NotAfter: c.NotAfter, Late: !now.Before(c.NotAfter)}
	switch refused = keyGone(key); {
	case refused != nil:
	case lost && purpose != ra.KeyPurposeRestore: // it opens nothing, and says why
		refused = ra.E(ra.CodeKeyLost)
	default:
		refused = barred(c, project.Window, purpose, now)
	}
	return m, refused, nil
}

// keyGone tells of a key that is reported lost, or that another took the place of: CodeKeyLost, CodeKeyRetired.
func keyGone(key book.UKey) error {
	switch key.Life {
	case ra.KeyLost:
		return ra.E(ra.CodeKeyLost)
	case ra.KeyDamaged:
		return ra.E(ra.CodeKeyRetired)
	}
	return nil
}

// barred is what stands against a certificate: CodeKeySuspended, CodeKeyRevoked, CodeKeyExpired (args: until), CodeKeyNoCertificate.
func barred(c ra.Certificate, window ra.Window, purpose ra.KeyPurpose, now time.Time) error {
	expired := ra.E(ra.CodeKeyExpired, "until", ra.HallDay(c.NotAfter))
	switch c.State {
	case ra.CertificateActive:
	case ra.CertificateSuspended:
		if purpose == ra.KeyPurposeRestore {
			return nil
		}
		return ra.E(ra.CodeKeySuspended)
	case ra.CertificateRevoked, ra.CertificateSuperseded:
		return ra.E(ra.CodeKeyRevoked)
	case ra.CertificateExpired:
		return expired
	default: // handed out, and nobody proved yet that it is on the key
		return ra.E(ra.CodeKeyNoCertificate)
	}
	if now.Before(c.NotAfter) {
		return nil
	}
	renewal, _ := ra.RuleOf(ra.KindRenew, ra.ReasonNone)
	if purpose != ra.KeyPurposeLogin || renewal.CheckEnd(window, c.NotAfter, now) != nil {
		return expired
	}
	return nil
}

// SignedNonce holds the certificate whose pair signed what the kiosk was given for the purpose, and for who is logged in. The nonce is
// used up whatever comes of it. Refused is CodeChallengeStale, CodeProofBad (field "signature"), or what stands against the certificate.
func (in *Intake) SignedNonce(ctx context.Context, tx book.SignedTx, kiosk ra.Kiosk, purpose ra.KeyPurpose, personID string, a ra.KeyAnswer) (m ra.Membership, refused, err error) {
	n, err := tx.UseKeyNonce(ctx, book.KeyNonce{Nonce: a.Nonce, KioskID: kiosk.ID, Purpose: purpose, PersonID: personID}, in.clerk.Now())
	if ra.CodeOf(err) == ra.CodeNotFound {
		return m, ra.E(ra.CodeChallengeStale), nil
	}
	if err != nil {
		return m, nil, err
	}
	c, err := tx.LockCertificate(ctx, n.CertificateID)
	if err != nil {
		return m, nil, err
	}
	if m, refused, err = in.acts(ctx, tx, kiosk, purpose, c); refused != nil || err != nil {
		return m, refused, err
	}
	pair, err := pki.KeyOfCertificate(c.DER)
	if err != nil {
		return m, nil, fmt.Errorf("certificate in the register: %w", err)
	}
	if err := pair.CheckSignature(ra.LoginMessage(purpose, kiosk.ID, a.Nonce), a.Signature); err != nil {
		refused = ra.E(ra.CodeProofBad).Because(err).At("signature")
	}
	return m, refused, nil
}

// LogInByKey opens a session of a key that signed what it was given at the kiosk. It acts for itself alone, in the membership of its
// certificate, and gives no mandates. Refusals are those of KeyChallenge, CodeChallengeStale and CodeProofBad.
func (in *Intake) LogInByKey(ctx context.Context, kiosk ra.Kiosk, a ra.KeyAnswer) (ra.Session, error) {
	id, token, hash, err := in.newToken()
	if err != nil {
		return ra.Session{}, err
	}
	now := in.clerk.Now()
	var m ra.Membership
	err = book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		m, refused, err = in.SignedNonce(ctx, tx, kiosk, ra.KeyPurposeLogin, "", a)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			return refused, in.keyRefused(ctx, tx, kiosk, m, refused)
		}
		record := book.SessionRecord{ID: id, CertificateID: m.Key.CertificateID, MembershipID: m.ID, Master: in.vault.Current()}
		if err := tx.InsertSession(ctx, hash, record, kiosk.ID, now, now.Add(SessionIdle), now.Add(KeySessionLife)); err != nil {
			return nil, err
		}
		return nil, in.clerk.Write(ctx, tx, book.KeyAt(kiosk, *m.Key), "session.begin", "", m.ID,
			"certificate", m.Key.CertificateID, "late", fmt.Sprint(m.Key.Late))
	})
	if err != nil {
		return ra.Session{}, err
	}
	return in.keySession(m, token), nil
}

// keyRefused leaves a line about a key that was turned away; of what signed nothing that was known it tells the kiosk alone.
func (in *Intake) keyRefused(ctx context.Context, tx Tx, kiosk ra.Kiosk, m ra.Membership, why error) error {
	who, certificate := book.KioskActor(kiosk), ""
	if m.Key != nil {
		who, certificate = book.KeyAt(kiosk, *m.Key), m.Key.CertificateID
	}
	return in.clerk.Write(ctx, tx, who, "session.refuse", "", certificate, "code", string(ra.CodeOf(why)))
}

// keySession is what the kiosk is told of a key's session: of the membership nothing that is a person's.
func (in *Intake) keySession(m ra.Membership, token string) ra.Session {
	shown := ra.Membership{ID: m.ID, ProjectID: m.ProjectID, State: m.State, Organisation: m.Organisation, Agreed: []ra.Agreed{}, CreatedAt: m.CreatedAt}
	return ra.Session{Token: token, Expires: in.clerk.Now().Add(SessionIdle), Membership: &shown, Memberships: []ra.Membership{shown}, Key: m.Key}
}

// ConfirmByKey confirms the membership that the caller's session is in, by a signature of a key of that organisation in that project. The
// registered mobile and the other members are told. What is confirmed already is the answer. CodeKeyOtherOrganisation and LogInByKey's.
func (in *Intake) ConfirmByKey(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, a ra.KeyAnswer) (ra.Membership, error) {
	err := book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		m, refused, err := in.SignedNonce(ctx, tx, kiosk, ra.KeyPurposeMember, member.PersonID, a)
		if err != nil {
			return nil, err
		}
		if refused == nil {
			same, err := tx.SameOrganisation(ctx, member.ID, m.ID)
			if err != nil {
				return nil, err
			}
			if !same {
				refused = ra.E(ra.CodeKeyOtherOrganisation)
			}
		}
		if refused != nil {
			return refused, in.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), "membership.refuse", "", member.ID, "code", string(ra.CodeOf(refused)))
		}
		return nil, in.approvals.ConfirmMember(ctx, tx, book.CustomerAt(kiosk, member), kiosk, member.ID, *m.Key)
	})
	if err != nil {
		return ra.Membership{}, err
	}
	return in.store.Membership(ctx, member.ID)
}

// mayOrderByKey is CodeKeySession unless a key may order the service in its session, and CodeNotFound (field "targets") for another
// certificate than its own.
func mayOrderByKey(key ra.ActingKey, rule ra.ServiceRule, lines []ra.ChosenLine) error {
	if !key.MayOrder(rule) {
		return ra.E(ra.CodeKeySession).At("kind")
	}
	for _, l := range lines {
		if slices.ContainsFunc(l.Targets, func(id string) bool { return id != key.CertificateID }) {
			return ra.E(ra.CodeNotFound).At("targets")
		}
	}
	return nil
}
