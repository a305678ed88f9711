package ipp

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer"
)

// lookingBack is how long a printer is asked for a job that its user has given up.
const lookingBack = 2 * time.Second

// sendOnce sends a document unless the printer has it. When the answer is lost, the printer is asked whether it took the document:
// each job has a name of its own for that. A printer that cannot be asked either is asked the next time, before the document is
// sent again.
func (p *Printer) sendOnce(ctx context.Context, d printer.Document, data []byte, about about) (id int, err error) {
	sum := sha256.Sum256(d.PDF)
	if name := p.lostName(sum); name != "" {
		id, err := p.find(ctx, name)
		if err == nil {
			p.setLost(sum, "")
		}
		if err != nil || id != 0 {
			return id, err
		}
	}
	name := cmp.Or(d.Name, "document") + " " + rand.Text()[:8]
	if id, err = p.send(ctx, d, data, name, about); err == nil || !unanswered(err) {
		return id, err
	}
	p.setLost(sum, name)
	if ctx.Err() != nil {
		p.takeBackNamed(ctx, sum, name)
		return 0, err
	}
	id, sought := p.find(ctx, name)
	if sought == nil {
		p.setLost(sum, "")
	}
	if id == 0 {
		return 0, err
	}
	return id, nil
}

// unanswered tells errors after which the printer may have the document all the same.
func unanswered(err error) bool {
	for _, e := range []error{printer.ErrOffline, printer.ErrAnswer, printer.ErrTimeout, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// find looks for a job by its name among those in hand and those that the printer remembers; 0 when it has none.
func (p *Printer) find(ctx context.Context, name string) (id int, err error) {
	for _, which := range []string{"not-completed", "completed"} {
		answer, err := p.ask(ctx, p.request(goipp.OpGetJobs, keywords("which-jobs", which),
			keywords("requested-attributes", "job-id", "job-name")), nil)
		if err != nil {
			return 0, fmt.Errorf("jobs of the printer: %w", err)
		}
		if id := parseNamed(answer, name); id != 0 {
			return id, nil
		}
	}
	return 0, nil
}

// takeBackNamed cancels a job that its user has given up before its number was known.
func (p *Printer) takeBackNamed(ctx context.Context, sum [sha256.Size]byte, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookingBack)
	defer cancel()
	id, err := p.find(ctx, name)
	if err != nil {
		return // asked the next time
	}
	if id != 0 {
		p.takeBack(ctx, id)
	}
	p.setLost(sum, "")
}

func (p *Printer) lostName(sum [sha256.Size]byte) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost[sum]
}

// setLost remembers under which name a document may be at the printer; "" forgets it.
func (p *Printer) setLost(sum [sha256.Size]byte, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name == "" {
		delete(p.lost, sum)
		return
	}
	p.lost[sum] = name
}
