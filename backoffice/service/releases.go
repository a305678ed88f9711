package service

import (
	"context"
	"fmt"
	"strings"

	"keyhall/backoffice/ra"
)

// reasonCessation is the CRLReason cessationOfOperation of RFC 5280, 5.3.1.
const reasonCessation = 5

// ReleaseUnit gives up a key that never came back: its certificate is revoked, the unit waits again. Repeating it changes
// nothing. CodeReasonMissing, CodeState when the unit is done, CodeNotFound, CodeForbidden, CodeSelfReview.
func (s *Service) ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	return s.store.Do(ctx, func(ctx context.Context) error {
		p, err := s.operation(ctx, operationID)
		if err != nil {
			return err
		}
		order, err := s.store.LockOrder(ctx, p.OrderID)
		if err != nil {
			return err
		}
		if err := s.mayAct(ctx, staff, ra.ActRelease, order); err != nil {
			return err
		}
		if p, err = s.store.LockOperation(ctx, operationID); err != nil || p.State == ra.OperationReleased {
			return err
		}
		if p.State == ra.OperationDone {
			return operationState(p)
		}
		return s.releaseUnit(ctx, staff, order, p, reason)
	})
}

func (s *Service) releaseUnit(ctx context.Context, staff ra.Staff, o ra.Order, p ra.OperationRecord, reason string) error {
	now := s.time()
	if err := s.revoke(ctx, p); err != nil {
		return err
	}
	if err := unitOf(o, p.UnitID).State.Move(ra.UnitWaiting); err != nil {
		return err
	}
	if err := s.store.SetUnit(ctx, p.UnitID, ra.UnitWaiting, ""); err != nil {
		return err
	}
	if err := s.store.SetOperationState(ctx, p.ID, ra.OperationReleased, now); err != nil {
		return err
	}
	return s.save(ctx, &o, staffActor(staff), "unit.release", p.ID, "reason", reason, "serial_number", p.SerialNumber)
}

// revoke revokes what the operation issued. A serial number whose certificate has not come back from the CA is
// registered as revoked without it, since the CA may have signed.
func (s *Service) revoke(ctx context.Context, p ra.OperationRecord) error {
	if p.SerialNumber == "" {
		return nil
	}
	now := s.time()
	certificate, err := s.store.CertificateOfOperation(ctx, p.ID)
	if err == nil {
		return s.store.RevokeCertificate(ctx, certificate.ID, reasonCessation, now)
	}
	if ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	id, err := s.newID()
	if err != nil {
		return err
	}
	err = s.store.InsertCertificate(ctx, ra.Certificate{ID: id, SerialNumber: p.SerialNumber, OperationID: p.ID, OrderID: p.OrderID,
		UnitID: p.UnitID, State: ra.CertificateRevoked, NotBefore: p.NotBefore, NotAfter: p.NotAfter,
		RevokedAt: &now, RevocationReason: reasonCessation}, now)
	if err != nil {
		return fmt.Errorf("registering a serial number given up: %w", err)
	}
	return nil
}
