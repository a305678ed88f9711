package uplink

import (
	"context"
	"errors"
	"sync"

	"keyhall/backoffice/ra"
)

// Place makes an order of the mandate's application in a session. The mandate is kept first: whatever becomes of the answer or of
// the customer, the order is placed. What the back office refuses for good is not kept.
func (u *Uplink) Place(ctx context.Context, session string, m ra.Mandate) (ra.Order, error) {
	return u.confirm(ctx, m, func() (ra.Order, error) {
		o, err := u.Calls.Place(ctx, session, *m.Application)
		if err != nil {
			return o, err
		}
		return o, u.cfg.Journal.DropDraft(context.WithoutCancel(ctx), m.OrderID)
	})
}

// Submit brings the mandate's pages over in a session and hands the order in, kept first as Place does. Errors of a page name it in
// the field.
func (u *Uplink) Submit(ctx context.Context, session string, m ra.Mandate) (ra.Order, error) {
	return u.confirm(ctx, m, func() (ra.Order, error) {
		err := u.bring(ctx, m, func(p ra.KeptPage) error {
			_, err := u.UploadPage(ctx, session, m.OrderID, p.Material, p.Page, p.JPEG)
			return err
		})
		if err != nil {
			return ra.Order{}, err
		}
		return u.Calls.Submit(ctx, session, m.OrderID)
	})
}

// confirm keeps a mandate while do carries it out for a person who is there; when they leave meanwhile, it stays.
func (u *Uplink) confirm(ctx context.Context, m ra.Mandate, do func() (ra.Order, error)) (ra.Order, error) {
	if err := u.cfg.Journal.SaveMandate(context.WithoutCancel(ctx), m); err != nil {
		return ra.Order{}, err
	}
	done, err := u.orders.take(ctx, m.OrderID)
	if err != nil {
		return ra.Order{}, err
	}
	defer done()
	o, err := do()
	if ra.Passing(err) {
		return o, err
	}
	if e := u.cfg.Journal.DropMandate(context.WithoutCancel(ctx), m); e != nil && err == nil {
		err = e
	}
	return o, err
}

// bring brings the pages of a mandate over that the journal still keeps, one by one, erasing each when the back office has it.
// After an error the rest is still kept.
func (u *Uplink) bring(ctx context.Context, m ra.Mandate, upload func(ra.KeptPage) error) error {
	for _, page := range m.Pages {
		p, kept, err := u.cfg.Journal.Page(ctx, page.Page.ID)
		if err != nil {
			return err
		}
		if !kept {
			continue
		}
		if err := upload(p); err != nil {
			return namePage(err, p.Page.ID)
		}
		if err := u.cfg.Journal.ErasePage(ctx, p.Page.ID); err != nil {
			return err
		}
	}
	return nil
}

// namePage puts the page's id into an error about the page itself.
func namePage(err error, id string) error {
	var e *ra.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case ra.CodeScanEmpty, ra.CodeScanTooLarge, ra.CodeScanNotImage, ra.CodeScanDamaged:
		return e.At("page." + id)
	}
	return err
}

// queues let one at a time work on an order; different orders do not wait for each other.
type queues struct {
	mu   sync.Mutex
	held map[string]chan struct{} // closed when the holder is done
}

// take waits for its turn at an order; done ends it.
func (q *queues) take(ctx context.Context, id string) (done func(), err error) {
	for {
		q.mu.Lock()
		before, busy := q.held[id]
		if !busy {
			mine := make(chan struct{})
			q.held[id] = mine
			q.mu.Unlock()
			return func() {
				q.mu.Lock()
				delete(q.held, id)
				q.mu.Unlock()
				close(mine)
			}, nil
		}
		q.mu.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
