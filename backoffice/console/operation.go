package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// operationRow is a write to a key that was begun and did not end.
type operationRow struct {
	ID           string
	Order        ra.Order
	Unit         ra.Unit
	Kiosk        ra.Kiosk
	Began        time.Time // zero when its id does not tell
	Minutes      int
	Running      bool // begun so recently that it is probably still going on
	Organisation string
	Release      bool // who looks may give it up
}

// running is how long a write may take before a person should look.
const running = 10 * time.Minute

type operationsPage struct {
	frame
	book.Titles
	Rows []operationRow
}

func (c *console) showOperations(w http.ResponseWriter, r *http.Request, v visit) error {
	rows, err := c.unfinished(r.Context(), v)
	if err != nil {
		return err
	}
	titles, err := c.review.Titles(r.Context())
	if err != nil {
		return err
	}
	p := operationsPage{c.frame(r, v, "operations", "operations.title"), titles, rows}
	return c.render(w, v, http.StatusOK, "operations", "layout", p)
}

// unfinished finds the units under way in the orders in progress, oldest first.
func (c *console) unfinished(ctx context.Context, v visit) ([]operationRow, error) {
	kiosks, err := c.fleet.Kiosks(ctx, v.staff)
	if err != nil {
		return nil, err
	}
	var rows []operationRow
	q := book.OrderQuery{State: ra.OrderInProgress, Limit: 200}
	for {
		orders, err := c.review.SearchOrders(ctx, v.staff, q)
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			rows = append(rows, c.unitsUnderWay(o, kiosks, v.staff)...)
		}
		if len(orders) < q.Limit {
			break
		}
		q.Before = orders[len(orders)-1].ID
	}
	slices.SortStableFunc(rows, func(a, b operationRow) int { return a.Began.Compare(b.Began) })
	return rows, nil
}

func (c *console) unitsUnderWay(o ra.Order, kiosks []book.KioskStatus, staff ra.Staff) []operationRow {
	var rows []operationRow
	for _, u := range o.Units {
		if u.State != ra.UnitReserved && u.State != ra.UnitIssued {
			continue
		}
		row := operationRow{ID: u.OperationID, Order: o, Unit: u, Organisation: o.Applicant.Organisation.Name,
			Release: staff.May(ra.ActRelease, o.ProjectID, o.HallID)}
		row.Began = beginOf(u.OperationID)
		if since := c.now().Sub(row.Began); !row.Began.IsZero() {
			row.Minutes, row.Running = int(max(0, since).Minutes()), since < running
		}
		for _, k := range kiosks {
			if k.Kiosk.ID == u.KioskID {
				row.Kiosk = k.Kiosk
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// beginOf reads the time that a UUIDv7 carries.
func beginOf(id string) time.Time {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}
	}
	return time.Unix(u.Time().UnixTime()).UTC()
}

// releasePage asks before a key is given up and says exactly what is lost.
type releasePage struct {
	frame
	book.Titles
	Row     operationRow
	Reason  string
	Problem string
}

func (c *console) releasePage(r *http.Request, v visit) (releasePage, error) {
	rows, err := c.unfinished(r.Context(), v)
	if err != nil {
		return releasePage{}, err
	}
	i := slices.IndexFunc(rows, func(row operationRow) bool { return row.ID == r.PathValue("id") })
	if i < 0 {
		return releasePage{}, ra.E(ra.CodeNotFound)
	}
	titles, err := c.review.Titles(r.Context())
	return releasePage{frame: c.frame(r, v, "operations", "release.title"), Titles: titles, Row: rows[i]}, err
}

func (c *console) showRelease(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.releasePage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "release", "layout", p)
}

func (c *console) releaseUnit(w http.ResponseWriter, r *http.Request, v visit) error {
	reason := strings.TrimSpace(r.FormValue("reason"))
	err := c.issuing.ReleaseUnit(r.Context(), v.staff, r.PathValue("id"), reason)
	if err == nil {
		redirect(w, r, "/operations")
		return nil
	}
	e := asError(err)
	p, loadErr := c.releasePage(r, v)
	if loadErr != nil || e.Code == ra.CodeInternal {
		return err
	}
	p.Reason, p.Problem = reason, v.words.problem(e)
	return c.render(w, v, statusOf(err), "release", "layout", p)
}
