package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/store"
)

type auditCmd struct {
	configFlag
	Checkpoints string `type:"existingfile" help:"File of checkpoints that were kept elsewhere, to compare with too."`
}

// Run prints one line for each finding.
func (c auditCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		o.trail.Kept = c.Checkpoints
		found, err := o.issuing.Audit(ctx)
		if err != nil {
			return err
		}
		for _, f := range found {
			fmt.Printf("%d\t%s\t%s\n", f.Invariant, f.Subject, f.What)
		}
		err = o.tellRun(ctx, "audit.run", "findings", strconv.Itoa(len(found)))
		if len(found) > 0 {
			return errors.Join(fmt.Errorf("audit: %d findings", len(found)), err)
		}
		if err != nil {
			return err
		}
		fmt.Println("audit: all invariants hold, the trail is whole")
		return nil
	})
}

type checkpointCmd struct {
	configFlag
	Print bool `help:"A page for the safe, with the checkpoint as a QR code."`
}

// Run writes a checkpoint into the file, and on a page of its own.
func (c checkpointCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		point, err := o.trail.Checkpoint(ctx)
		if err != nil {
			return err
		}
		if _, err := o.trail.WriteCheckpoint(ctx); err != nil {
			return err
		}
		if err := o.tellRun(ctx, "audit.checkpoint", "set", strconv.FormatInt(point.Set, 10)); err != nil {
			return err
		}
		if !c.Print {
			fmt.Println(point)
			return nil
		}
		page, err := safePage(point)
		fmt.Print(page)
		return err
	})
}

// safePage is a checkpoint as it is printed for the safe.
func safePage(c audit.Checkpoint) (string, error) {
	code, err := qrcode.New(c.String(), qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("QR code of the checkpoint: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Keyhall 审计检查点 / audit checkpoint\n\n")
	for _, row := range [][2]string{
		{"登记库 register", c.Register}, {"封存批次 set", fmt.Sprint(c.Set)}, {"条数 lines", fmt.Sprint(c.Lines)},
		{"时间 time", c.At.Format(time.RFC3339)}, {"摘要 hash", fmt.Sprintf("%x", c.Hash)}, {"公钥 public key", fmt.Sprintf("%x", c.Key)},
	} {
		fmt.Fprintf(&b, "%s\n    %s\n", row[0], row[1])
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", code.ToSmallString(false), c)
	fmt.Fprintf(&b, "\n存入保险柜。核对：把上面一行存为文件，运行 keyhall-backoffice audit --checkpoints 文件\n"+
		"Keep it in the safe. To compare: put the line above into a file and run keyhall-backoffice audit --checkpoints FILE\n")
	return b.String(), nil
}

type maintainCmd struct{ configFlag }

// Run makes the partitions of the months to come, drops those whose lines are over and old revocation lists; a timer runs it.
func (c maintainCmd) Run(ctx context.Context) error {
	config, log, err := c.read()
	if err != nil {
		return err
	}
	owned, err := config.owner()
	if err != nil {
		return err
	}
	o, err := open(ctx, config, log)
	if err != nil {
		return err
	}
	owner, err := store.New(ctx, owned)
	if err != nil {
		return errors.Join(err, o.close())
	}
	defer owner.Close()
	owner.KeepTrail(o.trail.Writer)
	return errors.Join(maintain(ctx, o, store.For(owner, func(tx *store.Tx) audit.OwnerTx { return tx }), time.Now()), o.close())
}

func maintain(ctx context.Context, o *office, owner audit.OwnerStore, now time.Time) error {
	made, err := owner.MakeMonths(ctx, now, audit.MonthsAhead())
	if err != nil {
		return err
	}
	months, err := owner.Months(ctx)
	if err != nil {
		return err
	}
	old := audit.Old(months, now, o.config.Audit.KeepMonths)
	if err := o.trail.Drop(ctx, owner, old); err != nil {
		return err
	}
	lists := 0
	if days := o.config.PKI.KeepListsDays; days > 0 {
		if lists, err = o.trail.DropLists(ctx, owner, now.AddDate(0, 0, -days)); err != nil {
			return err
		}
	}
	if err := o.tellRun(ctx, "audit.maintain", "made", strconv.Itoa(made), "dropped", strconv.Itoa(len(old)), "lists", strconv.Itoa(lists)); err != nil {
		return err
	}
	fmt.Printf("maintain: %d months made, %d dropped; %d revocation lists dropped\n", made, len(old), lists)
	return nil
}

// tellRun leaves a line of a command that reads or changes much. It is sealed when the office is closed.
func (o *office) tellRun(ctx context.Context, action string, facts ...string) error {
	return o.trail.Clerk.Write(ctx, o.store, book.StaffActor(book.Command()), action, "", "", facts...)
}

// tellMigration leaves a line in a register that was founded before, and seals it: no back office may be running.
func tellMigration(ctx context.Context, c Config) error {
	s, err := store.New(ctx, c.Database)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := checkFoundation(ctx, s, c.Data); errors.Is(err, errNotFounded) {
		return nil
	} else if err != nil {
		return err
	}
	o := &office{config: c, store: s}
	if err := o.openTrail(ctx, book.NewClerk(nil, nil)); err != nil {
		return err
	}
	return errors.Join(o.tellRun(ctx, "schema.migrate", "program", version()), o.seal())
}

// sealLeft seals what a command without an office left in the trail. One that never kept it left nothing, and one whose data folder is not
// the register's could leave nothing and must not seal what others did.
func sealLeft(ctx context.Context, s *store.Store, c Config) error {
	writer, kept := s.Stamper().(*audit.Writer)
	if !kept {
		return nil
	}
	f, err := s.Foundation(ctx)
	if err != nil {
		return err
	}
	key, err := audit.LoadKey(c.Data)
	if err != nil {
		return err
	}
	if !bytes.Equal(key.Public(), f.AuditKey) {
		return nil
	}
	o := &office{config: c, store: s}
	o.newTrail(book.NewClerk(nil, nil), f.ID, key, writer)
	return o.seal()
}

// ownerVariable names the owner's address where the file does not.
const ownerVariable = "KEYHALL_OWNER_DATABASE"

// owner is the database's address as the owner of its tables, who the program that serves is not.
func (c Config) owner() (string, error) {
	dsn := c.OwnerDatabase
	if dsn == "" {
		dsn = os.Getenv(ownerVariable)
	}
	if dsn == "" {
		return "", fmt.Errorf("owner_database: the database's address as the owner of its tables is needed, in this file or in %s", ownerVariable)
	}
	return dsn, nil
}

// watchTrail is a job that lets Prometheus and the log know how the trail does.
func (o *office) watchTrail(m *meters) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		h, err := o.trail.Health(ctx)
		if err != nil {
			return 0, err
		}
		m.trail(h)
		if h.Sick() {
			return 0, sickTrail(h)
		}
		return 0, nil
	}
}

func sickTrail(h book.TrailHealth) error {
	return fmt.Errorf("the audit trail: oldest line not sealed for %s, oldest set without a checkpoint for %s, %d months made ahead",
		h.Unsealed.Round(time.Second), h.Unwritten.Round(time.Second), h.MonthsMade)
}

// keepTrail lets a store write the trail, with the key in the data folder.
func keepTrail(s *store.Store, dir string) (*audit.Key, *audit.Writer, error) {
	key, err := audit.LoadKey(dir)
	if err != nil {
		return nil, nil, err
	}
	writer := audit.NewWriter(key)
	s.KeepTrail(writer)
	return key, writer, nil
}

func sameTrail(dir string, f book.Foundation) error {
	key, err := audit.LoadKey(dir)
	if err != nil {
		return fmt.Errorf("the key of the audit trail that the register was founded with: %w", err)
	}
	if !bytes.Equal(key.Public(), f.AuditKey) {
		return fmt.Errorf("the key of the audit trail in the data folder %s is not the one that this register was founded with: its lines would be taken for somebody else's", dir)
	}
	return nil
}
