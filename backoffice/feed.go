package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"keyhall/backoffice/book"
	"keyhall/backoffice/disk"
)

// feedFile in the data folder says how far this back office saw the change feed: a database that was restored since is noticed by it.
const feedFile = "feed"

// rememberFeed tells the store what this back office saw before it was started again.
func (o *office) rememberFeed() error {
	raw, err := os.ReadFile(filepath.Join(o.config.Data, feedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	var seen book.FeedPlace
	if err := json.Unmarshal(raw, &seen); err != nil {
		o.log.Warn("what was seen of the change feed cannot be read and is forgotten", "file", feedFile, "err", err)
		return nil
	}
	o.store.RememberFeed(seen)
	return nil
}

// keepFeed is a job that writes down how far the feed was seen, when that changed.
func (o *office) keepFeed() func(context.Context) (int, error) {
	kept := o.store.FeedSeen()
	o.store.Changed() // from now on the feed is followed
	return func(context.Context) (int, error) {
		seen := o.store.FeedSeen()
		if seen == kept || seen == (book.FeedPlace{}) {
			return 0, nil
		}
		if kept.Epoch != "" && kept.Epoch != seen.Epoch {
			o.log.Error("the database was restored or lost commits: kiosks look at everything again", "was", kept, "is", seen)
		}
		raw, err := json.Marshal(seen)
		if err != nil {
			return 0, fmt.Errorf("change feed: %w", err)
		}
		if err := disk.Replace(filepath.Join(o.config.Data, feedFile), raw, 0o600); err != nil {
			return 0, err
		}
		kept = seen
		return 1, nil
	}
}
