package bench

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/maker"
)

// benchPIN is the made-up customer's.
const benchPIN = "48291375"

// makes are the samples of one run of makes, one value for each.
type makes struct {
	whole, keys, module, office, journal, rest Sample
	strict, loose                              Sample // outside / inside, the module's calls or the key driver's
	calls                                      [parts]int
}

// Makes makes n keys of an algorithm on software keys, as the kiosk does, and adds where the time goes.
func Makes(ctx context.Context, h *house.House, algorithm ukey.Algorithm, n int, t *Table) error {
	d, err := desk.Open(ctx, h, string(algorithm), seedOf(algorithm))
	if err != nil {
		return err
	}
	defer d.Close()
	watch := &stopwatch{}
	p, err := maker.Open(ctx, maker.Of(h, h.Line(), filepath.Join(h.Dir, "bench", string(algorithm))), slog.New(slog.DiscardHandler), watch.observe)
	if err != nil {
		return err
	}
	defer p.Close()
	m := &makes{}
	for len(m.whole) < n {
		o, err := d.Approved(ctx, min(d.Project.MaxUnits, n-len(m.whole)))
		if err != nil {
			return err
		}
		for range o.Units {
			if err := m.one(ctx, h, d, o, p, watch); err != nil {
				return fmt.Errorf("make %d: %w", len(m.whole)+1, err)
			}
		}
	}
	m.tell(algorithm, t)
	return nil
}

// seedOf gives each customer of the bench an identity of their own.
func seedOf(algorithm ukey.Algorithm) uint64 { return 100 + uint64(len(algorithm)) }

// one makes a key on a blank one, which is plugged in before the clock starts.
func (m *makes) one(ctx context.Context, h *house.House, d *desk.Desk, o desk.Order, p *maker.Parts, watch *stopwatch) error {
	number := 1 + len(m.whole)%len(h.Hub.Keys())
	if err := h.Hub.Replace(ctx, number); err != nil {
		return err
	}
	if err := h.Hub.Plug(number); err != nil {
		return err
	}
	defer h.Hub.Pull(number)
	infos, err := p.Keys.List(ctx)
	if err != nil {
		return err
	}
	model, ok := d.Project.ModelOf(ra.KeyIdentity(infos[0].Identity()))
	if !ok {
		return fmt.Errorf("the project does not take %s", infos[0].Model)
	}
	w := ra.Write{ID: uuid.Must(uuid.NewV7()).String(), Plan: ra.PlanMake, OrderID: o.ID, OrderNumber: o.Number, ProjectID: o.ProjectID, Model: model.ID,
		Key: ra.KeyIdentity(infos[0].Identity())}
	executor := write.New(write.Config{Office: api.Calls{Line: timedLine{p.Office, watch}}, Journal: timedJournal{p.Journal, watch}, Keys: timedReader{p.Keys, watch}})
	watch.take()
	start := time.Now()
	job, err := executor.Reserve(ctx, d.Session, o.Code, w)
	if err != nil {
		return err
	}
	if _, err := executor.Run(ctx, job, []byte(benchPIN), nil); err != nil {
		return err
	}
	m.add(time.Since(start), watch)
	return nil
}

func (m *makes) add(whole time.Duration, watch *stopwatch) {
	spent, calls := watch.take()
	m.calls = calls
	outside := whole - spent[partKeys]
	m.whole.Add(whole)
	m.keys.Add(spent[partKeys] - spent[partModule])
	m.module.Add(spent[partModule])
	m.office.Add(spent[partOffice])
	m.journal.Add(spent[partJournal])
	m.rest.Add(outside - spent[partOffice] - spent[partJournal])
	m.strict = append(m.strict, (whole-spent[partModule]).Seconds()/spent[partModule].Seconds())
	m.loose = append(m.loose, outside.Seconds()/spent[partKeys].Seconds())
}

func (m *makes) tell(algorithm ukey.Algorithm, t *Table) {
	name := "make, " + string(algorithm)
	t.Seconds(name, m.whole, "reserve to confirm, SoftHSM, real fsync; share of it below")
	t.Part("  inside PKCS#11 calls", m.module, m.whole, "with the fresh look after each call that SoftHSM needs")
	t.Part("  worker process", m.keys, m.whole, fmt.Sprintf("its start, frames, pipes; %d calls of the driver", m.calls[partKeys]))
	t.Part("  back office", m.office, m.whole, fmt.Sprintf("%d round trips, mTLS", m.calls[partOffice]))
	t.Part("  journal", m.journal, m.whole, fmt.Sprintf("%d writes, each synced", m.calls[partJournal]))
	t.Part("  rest of the kiosk", m.rest, m.whole, "")
	t.Ratios("  outside / inside PKCS#11 calls", m.strict, "the worker process counts as outside")
	t.Ratios("  outside / inside the key driver", m.loose, "the worker process counts as inside")
	t.Line()
}
