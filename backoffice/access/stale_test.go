package access_test

import (
	"context"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestConfirmedAsItWasAsked: for who was the handler then, and by two who both may; what is so no more is over.
func TestConfirmedAsItWasAsked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, desk, ra.Staff){
		"handed over to another handler": func(t *testing.T, d desk, _ ra.Staff) {
			m := d.MemberAgain(t, d.member)
			d.Passed(t, m, d.Change(t, m, ra.ReasonData, func(a *ra.Applicant) {
				a.Handler.Name, a.Handler.IDNumber, a.Handler.Mobile = "王五", "11010119900307109X", "13900009999"
			}))
		},
		"the grant of who asked withdrawn": func(t *testing.T, d desk, asker ra.Staff) {
			servicetest.Must(t, d.WithdrawGrant(t.Context(), book.Command(), asker.Grants[0].ID))
		},
		"who asked is out": func(t *testing.T, d desk, asker ra.Staff) {
			servicetest.Must(t, d.DisableStaff(t.Context(), book.Command(), asker.ID, true))
		},
	} {
		for _, kind := range ra.AccessKinds() {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				d := setup(t)
				ctx := t.Context()
				d.Approved(t, d.member, 1)
				asker := d.Hired(t, "he@hall.example", "何柜员", servicetest.Grants(ra.RoleCounter)...)
				c := d.request(t, kind)
				c.Papers = d.papers(t, asker, kind)
				servicetest.Must(t, d.Access.Ask(ctx, asker, c))
				change(t, d, asker)
				before, err := d.Store.Person(ctx, d.member.PersonID)
				servicetest.Must(t, err)
				for range 2 {
					servicetest.WantCode(t, name, d.Access.Confirm(ctx, d.second, c.ID), ra.CodeAccessStale, "")
				}
				after, err := d.Store.Person(ctx, d.member.PersonID)
				servicetest.Must(t, err)
				if before != after {
					t.Errorf("the person is %+v, want %+v", after, before)
				}
				if sent, _ := d.texts(t, "password_code", before.Mobile); len(sent) != 0 {
					t.Errorf("%d codes were sent, want none", len(sent))
				}
				servicetest.Must(t, d.Access.Decline(ctx, d.second, c.ID, "重新申请"))
				d.Sound(t)
			})
		}
	}
}

// readBefore is a store out of which something is read just before the rest happens.
type readBefore struct {
	intake.Store
	rest func()
}

func (s readBefore) MembershipsAt(ctx context.Context, personID, kioskID string) ([]ra.Membership, error) {
	all, err := s.Store.MembershipsAt(ctx, personID, kioskID)
	s.rest()
	return all, err
}

// TestNoCodeToTheMobileBefore: not even to who asked for one just then.
func TestNoCodeToTheMobileBefore(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	c := d.asked(t, ra.AccessMobile)
	config := d.IntakeConfig
	config.Store = readBefore{config.Store, func() { servicetest.Must(t, d.Access.Confirm(ctx, d.second, c.ID)) }}
	servicetest.Must(t, intake.New(config).ForgotPassword(ctx, d.Kiosk, d.member.Login))
	for to, want := range map[string]int{d.member.Handler.Mobile: 0, "13912345678": 1} {
		if sent, _ := d.texts(t, "password_code", to); len(sent) != want {
			t.Errorf("%d codes to %s, want %d", len(sent), to, want)
		}
	}
	d.Sound(t)
}
