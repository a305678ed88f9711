package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/people"
	"keyhall/backoffice/ra"
)

// Staff is what the server asks for members of staff at kiosks (backoffice/people).
type Staff interface {
	StaffKeyChallenge(ctx context.Context, kiosk ra.Kiosk, a ra.KeyAsked) (ra.KeyChallenge, error)
	LogInAt(ctx context.Context, kiosk ra.Kiosk, in ra.StaffLogIn) (ra.StaffSession, error)
	StaffSession(ctx context.Context, kiosk ra.Kiosk, token string) (ra.StaffSession, error)
	LogOutAt(ctx context.Context, kiosk ra.Kiosk, token string) error
}

var _ Staff = (*people.People)(nil)

func (s *Server) staffCalls() {
	answer(s, api.CallStaffLogIn, func(ctx context.Context, by asker, in *api.Say[ra.StaffLogIn]) (ra.StaffSession, error) {
		return s.people.LogInAt(ctx, by.kiosk, in.Body)
	})
	answer(s, api.CallStaffSession, func(_ context.Context, by asker, _ *api.None) (ra.StaffSession, error) { return by.staff, nil })
	answer(s, api.CallStaffLogOut, func(ctx context.Context, by asker, _ *api.None) (api.None, error) {
		if by.badge == "" { // nothing to end
			return api.None{}, nil
		}
		return api.None{}, s.people.LogOutAt(ctx, by.kiosk, by.badge)
	})
}
