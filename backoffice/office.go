package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"keyhall/backoffice/access"
	"keyhall/backoffice/audit"
	"keyhall/backoffice/blobs"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/cashier"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/notify"
	"keyhall/backoffice/password"
	"keyhall/backoffice/people"
	"keyhall/backoffice/review"
	"keyhall/backoffice/store"
	"keyhall/backoffice/vault"
)

// office is the back office without its faces.
type office struct {
	config   Config
	log      *slog.Logger
	store    *store.Store
	sessions *pgxpool.Pool // of the console
	blobs    *blobs.Bucket
	vault    *vault.Vault
	issuer   *local.Authorities
	meters   *meters
	sending  bool // text messages have somewhere to go
	outbox   *notify.Outbox
	trail    *audit.Trail
	people   *people.People
	fleet    *fleet.Fleet
	intake   *intake.Intake
	review   *review.Review
	cashier  *cashier.Cashier
	issuing  *issuing.Issuing
	access   *access.Access
	expiry   jobs.Expiry
	board    jobs.Board
}

// open puts the parts together. It refuses a database that was not migrated, and a data folder that does not belong to it.
func open(ctx context.Context, c Config, log *slog.Logger) (_ *office, err error) {
	o := &office{config: c, log: log, meters: newMeters()}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	if err := store.CheckSchema(ctx, c.Database); err != nil {
		return nil, err
	}
	if o.store, err = store.New(ctx, c.Database, store.Connections(c.Connections)); err != nil {
		return nil, err
	}
	if err := o.store.CheckRole(ctx); err != nil {
		return nil, err
	}
	if err := c.checkPast(ctx, o.store); err != nil {
		return nil, err
	}
	if err := o.rememberFeed(); err != nil {
		return nil, err
	}
	if o.sessions, err = sessionPool(ctx, c.Database); err != nil {
		return nil, err
	}
	if o.vault, err = openVault(ctx, o.store, c.Data); err != nil {
		return nil, err
	}
	if err := o.openAuthorities(ctx); err != nil {
		return nil, err
	}
	if o.blobs, err = blobs.Open(ctx, c.bucket()); err != nil {
		return nil, err
	}
	projects, err := o.store.ListedProjects(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkPointers(c, projects); err != nil {
		return nil, err
	}
	return o, o.assemble(ctx)
}

// openAuthorities opens every CA that the register knows.
func (o *office) openAuthorities(ctx context.Context) error {
	known, err := o.store.Authorities(ctx)
	if err != nil {
		return err
	}
	tokens := new(local.Tokens)
	o.issuer, err = local.OpenAll(ctx, known, func(a book.Authority) local.Config {
		l := o.config.authority(a)
		l.Tokens = tokens
		l.Unfit, l.Register = o.meters.unfitFor, o.store.PutOwnCertificate
		return l
	})
	return err
}

// assemble makes the rules of the parts.
func (o *office) assemble(ctx context.Context) error {
	sender, err := o.sender()
	if err != nil {
		return err
	}
	clerk := book.NewClerk(o.config.now, nil)
	o.sending = sender != nil
	o.outbox = notify.NewOutbox(clerk, o.store, o.vault, sender)
	if err := o.openTrail(ctx, clerk); err != nil {
		return err
	}
	o.people = people.New(people.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) people.Tx { return tx }),
		Vault: o.vault, Passwords: password.New(password.Config{Audience: password.Staff, Tries: o.store, Now: o.config.now})})
	o.fleet = fleet.New(fleet.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) fleet.Tx { return tx }),
		Issuer: o.issuer.For(book.ForOperations), Vault: o.vault, People: o.people})
	o.review = review.New(review.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) review.Tx { return tx }),
		Vault: o.vault, Blobs: o.blobs, People: o.people, Messages: o.outbox,
		Register: issuing.NewRegister(clerk)})
	o.cashier = cashier.New(cashier.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) cashier.Tx { return tx }),
		People: o.people, Messages: o.outbox, Approvals: o.review})
	o.intake = intake.New(intake.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) intake.Tx { return tx }),
		CA: o.issuer.For(book.ForCustomers), Vault: o.vault, Blobs: o.blobs, Fleet: o.fleet,
		Approvals: o.review, Resets: o.review, Mobiles: o.review, Slips: o.review, Passwords: password.New(password.Config{Audience: password.Customers, Tries: o.store, Now: o.config.now}), Quotas: o.config.Uploads.quotas()})
	o.access = access.New(access.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) access.Tx { return tx }),
		People: o.people, Scans: o.intake, Blobs: o.blobs, Codes: o.review, Messages: o.outbox})
	parts := issuing.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) issuing.Tx { return tx }),
		Issuer: o.issuer.For(book.ForCustomers), Revoker: o.issuer, Status: o.issuer, Signed: o.issuer,
		Vault: o.vault, Trail: o.trail, Fleet: o.fleet, Intake: o.intake, Codes: o.review, People: o.people, Messages: o.outbox, Log: o.log}
	if o.config.PKI.URL != pkiNone {
		parts.PKIURL = strings.TrimRight(o.config.PKI.URL, "/")
	}
	o.issuing = issuing.New(parts)
	o.expiry = jobs.Expiry{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) jobs.ExpiryTx { return tx }), Messages: o.outbox}
	o.board = jobs.Board{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) jobs.BoardTx { return tx }), People: o.people}
	return nil
}

// openTrail makes the trail with the key in the data folder.
func (o *office) openTrail(ctx context.Context, clerk book.Clerk) error {
	f, err := o.store.Foundation(ctx)
	if err != nil {
		return err
	}
	key, writer, err := keepTrail(o.store, o.config.Data)
	if err != nil {
		return err
	}
	o.newTrail(clerk, f.ID, key, writer)
	return nil
}

func (o *office) newTrail(clerk book.Clerk, register string, key *audit.Key, writer *audit.Writer) {
	o.trail = audit.NewTrail(audit.Config{Clerk: clerk, Store: store.For(o.store, func(tx *store.Tx) audit.Tx { return tx }),
		Writer: writer, Key: key, Register: register, Checkpoints: o.config.checkpoints(), Archive: o.config.archive()})
}

// sealing is how long the last lines may take to be sealed when the program ends.
const sealing = 5 * time.Second

// seal seals what this program left in the trail before it ends.
func (o *office) seal() error {
	if o.trail == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), sealing)
	defer cancel()
	_, err := o.trail.SealAudit(ctx)
	return err
}

// sessionPool is for the console's session store, which knows its table by the bare name only.
func sessionPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("database: PostgreSQL's address cannot be read")
	}
	config.MaxConns = 4
	config.ConnConfig.RuntimeParams["search_path"] = "console"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database of the console's sessions: %w", err)
	}
	return pool, nil
}

// sender is who sends text messages, nil where no gateway is configured.
func (o *office) sender() (notify.Sender, error) {
	m := o.config.Messages
	if m.URL == "" {
		return nil, nil
	}
	token := ""
	if m.TokenFile != "" {
		b, err := os.ReadFile(m.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("token of the message gateway: %w", err)
		}
		token = strings.TrimSpace(string(b))
	}
	return notify.New(notify.Config{URL: m.URL, Token: token, Timeout: m.Timeout.Duration})
}

// close lets go of everything that was opened.
func (o *office) close() error {
	errs := []error{o.seal()}
	if o.issuer != nil {
		errs = append(errs, o.issuer.Close())
	}
	if o.vault != nil {
		o.vault.Close()
	}
	if o.blobs != nil {
		errs = append(errs, o.blobs.Close())
	}
	if o.sessions != nil {
		o.sessions.Close()
	}
	if o.store != nil {
		o.store.Close()
	}
	return errors.Join(errs...)
}
