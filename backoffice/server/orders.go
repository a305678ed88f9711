package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Orders is what the server asks for a member's orders (backoffice/intake).
type Orders interface {
	Place(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, a ra.Application) (ra.Order, error)
	Orders(ctx context.Context, member ra.Membership) ([]ra.Order, error)
	Order(ctx context.Context, member ra.Membership, id string) (ra.Order, error)
	Certificates(ctx context.Context, member ra.Membership, orderID string) ([]ra.Certificate, error)
	SendCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, orderID string) error
	SendAccount(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, orderID string) error
	Cancel(ctx context.Context, member ra.Membership, id string, version int) (ra.Order, error)
	AddPage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error)
	RemovePage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error)
	Submit(ctx context.Context, member ra.Membership, orderID string) (ra.Order, error)
	// Shown notes that a kiosk shows these orders: it hears of their changes.
	Shown(ctx context.Context, kiosk ra.Kiosk, orders ...ra.Order) error
}

// Blobs tells whether scans are stored already.
type Blobs interface {
	Exists(ctx context.Context, sha256 string) (bool, error)
}

func (s *Server) orderCalls() {
	answer(s, api.CallPlace, func(ctx context.Context, by asker, in *api.Say[ra.Application]) (ra.Order, error) {
		return s.intake.Place(ctx, by.kiosk, by.member, in.Body)
	})
	answer(s, api.CallOrders, func(ctx context.Context, by asker, _ *api.None) (api.Orders, error) {
		orders, err := s.intake.Orders(ctx, by.member)
		if err == nil {
			err = s.intake.Shown(ctx, by.kiosk, orders...)
		}
		return api.Orders{Orders: orders}, err
	})
	answer(s, api.CallOrder, func(ctx context.Context, by asker, in *api.OfOrder) (ra.Order, error) {
		order, err := s.intake.Order(ctx, by.member, in.Order)
		if err == nil {
			err = s.intake.Shown(ctx, by.kiosk, order)
		}
		return order, err
	})
	answer(s, api.CallCertificates, func(ctx context.Context, by asker, in *api.OfOrder) (api.Certificates, error) {
		all, err := s.intake.Certificates(ctx, by.member, in.Order)
		return api.Certificates{Certificates: all}, err
	})
	answer(s, api.CallSendCode, func(ctx context.Context, by asker, in *api.OfOrder) (api.None, error) {
		return api.None{}, s.intake.SendCode(ctx, by.kiosk, by.member, in.Order)
	})
	answer(s, api.CallSendAccount, func(ctx context.Context, by asker, in *api.OfOrder) (api.None, error) {
		return api.None{}, s.intake.SendAccount(ctx, by.kiosk, by.member, in.Order)
	})
	answer(s, api.CallCancel, func(ctx context.Context, by asker, in *api.OnOrder[api.CancelRequest]) (ra.Order, error) {
		return s.intake.Cancel(ctx, by.member, in.Order, in.Body.Version)
	})
	answer(s, api.CallSubmit, func(ctx context.Context, by asker, in *api.OfOrder) (ra.Order, error) {
		return s.intake.Submit(ctx, by.member, in.Order)
	})
	answer(s, api.CallAddPage, func(ctx context.Context, by asker, in *api.OnPage[ra.Page]) (ra.Order, error) {
		if in.Body.ID != in.Page {
			return ra.Order{}, ra.E(ra.CodeInvalid).At("id")
		}
		return s.intake.AddPage(ctx, by.member, in.Order, in.Kind, in.Body)
	})
	answer(s, api.CallRemovePage, func(ctx context.Context, by asker, in *api.OfPage) (ra.Order, error) {
		return s.intake.RemovePage(ctx, by.member, in.Order, in.Kind, in.Page)
	})
	answer(s, api.CallStored, func(ctx context.Context, _ asker, in *api.OfBlob) (api.None, error) {
		if !hashShape.MatchString(in.SHA256) {
			return api.None{}, ra.E(ra.CodeInvalid).At("sha256")
		}
		there, err := s.blobs.Exists(ctx, in.SHA256)
		if err == nil && !there {
			err = ra.E(ra.CodeNotFound).At("sha256")
		}
		return api.None{}, err
	})
}
