package api

import (
	"context"

	"keyhall/backoffice/ra"
)

// The calls of a mandate come long after the customer has left: the kiosk's certificate and the mandate are all that there is, so
// they answer nothing of the order.

// CallGiveMandate is GiveMandate.
var CallGiveMandate = Call[OnOrder[ra.Mandate], None]{Route{ID: "give-mandate", At: "PUT /v1/mandates/{order}", Who: ByKiosk,
	Summary: "Take what a customer left with the kiosk to be done"}}

// GiveMandate hands over what a customer left with this kiosk to be done, and places its application. CodeMandateOver (args: why),
// and Place's.
func (c Calls) GiveMandate(ctx context.Context, m ra.Mandate) error {
	return done(ctx, c, CallGiveMandate, Asked{}, OnOrder[ra.Mandate]{OfOrder{m.OrderID}, m})
}

// OfMandatePage names a page of the mandate of an order.
type OfMandatePage struct {
	OfOrder
	Page string `path:"page"`
}

// CallMandatePage is the last part of DeliverPage.
var CallMandatePage = Call[OfMandatePage, None]{Route{ID: "mandate-page", At: "PUT /v1/mandates/{order}/pages/{page}", Who: ByKiosk,
	Summary: "Put a page of the mandate under its material"}}

// DeliverPage brings a page of the mandate over, as UploadPage does. CodeMandateOver, and UploadPage's.
func (c Calls) DeliverPage(ctx context.Context, orderID string, page ra.Page, data []byte) error {
	if err := c.Upload(ctx, page.SHA256, data); err != nil {
		return err
	}
	return done(ctx, c, CallMandatePage, Asked{}, OfMandatePage{OfOrder{orderID}, page.ID})
}

// CallMandateSubmit is DeliverSubmit.
var CallMandateSubmit = Call[OfOrder, None]{Route{ID: "mandate-submit", At: "POST /v1/mandates/{order}/submit", Who: ByKiosk,
	Summary: "Hand the materials of the mandate in"}}

// DeliverSubmit hands the order of the mandate in, which ends it. CodeMandateOver, and Submit's.
func (c Calls) DeliverSubmit(ctx context.Context, orderID string) error {
	return done(ctx, c, CallMandateSubmit, Asked{}, OfOrder{orderID})
}
