package intake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// stored brings a new scan and puts it nowhere.
func stored(t *testing.T, h *servicetest.Hall, in *intake.Intake, n int) ra.Page {
	t.Helper()
	scan, page := servicetest.Scan(t, 5000+n)
	servicetest.Must(t, in.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes))
	return page
}

// small is an intake of the hall with small quotas.
func small(h *servicetest.Hall, q intake.Quotas) *intake.Intake {
	c := h.IntakeConfig
	c.Quotas = q
	return intake.New(c)
}

// TestKioskQuota: what a kiosk begins and brings without putting it under an order is bounded, in number and bytes; what is put under one
// counts no more, and neither does what another kiosk brings or what is old.
func TestKioskQuota(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	in := small(h, intake.Quotas{KioskScans: 3, KioskBytes: 1 << 20, OrderPages: 100, OrderBytes: 1 << 30})
	order := h.Placed(t, h.Registered(t), 1)
	page := stored(t, h, in, 1)
	stored(t, h, in, 2)
	for _, c := range []struct {
		name  string
		kiosk ra.Kiosk
		size  int64
		begun int
		bytes int64
		want  ra.Code
	}{
		{"the third", h.Kiosk, 100, 0, 0, ""}, {"the fourth", h.Kiosk, 100, 1, 100, ra.CodeUploadsFull}, {"too many bytes", h.Kiosk, 1 << 20, 0, 0, ra.CodeUploadsFull},
		{"too many announced", h.Kiosk, 100, 0, 1 << 20, ra.CodeUploadsFull}, {"another kiosk", h.Other, 100, 1, 100, ""},
	} {
		servicetest.WantCode(t, c.name, in.MayBring(t.Context(), c.kiosk, c.size, c.begun, c.bytes), c.want, "")
	}
	member, err := h.Store.Membership(t.Context(), order.MembershipID)
	servicetest.Must(t, err)
	_, err = in.AddPage(t.Context(), member, order.ID, ra.MaterialForm, page)
	servicetest.Must(t, err)
	servicetest.WantCode(t, "once one is under an order", in.MayBring(t.Context(), h.Kiosk, 100, 1, 100), "", "")
	servicetest.WantCode(t, "three at once", in.MayBring(t.Context(), h.Kiosk, 100, 2, 200), ra.CodeUploadsFull, "")
	h.Clock.Advance(intake.LooseScansStay)
	servicetest.WantCode(t, "after two days", in.MayBring(t.Context(), h.Kiosk, 100, 2, 200), "", "")
}

// TestOrderQuota: an order has so many pages and bytes at most, whatever its materials allow and the kiosk says of a page.
func TestOrderQuota(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	for name, q := range map[string]intake.Quotas{
		"pages": {KioskScans: 100, KioskBytes: 1 << 30, OrderPages: 1, OrderBytes: 1 << 30},
		"bytes": {KioskScans: 100, KioskBytes: 1 << 30, OrderPages: 100, OrderBytes: 100},
	} {
		in, order := small(h, q), h.Placed(t, member, 1)
		want := ra.CodeOrderFull
		if name == "pages" {
			_, err := in.AddPage(t.Context(), member, order.ID, ra.MaterialForm, stored(t, h, in, 10))
			servicetest.WantCode(t, name, err, "", "")
		}
		page := stored(t, h, in, 11)
		page.Bytes = 1
		_, err := in.AddPage(t.Context(), member, order.ID, ra.MaterialForm, page)
		servicetest.WantCode(t, name, err, want, "pages")
	}
}

// TestLooseScansAreErased: what belongs to no order goes after two days, what is under one stays; a page that was taken away counts as the
// former, and a page is never put under a scan that went.
func TestLooseScansAreErased(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	loose, kept, removed := stored(t, h, h.Intake, 1), stored(t, h, h.Intake, 2), stored(t, h, h.Intake, 3)
	for _, page := range []ra.Page{kept, removed} {
		_, err := h.AddPage(t.Context(), member, order.ID, ra.MaterialForm, page)
		servicetest.Must(t, err)
	}
	_, err := h.RemovePage(t.Context(), member, order.ID, ra.MaterialForm, removed.ID)
	servicetest.Must(t, err)
	want := func(when string, erased int, there map[string]bool) {
		t.Helper()
		if n, err := h.PruneScans(t.Context()); n != erased || err != nil {
			t.Errorf("%s: %d erased, %v, want %d", when, n, err, erased)
		}
		for sum, want := range there {
			if got, err := h.Blobs.Exists(t.Context(), sum); got != want || err != nil {
				t.Errorf("%s: %.8s is there: %v, %v, want %v", when, sum, got, err, want)
			}
		}
	}
	exists := func(when string, page ra.Page, want bool) {
		t.Helper()
		if got, err := h.Intake.Exists(t.Context(), page.SHA256); got != want || err != nil {
			t.Errorf("%s: need not be brought: %v, %v, want %v", when, got, err, want)
		}
	}
	exists("at once", loose, true)
	want("at once", 0, map[string]bool{loose.SHA256: true, kept.SHA256: true, removed.SHA256: true})
	h.Clock.Advance(intake.LooseScansStay - time.Minute)
	exists("shortly before it goes", loose, false)
	exists("under an order", kept, true)
	h.Clock.Advance(time.Minute + time.Second)
	want("after two days", 2, map[string]bool{loose.SHA256: false, kept.SHA256: true, removed.SHA256: false})
	_, err = h.AddPage(t.Context(), member, order.ID, ra.MaterialForm, loose)
	servicetest.WantCode(t, "a page without its scan", err, ra.CodeNotFound, "sha256")
	again := stored(t, h, h.Intake, 1)
	_, err = h.AddPage(t.Context(), member, order.ID, ra.MaterialForm, again)
	servicetest.Must(t, err)
	h.Clock.Advance(intake.LooseScansStay + time.Second)
	want("brought again", 0, map[string]bool{again.SHA256: true})
}

// unerased is a bucket whose files cannot be erased, or where somebody else is at it meanwhile.
type unerased struct {
	intake.Blobs
	instead func(sha256 string) error
}

func (u unerased) Delete(_ context.Context, sha256 string) error { return u.instead(sha256) }

func (u unerased) Put(ctx context.Context, sha256 string, r io.Reader) error {
	return u.Blobs.Put(ctx, sha256, r)
}

// TestErasingIsCutOff: a scan whose erasing failed is there still, with its row, and goes the next time.
func TestErasingIsCutOff(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	page := stored(t, h, h.Intake, 1)
	h.Clock.Advance(intake.LooseScansStay + time.Second)
	broken := errors.New("the disk is away")
	c := h.IntakeConfig
	c.Blobs = unerased{h.Blobs, func(string) error { return broken }}
	if n, err := intake.New(c).PruneScans(t.Context()); n != 0 || !errors.Is(err, broken) {
		t.Errorf("%d erased, %v", n, err)
	}
	// The program ends after the bytes went and before the row does.
	c.Blobs = unerased{h.Blobs, func(sum string) error { return errors.Join(h.Blobs.Delete(context.Background(), sum), broken) }}
	if n, err := intake.New(c).PruneScans(t.Context()); n != 0 || !errors.Is(err, broken) {
		t.Errorf("%d erased, %v", n, err)
	}
	order := h.Placed(t, h.Registered(t), 1)
	member, err := h.Store.Membership(t.Context(), order.MembershipID)
	servicetest.Must(t, err)
	_, err = h.AddPage(t.Context(), member, order.ID, ra.MaterialForm, page)
	servicetest.WantCode(t, "a page without its bytes", err, ra.CodeNotFound, "sha256")
	if n, err := h.PruneScans(t.Context()); n != 1 || err != nil {
		t.Errorf("the next time: %d erased, %v", n, err)
	}
}

// TestPageMeetsErasing: a page that is put under an order while its scan is being erased is refused, and one that is there first keeps it.
func TestPageMeetsErasing(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	first, late := stored(t, h, h.Intake, 1), stored(t, h, h.Intake, 2)
	h.Clock.Advance(intake.LooseScansStay + time.Second)
	tx, err := h.Store.Pool().Begin(t.Context())
	servicetest.Must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), `INSERT INTO pages (id, order_id, kind, place, sha256, bytes, width, height, at)
		VALUES ($1, $2, 'registration_form', 0, $3, 1, 1, 1, now())`, first.ID, order.ID, first.SHA256)
	servicetest.Must(t, err)
	added := make(chan error, 1)
	c := h.IntakeConfig
	c.Blobs = unerased{h.Blobs, func(sum string) error {
		go func() {
			_, err := h.AddPage(context.Background(), member, order.ID, ra.MaterialForm, late)
			added <- err
		}()
		return h.Blobs.Delete(context.Background(), sum)
	}}
	if n, err := intake.New(c).PruneScans(t.Context()); n != 1 || err != nil {
		t.Errorf("%d erased, %v, want the one that nobody holds", n, err)
	}
	servicetest.WantCode(t, "the late page", <-added, ra.CodeNotFound, "sha256")
	servicetest.Must(t, tx.Commit(t.Context()))
	if there, err := h.Blobs.Exists(t.Context(), first.SHA256); !there || err != nil {
		t.Errorf("the page that was first lost its scan: %v", err)
	}
	if n, err := h.PruneScans(t.Context()); n != 0 || err != nil {
		t.Errorf("afterwards: %d erased, %v", n, err)
	}
}
