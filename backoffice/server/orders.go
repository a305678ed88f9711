package server

import (
	"context"
	"errors"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// OfOrder names an order of the customer's.
type OfOrder struct {
	SignedIn
	Order string `path:"order"`
}

// OfPage names a page of a material of an order.
type OfPage struct {
	OfOrder
	Kind ra.MaterialKind `path:"kind"`
	Page string          `path:"page"`
}

func (s *Server) place(ctx context.Context, in *struct {
	SignedIn
	Body ra.Application
}) (ra.Order, error) {
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.Place(ctx, kioskOf(ctx), member, in.Body)
}

func (s *Server) orders(ctx context.Context, in *SignedIn) (api.Orders, error) {
	member, err := s.customer(ctx, *in)
	if err != nil {
		return api.Orders{}, err
	}
	orders, err := s.intake.Orders(ctx, member)
	return api.Orders{Orders: orders}, err
}

func (s *Server) order(ctx context.Context, in *OfOrder) (ra.Order, error) {
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.Order(ctx, member, in.Order)
}

func (s *Server) cancel(ctx context.Context, in *struct {
	OfOrder
	Body api.CancelRequest
}) (ra.Order, error) {
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.Cancel(ctx, member, in.Order, in.Body.Version)
}

func (s *Server) submit(ctx context.Context, in *OfOrder) (ra.Order, error) {
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.Submit(ctx, member, in.Order)
}

func (s *Server) addPage(ctx context.Context, in *struct {
	OfPage
	Body ra.Page
}) (ra.Order, error) {
	if in.Body.ID != in.Page {
		return ra.Order{}, ra.E(ra.CodeInvalid).At("id")
	}
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.AddPage(ctx, member, in.Order, in.Kind, in.Body)
}

func (s *Server) removePage(ctx context.Context, in *OfPage) (ra.Order, error) {
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Order{}, err
	}
	return s.intake.RemovePage(ctx, member, in.Order, in.Kind, in.Page)
}

func (s *Server) stored(ctx context.Context, in *struct {
	SHA256 string `path:"sha256"`
}) (none, error) {
	if !hashShape.MatchString(in.SHA256) {
		return none{}, ra.E(ra.CodeInvalid).At("sha256")
	}
	there, err := s.blobs.Exists(ctx, in.SHA256)
	if err == nil && !there {
		err = ra.E(ra.CodeNotFound).At("sha256")
	}
	return none{}, err
}

// changes waits for news. When the server closes, it answers with nothing new, so that the kiosk asks again elsewhere or
// later from the same place.
func (s *Server) changes(ctx context.Context, in *struct {
	After string `query:"after" doc:"cursor of the last answer; none: from now" maxLength:"200"`
	Wait  int64  `query:"wait" doc:"milliseconds to wait for the first change" minimum:"0"`
}) (api.Changes, error) {
	wait := min(time.Duration(in.Wait)*time.Millisecond, api.MaxWait)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	changes, cursor, err := s.intake.Changes(ctx, kioskOf(ctx), in.After, wait)
	if err != nil && in.After != "" && s.closing.Err() != nil && errors.Is(err, context.Canceled) {
		return api.Changes{Changes: []ra.Change{}, Cursor: in.After}, nil
	}
	return api.Changes{Changes: changes, Cursor: cursor}, err
}
