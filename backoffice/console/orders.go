package console

import (
	"net/http"
	"net/url"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// pageLength is how many rows a search shows at once.
const pageLength = 30

type ordersPage struct {
	frame
	Query  book.OrderQuery
	States []ra.OrderState
	Rows   []ra.Order
	More   string // link to the next page, "" at the end
}

func (c *console) searchOrders(w http.ResponseWriter, r *http.Request, v visit) error {
	q := book.OrderQuery{Text: strings.TrimSpace(r.FormValue("q")), State: ra.OrderState(r.FormValue("state")),
		Before: r.FormValue("before"), Limit: pageLength + 1}
	rows, err := c.review.SearchOrders(r.Context(), v.staff, q)
	if err != nil {
		return err
	}
	p := ordersPage{frame: c.frame(r, v, "orders", "orders.title"), Query: q, States: overviewStates, Rows: rows}
	if len(rows) > pageLength {
		p.Rows = rows[:pageLength]
		p.More = more("/orders", q.Text, string(q.State), p.Rows[pageLength-1].ID)
	}
	if fragment(r) {
		return c.render(w, v, http.StatusOK, "orders", "rows", p)
	}
	return c.render(w, v, http.StatusOK, "orders", "layout", p)
}

// more is the link to what comes after the last row of a page.
func more(path, text, state, last string) string {
	q := url.Values{"q": {text}, "state": {state}, "before": {last}}
	return path + "?" + q.Encode()
}
