package api

import (
	"context"
	"net/http"

	"keyhall/backoffice/ra"
)

// OfOrder names an order.
type OfOrder struct {
	Order string `path:"order"`
}

// OnOrder says something about an order.
type OnOrder[B any] struct {
	OfOrder
	Body B
}

// OfPage names a page of a material of an order.
type OfPage struct {
	OfOrder
	Kind ra.MaterialKind `path:"kind"`
	Page string          `path:"page"`
}

// OnPage says something about a page.
type OnPage[B any] struct {
	OfPage
	Body B
}

// CallPlace is Place.
var CallPlace = Call[Say[ra.Application], ra.Order]{Route{ID: "place", At: "POST /v1/orders", Who: ByMemberOrKey, Summary: "Place an order"}}

// Place makes an order of an application.
func (c Calls) Place(ctx context.Context, session string, a ra.Application) (ra.Order, error) {
	return ask(ctx, c, CallPlace, signed(session), Say[ra.Application]{a})
}

// Orders are a member's, newest first.
type Orders struct {
	Orders []ra.Order `json:"orders"`
}

// CallOrders is Orders.
var CallOrders = Call[None, Orders]{Route{ID: "orders", At: "GET /v1/orders", Who: ByOrder, Summary: "The member's orders, newest first"}}

// Orders lists the member's orders, newest first.
func (c Calls) Orders(ctx context.Context, session string) ([]ra.Order, error) {
	out, err := ask(ctx, c, CallOrders, signed(session), None{})
	return out.Orders, err
}

// CallOrder is Order.
var CallOrder = Call[OfOrder, ra.Order]{Route{ID: "order", At: "GET /v1/orders/{order}", Who: ByOrder, Summary: "One order"}}

// Order returns one order of the member: CodeNotFound.
func (c Calls) Order(ctx context.Context, session, id string) (ra.Order, error) {
	return ask(ctx, c, CallOrder, signed(session), OfOrder{id})
}

// Certificates are those that were made for an order, without their bytes.
type Certificates struct {
	Certificates []ra.Certificate `json:"certificates"`
}

// CallCertificates is Certificates.
var CallCertificates = Call[OfOrder, Certificates]{Route{ID: "order-certificates", At: "GET /v1/orders/{order}/certificates", Who: ByOrder,
	Summary: "What was made for an order"}}

// Certificates returns what was made for an order of the member: CodeNotFound.
func (c Calls) Certificates(ctx context.Context, session, orderID string) ([]ra.Certificate, error) {
	out, err := ask(ctx, c, CallCertificates, signed(session), OfOrder{orderID})
	return out.Certificates, err
}

// CallSendCode is SendCode.
var CallSendCode = Call[OfOrder, None]{Route{ID: "send-code", At: "POST /v1/orders/{order}/code", Who: ByOrderMember, Once: true,
	Summary: "Send a new authorization code"}}

// SendCode has a new authorization code of the order sent to the registered mobile; those of before are worth nothing then: CodeState,
// CodeNotFound, CodeSMSPaused (args: minutes) after too many.
func (c Calls) SendCode(ctx context.Context, session, orderID string) error {
	return done(ctx, c, CallSendCode, signed(session), OfOrder{orderID})
}

// CallSendAccount is SendAccount.
var CallSendAccount = Call[OfOrder, None]{Route{ID: "send-account", At: "POST /v1/orders/{order}/account", Who: ByOrder, Once: true,
	Summary: "Send where to pay"}}

// SendAccount has the account to which the order is paid sent to the registered mobile: CodeState where nothing is to be paid, CodeNotFound,
// CodeSMSPaused (args: minutes) after too many.
func (c Calls) SendAccount(ctx context.Context, session, orderID string) error {
	return done(ctx, c, CallSendAccount, signed(session), OfOrder{orderID})
}

// CancelRequest names the version of the order that the customer saw.
type CancelRequest struct {
	Version int `json:"version"`
}

// CallCancel is Cancel.
var CallCancel = Call[OnOrder[CancelRequest], ra.Order]{Route{ID: "cancel", At: "POST /v1/orders/{order}/cancel", Who: ByOrder,
	Summary: "Give an order up"}}

// Cancel gives up an order that was seen in this version: CodeState, CodeConflict.
func (c Calls) Cancel(ctx context.Context, session, id string, version int) (ra.Order, error) {
	return ask(ctx, c, CallCancel, signed(session), OnOrder[CancelRequest]{OfOrder{id}, CancelRequest{Version: version}})
}

// CallSubmit is Submit.
var CallSubmit = Call[OfOrder, ra.Order]{Route{ID: "submit", At: "POST /v1/orders/{order}/submit", Who: ByOrder, Summary: "Hand the materials in"}}

// Submit hands the materials in for review: CodeMaterialMissing (args: material), CodeState.
func (c Calls) Submit(ctx context.Context, session, orderID string) (ra.Order, error) {
	return ask(ctx, c, CallSubmit, signed(session), OfOrder{orderID})
}

// CallAddPage is AddPage.
var CallAddPage = Call[OnPage[ra.Page], ra.Order]{Route{ID: "add-page", At: "PUT /v1/orders/{order}/papers/{kind}/pages/{page}", Who: ByOrder,
	Summary: "Put a page under a material"}}

// AddPage puts a page whose bytes the back office has under a material; UploadPage does both.
func (c Calls) AddPage(ctx context.Context, session, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	return ask(ctx, c, CallAddPage, signed(session), OnPage[ra.Page]{OfPage{OfOrder{orderID}, kind, page.ID}, page})
}

// UploadPage brings the bytes of a page to the back office, unless it has them, and puts the page under a material: Upload's
// errors, and AddPage's.
func (c Calls) UploadPage(ctx context.Context, session, orderID string, kind ra.MaterialKind, page ra.Page, data []byte) (ra.Order, error) {
	if err := c.Upload(ctx, page.SHA256, data); err != nil {
		return ra.Order{}, err
	}
	return c.AddPage(ctx, session, orderID, kind, page)
}

// CallRemovePage is RemovePage.
var CallRemovePage = Call[OfPage, ra.Order]{Route{ID: "remove-page", At: "DELETE /v1/orders/{order}/papers/{kind}/pages/{page}", Who: ByOrder,
	Summary: "Take a page away"}}

// RemovePage takes a page away: CodeState. Removing it again is fine.
func (c Calls) RemovePage(ctx context.Context, session, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error) {
	return ask(ctx, c, CallRemovePage, signed(session), OfPage{OfOrder{orderID}, kind, pageID})
}

// OfBlob names bytes by their SHA-256 (lower-case hex).
type OfBlob struct {
	SHA256 string `path:"sha256"`
}

// CallStored is Stored.
var CallStored = Call[OfBlob, None]{Route{ID: "stored", At: "HEAD /v1/blobs/{sha256}", Who: ByKiosk, Summary: "Whether these bytes are stored already"}}

// Stored asks whether the back office has these bytes already.
func (c Calls) Stored(ctx context.Context, sha256 string) (bool, error) {
	err := done(ctx, c, CallStored, Asked{}, OfBlob{sha256})
	if statusOf(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
