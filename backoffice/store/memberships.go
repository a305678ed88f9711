package store

import (
	"context"

	"keyhall/backoffice/ra"
)

// AmendMembership stores what a member who is not confirmed entered anew of the organisation, its legal representative and themselves.
func (s statements) AmendMembership(ctx context.Context, m ra.Membership) error {
	return s.change(ctx, "membership", `UPDATE memberships SET organisation = $2, legal = $3, handler = $4 WHERE id = $1 AND state = 'claimed'`,
		m.ID, m.Organisation, m.Legal, m.Handler)
}
