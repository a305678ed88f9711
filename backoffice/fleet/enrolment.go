package fleet

import (
	"bytes"
	"context"
	"encoding/base32"
	"errors"
	"regexp"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// EnrolmentCodeLifetime is how long a code may be used.
const EnrolmentCodeLifetime = 24 * time.Hour

var prefixShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}$`)

// Enrolled is the answer to an enrolment.
type Enrolled struct {
	Kiosk       ra.Kiosk
	Certificate []byte   // DER
	Chain       [][]byte // DER, issuer first
	NextNumber  int64    // the running number with which the kiosk's next order begins
}

// EnrolmentCode makes a one-time code, good for 24 hours, for a kiosk of that prefix, hall, window and projects. A kiosk
// that has the prefix now is retired when another one uses the code. Field errors, CodeNotFound for a hall or project, CodeForbidden
// unless an administrator's grant reaches the hall and each project.
func (f *Fleet) EnrolmentCode(ctx context.Context, staff ra.Staff, prefix, hallID string, window ra.Text, projects []string) (code string, err error) {
	if !book.ByCommand(staff) && !staff.MayAnywhere(ra.ActManage) {
		return "", ra.E(ra.CodeForbidden)
	}
	if err := f.checkEnrolment(ctx, prefix, hallID, window, projects); err != nil {
		return "", err
	}
	secret, err := f.clerk.Bytes(10)
	if err != nil {
		return "", err
	}
	text := base32.StdEncoding.EncodeToString(secret)
	hash, err := f.vault.Sum(purposeEnrolment, []byte(text))
	if err != nil {
		return "", err
	}
	now := f.clerk.Now()
	err = f.store.Do(ctx, func(tx Tx) error {
		if err := f.mayManageKiosk(ctx, tx, staff, prefix, hallID, projects); err != nil {
			return err
		}
		err := tx.InsertEnrolmentCode(ctx, book.EnrolmentCode{Hash: hash, Prefix: prefix, HallID: hallID, Window: window,
			Projects: projects, StaffID: book.StaffID(staff), CreatedAt: now, ExpiresAt: now.Add(EnrolmentCodeLifetime)})
		if err != nil {
			return err
		}
		return f.clerk.Write(ctx, tx, book.StaffActor(staff), "kiosk.code", "", "", "prefix", prefix)
	})
	if err != nil {
		return "", err
	}
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], nil
}

func (f *Fleet) checkEnrolment(ctx context.Context, prefix, hallID string, window ra.Text, projects []string) error {
	switch {
	case prefix == "":
		return ra.E(ra.CodeRequired).At("prefix")
	case !prefixShape.MatchString(prefix):
		return ra.E(ra.CodeInvalid).At("prefix")
	case hallID == "":
		return ra.E(ra.CodeRequired).At("hall")
	case window.ZH == "":
		return ra.E(ra.CodeRequired).At("window")
	case len(projects) == 0:
		return ra.E(ra.CodeRequired).At("projects")
	}
	halls, err := f.store.Halls(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(halls, func(h ra.Hall) bool { return h.ID == hallID }) {
		return ra.E(ra.CodeNotFound).At("hall")
	}
	for _, id := range projects {
		if _, err := f.store.Project(ctx, id); err != nil {
			return ra.FieldError("projects", err)
		}
	}
	return nil
}

// purposeEnrolment separates the hashes of enrolment codes from others.
const purposeEnrolment = "enrolment-code"

// enrolment is one request to be enrolled.
type enrolment struct {
	hashes   [][]byte // of the code
	request  pki.Request
	unfit    error        // what the request is refused for
	previous *ra.Previous // nil: a kiosk that shows no old identity
	message  []byte       // what the old key signed
}

// Enrol makes a kiosk of a one-time code and a PKCS#10 (DER), or, where the key of its old certificate signed for both,
// lets it go on as itself (see reenrol). The same code and key again within the code's life give the same certificate. A
// request that is refused leaves nothing but a line in the trail: the code can still be used, and a kiosk that has the prefix
// goes on.
// CodeEnrolmentCode, CodeRequestBad (field "previous" for a wrong signature), CodeKeyWeak (args: why), CodeKeyDuplicate,
// CodeTermPastCA, CodeIssuerAway.
func (f *Fleet) Enrol(ctx context.Context, code string, csr []byte, previous *ra.Previous) (Enrolled, error) {
	e := enrolment{previous: previous, message: ra.EnrolmentMessage(code, csr)}
	e.request, e.unfit = pki.ParseRequest(csr)
	var err error
	if e.hashes, err = f.vault.Sums(purposeEnrolment, []byte(ra.EnrolmentText(code))); err != nil {
		return Enrolled{}, err
	}
	var used book.EnrolmentCode
	var kiosk book.KioskRecord
	var certificate book.KioskCertificate
	err = f.store.Do(ctx, func(tx Tx) (err error) {
		if used, err = f.goodCode(ctx, tx, e.hashes); err != nil {
			return err
		}
		kiosk, certificate, err = f.enrol(ctx, tx, used, e)
		return err
	})
	if pki.Refused(err) { // only who has a code gets so far
		err = errors.Join(err, f.clerk.Write(ctx, f.store, book.KioskActor(ra.Kiosk{}), "request.refuse", "", used.KioskID, append(kioskRefusal(err), "prefix", used.Prefix)...))
	}
	if err != nil {
		return Enrolled{}, err
	}
	der, err := f.signKiosk(ctx, certificate, e.request.Key.Public)
	if err != nil {
		return Enrolled{}, err
	}
	last, err := f.store.LastSequence(ctx, kiosk.Prefix)
	return Enrolled{Kiosk: kiosk.Kiosk, Certificate: der, Chain: f.issuer.ChainOf(certificate.Authority), NextNumber: last + 1}, err
}

// goodCode returns a code that may be used, or repeated, and holds it: CodeEnrolmentCode.
func (f *Fleet) goodCode(ctx context.Context, tx Tx, hashes [][]byte) (book.EnrolmentCode, error) {
	code, err := tx.LockEnrolmentCode(ctx, hashes)
	if ra.CodeOf(err) == ra.CodeNotFound || err == nil && !f.clerk.Now().Before(code.ExpiresAt) {
		err = ra.E(ra.CodeEnrolmentCode)
	}
	return code, err
}

// enrol uses the code up, or finds what it made of the same key before. What is wrong with the request counts only for
// those who have a code.
func (f *Fleet) enrol(ctx context.Context, tx Tx, code book.EnrolmentCode, e enrolment) (k book.KioskRecord, c book.KioskCertificate, err error) {
	if e.unfit != nil {
		return k, c, e.unfit
	}
	now := f.clerk.Now()
	k, c, err = f.shownBefore(ctx, tx, e)
	switch {
	case err != nil:
		return k, c, err
	case code.KioskID != "":
		return f.enrolledBefore(ctx, tx, code, e.request)
	case goesOn(code, k, c):
		return f.reenrol(ctx, tx, code, k, c, e.request, now)
	}
	return f.newKiosk(ctx, tx, code, e.request, now)
}

// enrolledBefore is what the code made, for the key that it made it of: CodeEnrolmentCode for another, and once that is over.
func (f *Fleet) enrolledBefore(ctx context.Context, tx Tx, code book.EnrolmentCode, request pki.Request) (k book.KioskRecord, c book.KioskCertificate, err error) {
	if k, err = tx.Kiosk(ctx, code.KioskID); err != nil {
		return k, c, err
	}
	all, err := tx.KioskCertificates(ctx, k.ID)
	i := slices.IndexFunc(all, func(c book.KioskCertificate) bool {
		return c.RetiredAt == nil && bytes.Equal(c.KeyHash, request.KeyHash)
	})
	if err == nil && i < 0 {
		err = ra.E(ra.CodeEnrolmentCode)
	}
	if err != nil {
		return k, c, err
	}
	return k, all[i], nil
}

func (f *Fleet) newKiosk(ctx context.Context, tx Tx, code book.EnrolmentCode, request pki.Request, now time.Time) (k book.KioskRecord, c book.KioskCertificate, err error) {
	id, err := f.clerk.ID()
	if err != nil {
		return k, c, err
	}
	hall, err := tx.Hall(ctx, code.HallID)
	if err != nil {
		return k, c, err
	}
	k = book.KioskRecord{Kiosk: ra.Kiosk{ID: id, Prefix: code.Prefix, HallID: hall.ID, Hall: hall.Name, Window: code.Window},
		Projects: code.Projects, EnrolledAt: now}
	if err := tx.InsertKiosk(ctx, code.Hash, k, ra.RevokedSuperseded); err != nil {
		return k, c, err
	}
	if c, err = f.bindKioskKey(ctx, tx, id, request, now); err != nil {
		return k, c, err
	}
	return k, c, f.clerk.Write(ctx, tx, book.KioskActor(k.Kiosk), "kiosk.enrol", "", id, "prefix", k.Prefix, "serial_number", c.SerialNumber)
}
