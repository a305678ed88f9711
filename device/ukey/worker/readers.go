package worker

import (
	"context"
	"errors"
	"log/slog"

	"keyhall/device/ukey"
)

// Readers combines the readers of several drivers into one. A driver that fails is reported to log and left out
// while another answers; a key that two drivers see is told once, by the first, and twins that one driver sees are told twice.
func Readers(log *slog.Logger, readers ...ukey.Reader) ukey.Reader {
	return &combined{log: log, readers: readers}
}

type combined struct {
	log     *slog.Logger
	readers []ukey.Reader
}

// List fails only when every driver does.
func (c *combined) List(ctx context.Context) ([]ukey.Info, error) {
	var all []ukey.Info
	var errs []error
	known := map[ukey.Identity]bool{}
	for _, r := range c.readers {
		infos, err := r.List(ctx)
		if err != nil {
			c.log.Warn("ukey driver does not list its keys", slog.Any("error", err))
			errs = append(errs, err)
		}
		for _, info := range infos {
			if !known[info.Identity()] || info.Serial == "" {
				all = append(all, info)
			}
		}
		for _, info := range infos {
			known[info.Identity()] = true
		}
	}
	if len(errs) == len(c.readers) {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// Open asks one driver after the other until one has the key. ErrRemoved when none has, ErrTwin as soon as one has two.
func (c *combined) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	var last error = ukey.ErrRemoved
	for _, r := range c.readers {
		token, err := r.Open(ctx, key)
		if err == nil {
			return token, nil
		}
		if errors.Is(err, ukey.ErrTwin) {
			return nil, err
		}
		if !errors.Is(err, ukey.ErrRemoved) {
			last = err
		}
	}
	return nil, last
}
