package console

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
)

// find returns a member to change; the caller holds the lock.
func (f *fakeRules) find(id string) *ra.Staff {
	i := slices.IndexFunc(f.staff, func(m ra.Staff) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &f.staff[i]
}

// alter changes a member under the lock.
func (f *fakeRules) alter(call, id string, change func(*ra.Staff) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure(call); err != nil {
		return err
	}
	m := f.find(id)
	if m == nil {
		return ra.E(ra.CodeNotFound)
	}
	return change(m)
}

func (f *fakeRules) StaffName(ctx context.Context, id string) (string, error) {
	m, err := f.Staff(ctx, id)
	return m.Name, err
}

func (f *fakeRules) StaffList(context.Context, ra.Staff) ([]ra.Staff, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.staff), f.failure("StaffList")
}

func (f *fakeRules) Member(ctx context.Context, _ ra.Staff, id string) (ra.Staff, error) {
	return f.Staff(ctx, id)
}

func (f *fakeRules) Places(context.Context, ra.Staff) ([]ra.Project, []ra.Hall, error) {
	return fakeProjects, halls, f.failure("Places")
}

func (f *fakeRules) FirstPassword() (string, error) { return "q4zt-m7xd-9rta", nil }

func (f *fakeRules) AddStaff(_ context.Context, _, m ra.Staff, password string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.ContainsFunc(f.staff, func(had ra.Staff) bool { return had.Login == m.Login }) {
		return ra.E(ra.CodeLoginTaken).At("login")
	}
	m.Epoch = 1
	f.staff = append(f.staff, m)
	f.passwords[m.Login] = password
	return f.failure("AddStaff")
}

func (f *fakeRules) ResetPassword(ctx context.Context, _ ra.Staff, id string) (string, error) {
	password, _ := f.FirstPassword()
	return password, f.alter("ResetPassword", id, func(m *ra.Staff) error {
		m.Temporary, f.passwords[m.Login] = true, password
		m.Epoch++
		return nil
	})
}

func (f *fakeRules) ChangeStaffPassword(_ context.Context, staff ra.Staff, old, password string) (ra.Staff, error) {
	err := f.alter("ChangePassword", staff.ID, func(m *ra.Staff) error {
		if want, ok := f.passwords[m.Login]; old != want && (ok || old != fakePassword) {
			return ra.E(ra.CodePasswordWrong, "left", "4").At("old")
		}
		m.Temporary, f.passwords[m.Login] = false, password
		m.Epoch++
		staff = *m
		return nil
	})
	return staff, err
}

func (f *fakeRules) DisableStaff(_ context.Context, by ra.Staff, id string, disabled bool) error {
	return f.alter("DisableStaff", id, func(m *ra.Staff) error {
		if by.ID == id {
			return ra.E(ra.CodeStaffSelf)
		}
		m.Disabled = disabled
		m.Epoch++
		return nil
	})
}

func (f *fakeRules) Grant(_ context.Context, by ra.Staff, g ra.Grant) error {
	return f.alter("Grant", g.StaffID, func(m *ra.Staff) error {
		for _, had := range m.Grants {
			if had.Role.Alone() {
				return ra.E(ra.CodeGrantAlone, "role", string(had.Role)).At("role")
			}
		}
		g.GivenBy, g.GivenAt = by.ID, f.now
		m.Grants = append(slices.Clone(m.Grants), g)
		return nil
	})
}

// grant changes the grants of who has this one.
func (f *fakeRules) grant(call, id string, change func(m *ra.Staff, i int) error) error {
	f.mu.Lock()
	holder := ""
	for _, m := range f.staff {
		for _, g := range m.Grants {
			if g.ID == id {
				holder = m.ID
			}
		}
	}
	f.mu.Unlock()
	return f.alter(call, holder, func(m *ra.Staff) error {
		m.Grants = slices.Clone(m.Grants)
		return change(m, slices.IndexFunc(m.Grants, func(g ra.Grant) bool { return g.ID == id }))
	})
}

func (f *fakeRules) ConfirmGrant(_ context.Context, by ra.Staff, id string) error {
	return f.grant("ConfirmGrant", id, func(m *ra.Staff, i int) error {
		if m.Grants[i].GivenBy == by.ID || m.ID == by.ID {
			return ra.E(ra.CodeGrantSecond)
		}
		m.Grants[i].ConfirmedBy, m.Grants[i].ConfirmedAt = by.ID, &f.now
		return nil
	})
}

func (f *fakeRules) WithdrawGrant(_ context.Context, _ ra.Staff, id string) error {
	return f.grant("WithdrawGrant", id, func(m *ra.Staff, i int) error {
		m.Grants = slices.Delete(m.Grants, i, i+1)
		m.Epoch++
		return nil
	})
}

// staffKey changes the keys of who has this one.
func (f *fakeRules) staffKey(call, id string, change func(m *ra.Staff, i int) error) error {
	f.mu.Lock()
	holder := ""
	for _, m := range f.staff {
		if slices.ContainsFunc(m.Keys, func(k ra.StaffKey) bool { return k.ID == id }) {
			holder = m.ID
		}
	}
	f.mu.Unlock()
	return f.alter(call, holder, func(m *ra.Staff) error {
		m.Keys = slices.Clone(m.Keys)
		return change(m, slices.IndexFunc(m.Keys, func(k ra.StaffKey) bool { return k.ID == id }))
	})
}

func (f *fakeRules) BindKey(_ context.Context, by ra.Staff, k ra.StaffKey, file []byte) error {
	return f.alter("BindKey", k.StaffID, func(m *ra.Staff) error {
		if !strings.Contains(string(file), "PUBLIC KEY") {
			return ra.E(ra.CodeKeyFile).At("file")
		}
		k.AskedBy, k.AskedAt, k.PublicKey = by.ID, f.now, file
		m.Keys = append(slices.Clone(m.Keys), k)
		return nil
	})
}

func (f *fakeRules) ConfirmKey(_ context.Context, by ra.Staff, id string) error {
	return f.staffKey("ConfirmKey", id, func(m *ra.Staff, i int) error {
		if m.Keys[i].AskedBy == by.ID || m.ID == by.ID {
			return ra.E(ra.CodeStaffKeySecond)
		}
		m.Keys[i].ConfirmedBy, m.Keys[i].ConfirmedAt = by.ID, &f.now
		return nil
	})
}

func (f *fakeRules) RemoveKey(_ context.Context, _ ra.Staff, id string) error {
	return f.staffKey("RemoveKey", id, func(m *ra.Staff, i int) error {
		m.Keys = slices.Delete(m.Keys, i, i+1)
		return nil
	})
}

func (f *fakeRules) BlockKiosk(_ context.Context, _ ra.Staff, id, reason string) error {
	if reason == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	return f.blocked(id, true)
}

func (f *fakeRules) UnblockKiosk(_ context.Context, _ ra.Staff, id string) error {
	return f.blocked(id, false)
}

func (f *fakeRules) blocked(id string, blocked bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kiosks = slices.Clone(f.kiosks)
	for i := range f.kiosks {
		if f.kiosks[i].Kiosk.ID == id {
			f.kiosks[i].BlockedAt = nil
			if blocked {
				f.kiosks[i].BlockedAt = &f.now
			}
		}
	}
	return f.failure("Block")
}
