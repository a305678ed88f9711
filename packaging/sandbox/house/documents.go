package house

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/packaging/sandbox/document"
)

// Document is a paper that the sandbox's customer carries.
type Document struct{ Name, Title string }

// The papers, in the order in which a customer needs them.
const (
	FirstDocument = "licence"
	IdentityFront = "identity-front"
	IdentityBack  = "identity-back"
	StampedForm   = "stamped-form"
	StampedNotice = "stamped-notice"
	ProofOfChange = "proof-of-change"
	Remittance    = "remittance"
)

// ErrNothingPrinted says that there is no paper yet which could be stamped.
var ErrNothingPrinted = errors.New("还没有打印 it was not printed yet")

// customerSeed makes the sandbox's customer the same at every start.
const customerSeed = 7

// Customer is who the sandbox's papers speak of: what to type at the kiosk.
func Customer() document.Company { return document.NewCompany(customerSeed) }

func (h *House) documents(ctx context.Context) []Document {
	all := []Document{
		{FirstDocument, "营业执照 Licence"}, {IdentityFront, "身份证正面 ID front"}, {IdentityBack, "身份证反面 ID back"},
	}
	for _, s := range sealed {
		if _, err := h.printed(ctx, s.papers); err == nil {
			all = append(all, s.Document)
		}
	}
	if len(h.changes(ctx)) > 0 {
		all = append(all, Document{ProofOfChange, "变更登记通知书 Notice of change"})
	}
	return append(all, Document{Remittance, "汇款回单 Remittance slip"})
}

// document draws a paper as PNG.
func (h *House) document(ctx context.Context, name string) ([]byte, error) {
	page, err := h.paper(ctx, name)
	if err != nil {
		return nil, err
	}
	return document.PNG(page)
}

func (h *House) paper(ctx context.Context, name string) (image.Image, error) {
	painter, err := document.NewPainter("")
	if err != nil {
		return nil, err
	}
	company := h.AtKiosk()
	switch name {
	case FirstDocument:
		return painter.Licence(company), nil
	case IdentityFront:
		return painter.IdentityFront(company.Handler), nil
	case IdentityBack:
		return painter.IdentityBack(company.Handler), nil
	case Remittance:
		return h.remittance(ctx, painter), nil
	case ProofOfChange:
		return h.proofOfChange(ctx, painter)
	}
	for _, s := range sealed {
		if s.Name == name {
			return h.stamped(ctx, painter, s.papers)
		}
	}
	return nil, fmt.Errorf("there is no document %q", name)
}

// remittance is the slip for the newest order: the customer transfers what is due.
func (h *House) remittance(ctx context.Context, painter *document.Painter) image.Image {
	number, due := h.newestOrder(ctx)
	payee := document.Payee{Holder: "示例电子印章中心", Bank: "示例银行西湖支行", Number: "6222000011112222"}
	return painter.Remittance(h.AtKiosk(), payee, due, "数字证书服务费 "+number, time.Now())
}

// newestOrder is what the customer pays for; before there is an order, one key.
func (h *House) newestOrder(ctx context.Context) (number string, dueFen int64) {
	if h.database == nil {
		return "", priceFen
	}
	conn, err := pgx.Connect(ctx, h.DSN())
	if err != nil {
		return "", priceFen
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT number, amount_fen FROM orders ORDER BY created_at DESC LIMIT 1").Scan(&number, &dueFen)
	if err != nil {
		return "", priceFen
	}
	return number, dueFen
}

// Lay puts a paper onto the glass; "-" takes away what lies there.
func (h *House) Lay(ctx context.Context, name string) error {
	if name == "-" {
		if err := h.note("on-glass.json", ""); err != nil {
			return err
		}
		return h.Glass.Clear()
	}
	png, err := h.document(ctx, name)
	if err != nil {
		return err
	}
	if err := h.Glass.Lay(png); err != nil {
		return err
	}
	return h.note("on-glass.json", name)
}
