package main

import (
	"context"
	"fmt"
	"time"

	"keyhall/backoffice/store"
)

// DemonstrationConfig is for halls that are made up.
type DemonstrationConfig struct {
	// DaysAgo lets the program live so many days ago, so that what it makes is as old afterwards. A register never goes back behind what it has.
	DaysAgo int `toml:"days_ago"`
}

// mostDaysAgo keeps the certificate of the back office's own TLS good for kiosks, whose clocks are the true ones.
const mostDaysAgo = 366

func (d DemonstrationConfig) check(bad func(setting, why string)) {
	if d.DaysAgo < 0 || d.DaysAgo > mostDaysAgo {
		bad("demonstration.days_ago", fmt.Sprintf("0 to %d", mostDaysAgo))
	}
}

// now is the program's clock.
func (c Config) now() time.Time { return time.Now().AddDate(0, 0, -c.Demonstration.DaysAgo) }

// checkPast refuses to live before the newest line of the trail.
func (c Config) checkPast(ctx context.Context, s *store.Store) error {
	if c.Demonstration.DaysAgo == 0 {
		return nil
	}
	newest, err := s.NewestAudit(ctx)
	if err != nil || c.now().After(newest) {
		return err
	}
	return fmt.Errorf("demonstration.days_ago: this register has lines of %s; only one that has none goes back", newest.Format(time.DateOnly))
}
