package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"
	"time"

	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Limits of enrolment.
const (
	EnrolmentCodeLifetime = 24 * time.Hour
	kioskLifetime         = 3 * 365 * 24 * time.Hour
	kioskLeast            = 24 * time.Hour // a shorter certificate is of no use to a kiosk
)

var prefixShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}$`)

// Enrolled is the answer to an enrolment.
type Enrolled struct {
	Kiosk       ra.Kiosk
	Certificate []byte   // DER
	Chain       [][]byte // DER, issuer first
	NextNumber  int64    // the running number with which the kiosk's next order begins
}

// EnrolmentCode makes a one-time code, good for 24 hours, for a kiosk of that prefix, hall, window and projects. A kiosk
// that has the prefix now is retired when the code is used. Field errors, CodeNotFound for a hall or project, CodeForbidden
// unless an administrator's grant reaches the hall and each project.
func (s *Service) EnrolmentCode(ctx context.Context, staff ra.Staff, prefix, hallID string, window ra.Text, projects []string) (code string, err error) {
	if !byCommand(staff) && !staff.MayAnywhere(ra.ActManage) {
		return "", ra.E(ra.CodeForbidden)
	}
	if err := s.checkEnrolment(ctx, prefix, hallID, window, projects); err != nil {
		return "", err
	}
	secret, err := s.bytes(10)
	if err != nil {
		return "", err
	}
	text := base32.StdEncoding.EncodeToString(secret)
	hash, err := s.vault.Sum(purposeEnrolment, []byte(text))
	if err != nil {
		return "", err
	}
	now := s.time()
	err = s.store.Do(ctx, func(ctx context.Context) error {
		if err := s.mayManageKiosk(ctx, staff, prefix, hallID, projects); err != nil {
			return err
		}
		err := s.store.InsertEnrolmentCode(ctx, ra.EnrolmentCode{Hash: hash, Prefix: prefix, HallID: hallID, Window: window,
			Projects: projects, StaffID: staffID(staff), CreatedAt: now, ExpiresAt: now.Add(EnrolmentCodeLifetime)})
		if err != nil {
			return err
		}
		return s.audit(ctx, staffActor(staff), "kiosk.code", "", "", "prefix", prefix)
	})
	if err != nil {
		return "", err
	}
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], nil
}

func (s *Service) checkEnrolment(ctx context.Context, prefix, hallID string, window ra.Text, projects []string) error {
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
	if _, err := s.store.Hall(ctx, hallID); err != nil {
		return ra.FieldError("hall", err)
	}
	for _, id := range projects {
		if _, err := s.store.Project(ctx, id); err != nil {
			return ra.FieldError("projects", err)
		}
	}
	return nil
}

// purposeEnrolment separates the hashes of enrolment codes from others.
const purposeEnrolment = "enrolment-code"

// enrolmentHashes takes the code as a person types it.
func (s *Service) enrolmentHashes(code string) ([][]byte, error) {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	return s.vault.Sums(purposeEnrolment, []byte(code))
}

// Enrol makes a kiosk of a one-time code and a PKCS#10 (DER). The same code and key again within the code's life give
// the same certificate. A request that is refused leaves nothing: the code can still be used, and a kiosk that has the
// prefix goes on. CodeEnrolmentCode, CodeRequestBad, CodeKeyWeak (args: why), CodeKeyDuplicate, CodeTermPastCA,
// CodeIssuerAway.
func (s *Service) Enrol(ctx context.Context, code string, csr []byte) (Enrolled, error) {
	request, unfit := pki.ParseRequest(csr)
	hashes, err := s.enrolmentHashes(code)
	if err != nil {
		return Enrolled{}, err
	}
	var kiosk ra.KioskRecord
	err = s.store.Do(ctx, func(ctx context.Context) (err error) {
		kiosk, err = s.enrol(ctx, hashes, request, unfit)
		return err
	})
	if err != nil {
		return Enrolled{}, err
	}
	if kiosk.Certificate == nil {
		if kiosk.Certificate, err = s.issueKiosk(ctx, kiosk, request); err != nil {
			return Enrolled{}, err
		}
	}
	last, err := s.store.LastSequence(ctx, kiosk.Prefix)
	return Enrolled{Kiosk: kiosk.Kiosk, Certificate: kiosk.Certificate, Chain: s.issuer.Chain(), NextNumber: last + 1}, err
}

// enrol uses the code up, or finds what it made of the same key before. What is wrong with the request counts only for
// those who have a code.
func (s *Service) enrol(ctx context.Context, hashes [][]byte, request pki.Request, unfit error) (ra.KioskRecord, error) {
	none := ra.KioskRecord{}
	code, err := s.store.LockEnrolmentCode(ctx, hashes)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return none, ra.E(ra.CodeEnrolmentCode)
	}
	if err != nil {
		return none, err
	}
	now := s.time()
	switch {
	case !now.Before(code.ExpiresAt):
		return none, ra.E(ra.CodeEnrolmentCode)
	case unfit != nil:
		return none, unfit
	case code.KioskID == "":
		return s.newKiosk(ctx, code, request, now)
	}
	kiosk, err := s.store.Kiosk(ctx, code.KioskID)
	if err == nil && (kiosk.Retired || !bytes.Equal(kiosk.KeyHash, request.KeyHash)) {
		err = ra.E(ra.CodeEnrolmentCode)
	}
	return kiosk, err
}

func (s *Service) newKiosk(ctx context.Context, code ra.EnrolmentCode, request pki.Request, now time.Time) (ra.KioskRecord, error) {
	none := ra.KioskRecord{}
	id, err := s.newID()
	if err != nil {
		return none, err
	}
	serial, err := s.newSerial()
	if err != nil {
		return none, err
	}
	end, err := s.kioskEnd(now)
	if err != nil {
		return none, err
	}
	if err := s.store.InsertPublicKey(ctx, request.KeyHash, "kiosk", id, now); err != nil {
		return none, err
	}
	hall, err := s.store.Hall(ctx, code.HallID)
	if err != nil {
		return none, err
	}
	kiosk := ra.KioskRecord{
		Kiosk:    ra.Kiosk{ID: id, Prefix: code.Prefix, HallID: hall.ID, Hall: hall.Name, Window: code.Window},
		Projects: code.Projects, KeyHash: request.KeyHash, SerialNumber: serial,
		NotBefore: now.Add(-clockSlack).Truncate(time.Second), NotAfter: end, EnrolledAt: now,
	}
	if err := s.store.InsertKiosk(ctx, code.Hash, kiosk); err != nil {
		return none, err
	}
	return kiosk, s.audit(ctx, kioskActor(kiosk.Kiosk), "kiosk.enrol", "", kiosk.ID, "prefix", kiosk.Prefix, "serial_number", serial)
}

// kioskEnd is when a kiosk's certificate ends that begins now: after its own life or with the CA, whatever comes first.
// CodeTermPastCA when the CA ends too soon for any.
func (s *Service) kioskEnd(now time.Time) (time.Time, error) {
	end := now.Add(kioskLifetime).Truncate(time.Second)
	ca, err := s.caEnd()
	if err != nil {
		return end, err
	}
	if ca.Before(now.Add(kioskLeast)) {
		return end, ra.E(ra.CodeTermPastCA, "until", ca.In(hallTime).Format(time.DateOnly))
	}
	if ca.Before(end) {
		end = ca
	}
	return end, nil
}

func (s *Service) issueKiosk(ctx context.Context, k ra.KioskRecord, request pki.Request) ([]byte, error) {
	serial, err := serialNumber(k.SerialNumber)
	if err != nil {
		return nil, err
	}
	der, err := s.issuer.IssueKiosk(ctx, ra.KioskIssueRequest{PublicKey: request.PublicKey, CommonName: k.ID,
		NotBefore: k.NotBefore, NotAfter: k.NotAfter, SerialNumber: serial})
	if err != nil {
		return nil, err
	}
	fingerprint := sha256.Sum256(der)
	return s.store.SetKioskCertificate(ctx, k.ID, der, fingerprint[:])
}
