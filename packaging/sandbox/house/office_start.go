package house

import "context"

func (h *House) startOffice(ctx context.Context) error { return nil }
