package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Store is where messages wait (backoffice/store).
type Store interface {
	TakeMessage(ctx context.Context, id string, now time.Time) (book.OutboxRow, error)
	MessageRefused(ctx context.Context, id string, answer int) error
	MessageSent(ctx context.Context, id string, at time.Time) error
	MessageFailed(ctx context.Context, id string, answer int, at time.Time) error
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

// letter is a message before it is put into the outbox.
type letter struct {
	template   template
	mobile     string // "": the registered mobile of the order's member
	addressee  string // "": the order's handler
	parameters map[string]string
	opens      string     // what the code among the parameters opens, "" where there is none
	withdraws  []template // older messages about the order that are worth nothing with this one
}

// post puts a message about an order into the outbox. What it overtakes and what is still on its way is withdrawn.
func (b *Outbox) post(ctx context.Context, tx book.MessagesTx, o ra.Order, l letter) error {
	for _, older := range l.withdraws {
		if err := tx.WithdrawMessages(ctx, o.ID, older.name, b.clerk.Now()); err != nil {
			return err
		}
	}
	project, err := tx.Project(ctx, o.ProjectID)
	if err == nil && l.mobile == "" {
		l.mobile, err = tx.RegisteredMobile(ctx, o.MembershipID)
	}
	if err != nil {
		return err
	}
	l.addressee = cmp.Or(l.addressee, o.Applicant.Handler.Name)
	return b.put(ctx, tx, project, book.OutboxRow{OrderID: o.ID, HallID: o.HallID}, l,
		params{paramService: wordsOf(o).name, paramOrder: o.Number})
}

// put puts a message of a project into the outbox, with the job that sends it. All of it is sealed: it may hold a code.
func (b *Outbox) put(ctx context.Context, tx book.MessagesTx, project ra.Project, row book.OutboxRow, l letter, about params) error {
	id, err := b.clerk.ID()
	if err != nil {
		return err
	}
	content := letterContent{}
	content.Signature, content.Text, content.Parameters = l.template.write(project.Name.ZH, l.filled(about, project))
	plain, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	if row.Body, err = b.seals.Seal(purposeOutbox, plain, []byte(id)); err != nil {
		return fmt.Errorf("sealing a message: %w", err)
	}
	row.ID, row.ProjectID, row.Mobile, row.Template, row.Opens, row.CreatedAt = id, project.ID, l.mobile, l.template.name, l.opens, b.clerk.Now()
	if err := tx.InsertMessage(ctx, row); err != nil {
		return err
	}
	return tx.Enqueue(ctx, book.SendMessage{MessageID: id})
}

// letterContent is what is sealed of a message.
type letterContent struct {
	Signature  string            `json:"signature"`
	Text       string            `json:"text"`
	Parameters map[string]string `json:"parameters"`
}

// filled are the letter's parameters with those that every message has.
func (l letter) filled(about params, p ra.Project) params {
	all := params{paramAddressee: cmp.Or(ra.MaskName(l.addressee), "客户"), paramService: "", paramOrder: "", paramHotline: p.Contact.Phone, paramWhere: ""}
	maps.Copy(all, about)
	maps.Copy(all, l.parameters)
	return all
}

// Deliver sends a message, unless it was sent or withdrawn before, or its code is dead. The gateway may get it twice, with the same id, where its answer
// was lost. After the last attempt, and when it is refused for good (book.ErrForGood), the message is failed and waits for a person.
func (b *Outbox) Deliver(ctx context.Context, id string, last bool) error {
	if b.sender == nil {
		return errors.New("notify: no sender of text messages")
	}
	row, err := b.store.TakeMessage(ctx, id, b.clerk.Now())
	if ra.CodeOf(err) == ra.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err = b.send(ctx, row); err == nil {
		return b.store.MessageSent(ctx, id, b.clerk.Now())
	}
	answer := 0
	var refused *RefusedError
	if errors.As(err, &refused) {
		answer = refused.Status
	}
	if last || errors.Is(err, book.ErrForGood) {
		return errors.Join(err, b.store.MessageFailed(ctx, id, answer, b.clerk.Now()))
	}
	return errors.Join(err, b.store.MessageRefused(ctx, id, answer))
}

func (b *Outbox) send(ctx context.Context, row book.OutboxRow) error {
	plain, err := b.seals.Open(purposeOutbox, row.Body, []byte(row.ID))
	if err != nil {
		return fmt.Errorf("message %s: %w", row.ID, err)
	}
	var content letterContent
	if err := json.Unmarshal(plain, &content); err != nil {
		return fmt.Errorf("message %s: its content cannot be read: %w", row.ID, book.ErrForGood)
	}
	return b.sender.Send(ctx, book.Message{ID: row.ID, Mobile: row.Mobile, Template: row.Template,
		Signature: content.Signature, Parameters: content.Parameters, Text: content.Text})
}
