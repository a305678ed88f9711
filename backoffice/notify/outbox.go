package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// How messages are sent.
const (
	batch = 20
	lease = time.Minute // how long one attempt may take before another sender tries
	slow  = time.Hour   // the longest wait between two attempts
)

// Store is where messages wait (backoffice/store).
type Store interface {
	LeaseMessages(ctx context.Context, now, until, latest time.Time, limit int) ([]book.OutboxRow, error)
	PutOffMessage(ctx context.Context, id string, at time.Time) error
	MessageSent(ctx context.Context, id string, at time.Time) error
}

// Seals keeps the words of a message from who reads the database (backoffice/vault).
type Seals interface {
	Seal(purpose string, plain, context []byte) ([]byte, error)
	Open(purpose string, sealed, context []byte) ([]byte, error)
}

// purposeOutbox separates sealed messages from others.
const purposeOutbox = "outbox"

// Sender sends a text message. It may be given the same message id twice.
type Sender interface {
	Send(ctx context.Context, m book.Message) error
}

// Outbox keeps text messages until they are sent. A message is put into it in the transaction that it tells of.
type Outbox struct {
	clerk  book.Clerk
	store  Store
	seals  Seals
	sender Sender
}

// NewOutbox is an outbox; without a sender (nil) messages wait in it.
func NewOutbox(clerk book.Clerk, store Store, seals Seals, sender Sender) *Outbox {
	return &Outbox{clerk: clerk, store: store, seals: seals, sender: sender}
}

// member puts a message to the registered mobile of the order's member into the outbox.
func (b *Outbox) member(ctx context.Context, tx book.MessagesTx, o ra.Order, template, text string) error {
	mobile, err := tx.RegisteredMobile(ctx, o.MembershipID)
	if err != nil {
		return err
	}
	return b.put(ctx, tx, o, mobile, template, text)
}

// put puts a message about an order into the outbox, with the project's signature before it and its telephone after. Its words are sealed:
// they may hold a code.
func (b *Outbox) put(ctx context.Context, tx book.MessagesTx, o ra.Order, mobile, template, text string) error {
	project, err := tx.Project(ctx, o.ProjectID)
	if err != nil {
		return err
	}
	text = "【" + project.Name.ZH + "】" + text
	if project.Contact.Phone != "" {
		text += "咨询电话：" + project.Contact.Phone + "。"
	}
	id, err := b.clerk.ID()
	if err != nil {
		return err
	}
	body, err := b.seals.Seal(purposeOutbox, []byte(text), []byte(id))
	if err != nil {
		return fmt.Errorf("sealing a message: %w", err)
	}
	return tx.InsertMessage(ctx, book.OutboxRow{ID: id, OrderID: o.ID, Mobile: mobile, Template: template,
		Body: body, CreatedAt: b.clerk.Now()})
}

// DeliverMessages sends what waits in the outbox and returns how many went out. A message goes out at least once; a
// failed one is tried again later and later, up to an hour apart. The error tells of those that failed now.
func (b *Outbox) DeliverMessages(ctx context.Context) (n int, err error) {
	if b.sender == nil {
		return 0, errors.New("notify: no sender of text messages")
	}
	var failed []error
	for {
		now := b.clerk.Now()
		rows, err := b.store.LeaseMessages(ctx, now, now.Add(lease), now.Add(2*slow), batch)
		if err != nil || len(rows) == 0 {
			return n, errors.Join(append(failed, err)...)
		}
		for _, m := range rows {
			if err := b.deliver(ctx, m); err != nil {
				failed = append(failed, fmt.Errorf("message %s: %w", m.ID, err))
				continue
			}
			n++
		}
	}
}

func (b *Outbox) deliver(ctx context.Context, m book.OutboxRow) error {
	text, err := b.seals.Open(purposeOutbox, m.Body, []byte(m.ID))
	if err == nil {
		err = b.sender.Send(ctx, book.Message{ID: m.ID, Mobile: m.Mobile, Template: m.Template, Text: string(text)})
	}
	now := b.clerk.Now()
	if err != nil {
		wait := min(time.Duration(1<<min(m.Attempts, 10))*5*time.Second, slow)
		return errors.Join(err, b.store.PutOffMessage(ctx, m.ID, now.Add(wait)))
	}
	return b.store.MessageSent(ctx, m.ID, now)
}
