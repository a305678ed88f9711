package people_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestGrantNeedsASecond(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	second := h.Hired(t, "zhou@hall.example", "周洁", servicetest.Grants(ra.RoleAdministrator)...)
	member := h.Hired(t, "qian@hall.example", "钱一")
	g := ra.Grant{ID: servicetest.ID(t), StaffID: member.ID, Role: ra.RoleReviewer}
	for range 2 {
		if err := h.Grant(ctx, h.Admin, g); err != nil {
			t.Fatal(err)
		}
	}
	order := h.Submitted(t, h.Registered(t), 1)
	_, err := h.Case(ctx, member, order.ID)
	servicetest.WantCode(t, "before it is confirmed", err, ra.CodeNotFound, "")
	servicetest.WantCode(t, "by the giver", h.ConfirmGrant(ctx, h.Admin, g.ID), ra.CodeGrantSecond, "")
	servicetest.WantCode(t, "by a supervisor", h.ConfirmGrant(ctx, h.Supervisor, g.ID), ra.CodeForbidden, "")
	servicetest.WantCode(t, "no such grant", h.ConfirmGrant(ctx, second, servicetest.ID(t)), ra.CodeNotFound, "")
	for range 2 {
		if err := h.ConfirmGrant(ctx, second, g.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Claim(ctx, member, order.ID); err != nil {
		t.Errorf("once confirmed: %v", err)
	}
	before, err := h.Staff(ctx, member.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.WithdrawGrant(ctx, second, g.ID); err != nil {
		t.Fatal(err)
	}
	after, err := h.Staff(ctx, member.ID)
	if err != nil || after.Epoch != before.Epoch+1 || len(after.Grants) != 0 {
		t.Errorf("after the withdrawal: %+v, %v, want a new epoch", after, err)
	}
	_, err = h.Judge(ctx, before, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	servicetest.WantCode(t, "with a grant that was withdrawn", err, ra.CodeNotFound, "")
	servicetest.WantCode(t, "withdrawn already", h.WithdrawGrant(ctx, second, g.ID), ra.CodeNotFound, "")

	own := ra.Grant{ID: servicetest.ID(t), StaffID: h.Admin.ID, Role: ra.RoleAdministrator, HallID: servicetest.HallID}
	if err := h.Grant(ctx, second, own); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "by the receiver", h.ConfirmGrant(ctx, h.Admin, own.ID), ra.CodeGrantSecond, "")
	servicetest.WantCode(t, "withdrawing one's own", h.WithdrawGrant(ctx, h.Admin, own.ID), ra.CodeStaffSelf, "")
}

func TestGrantsAreChecked(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	auditor := h.Hired(t, "he@hall.example", "何平", servicetest.Grants(ra.RoleAuditor)...)
	for name, c := range map[string]struct {
		by    ra.Staff
		grant ra.Grant
		code  ra.Code
		field string
	}{
		"auditor and reviewer":       {h.Admin, ra.Grant{StaffID: auditor.ID, Role: ra.RoleReviewer}, ra.CodeGrantAlone, "role"},
		"reviewer and auditor":       {h.Admin, ra.Grant{StaffID: h.Supervisor.ID, Role: ra.RoleAuditor}, ra.CodeGrantAlone, "role"},
		"reviewer and administrator": {h.Admin, ra.Grant{StaffID: h.Counter.ID, Role: ra.RoleAdministrator}, ra.CodeGrantAlone, "role"},
		"unknown role":               {h.Admin, ra.Grant{StaffID: h.Counter.ID, Role: "boss"}, ra.CodeInvalid, "role"},
		"unknown project":            {h.Admin, ra.Grant{StaffID: h.Counter.ID, Role: ra.RoleReviewer, ProjectID: "x"}, ra.CodeNotFound, "project_id"},
		"unknown hall":               {h.Admin, ra.Grant{StaffID: h.Counter.ID, Role: ra.RoleReviewer, HallID: "x"}, ra.CodeNotFound, "hall_id"},
		"unknown member":             {h.Admin, ra.Grant{StaffID: servicetest.ID(t), Role: ra.RoleReviewer}, ra.CodeNotFound, ""},
		"by a supervisor":            {h.Supervisor, ra.Grant{StaffID: h.Counter.ID, Role: ra.RoleReviewer}, ra.CodeForbidden, ""},
		"by an auditor":              {auditor, ra.Grant{StaffID: h.Counter.ID, Role: ra.RoleReviewer}, ra.CodeForbidden, ""},
	} {
		c.grant.ID = servicetest.ID(t)
		servicetest.WantCode(t, name, h.Grant(t.Context(), c.by, c.grant), c.code, c.field)
	}
	// An auditor may audit in two places.
	narrow := ra.Grant{ID: servicetest.ID(t), StaffID: auditor.ID, Role: ra.RoleAuditor, HallID: servicetest.HallID}
	if err := h.Grant(t.Context(), h.Admin, narrow); err != nil {
		t.Errorf("the same role more narrowly: %v", err)
	}
}

// scene is an order in each stage with what a member of staff could do to it.
type scene struct {
	h          *servicetest.Hall
	open       ra.Order // everything handed in
	approved   ra.Order
	begun      ra.Release
	issued     ra.Issued
	page       string // SHA-256 of a scan
	failed     string // id of a text message that was not sent
	registered ra.Membership
	request    string // of the desk
	t          *testing.T
}

// asked is what the counter asks for at the desk.
func asked(t *testing.T, h *servicetest.Hall, m ra.Membership) string {
	t.Helper()
	c := book.AccessChange{ID: servicetest.ID(t), MembershipID: m.ID, HallID: servicetest.HallID, Kind: ra.AccessPassword, Note: "x"}
	for i, kind := range c.Kind.Papers() {
		scan, _ := servicetest.Scan(t, 700+i)
		sum, err := h.Access.Bring(t.Context(), h.Counter, m.ID, c.HallID, bytes.NewReader(scan))
		servicetest.Must(t, err)
		c.Papers = append(c.Papers, book.Paper{Kind: kind, SHA256: sum})
	}
	servicetest.Must(t, h.Access.Ask(t.Context(), h.Counter, c))
	return c.ID
}

func newScene(t *testing.T) scene {
	t.Helper()
	h := servicetest.New(t)
	s := scene{h: h, registered: h.Registered(t), t: t}
	s.request = asked(t, h, s.registered)
	paid := h.Paid(t, h.Submitted(t, s.registered, 1))
	_, err := h.Cancel(t.Context(), s.registered, paid.ID, paid.Version) // something is owed
	servicetest.Must(t, err)
	s.open = h.Submitted(t, s.registered, 1)
	s.page = s.open.Papers[0].Pages[0].SHA256
	s.approved, _ = h.Approved(t, s.registered, 1)
	begun, code := h.Approved(t, s.registered, 1)
	key := servicetest.NewKey(t)
	s.begun = h.Reserved(t, s.registered, begun, code, key)
	s.issued = h.Certified(t, s.begun, key)
	s.failed = servicetest.ID(t)
	_, err = h.Store.Pool().Exec(t.Context(), `INSERT INTO outbox (id, order_id, project_id, hall_id, mobile, template, body, state, created_at, ended_at)
		SELECT $1, id, project_id, hall_id, '13800138000', 'returned', 'x', 'failed', now(), now() FROM orders WHERE id = $2`, s.failed, s.open.ID)
	servicetest.Must(t, err)
	return s
}

// acts is everything that staff do to orders, by the act of the table; each is refused before it changes anything, so all
// can be tried on one scene.
func (s scene) acts(ctx context.Context) map[ra.Act]map[string]func(ra.Staff) error {
	h := s.h
	reasons := []ra.Reason{{Kind: ra.ReasonNoSeal}}
	drop := func(_ ra.Order, err error) error { return err }
	return map[ra.Act]map[string]func(ra.Staff) error{
		ra.ActSee: {
			"Case": func(m ra.Staff) error { _, err := h.Case(ctx, m, s.open.ID); return err },
			"PageImage": func(m ra.Staff) error {
				image, _, err := h.PageImage(ctx, m, s.open.ID, s.page)
				if err == nil {
					_, err = io.Copy(io.Discard, image)
				}
				return err
			},
			"Certificate": func(m ra.Staff) error { _, err := h.Certificate(ctx, m, s.issued.CertificateID); return err },
			"Unclaim":     func(m ra.Staff) error { return h.Unclaim(ctx, m, s.open.ID) },
			"Queue":       func(m ra.Staff) error { all, err := h.Queue(ctx, m); return some(len(all), err) },
			"SearchOrders": func(m ra.Staff) error {
				all, err := h.SearchOrders(ctx, m, book.OrderQuery{})
				return some(len(all), err)
			},
			"SearchCertificates": func(m ra.Staff) error {
				all, err := h.SearchCertificates(ctx, m, book.CertificateQuery{})
				return some(len(all), err)
			},
			"Overview": func(m ra.Staff) error {
				o, err := h.Overview(ctx, m)
				return some(o.WaitingPayments+o.UnfinishedUnits+o.WaitingMaterials+len(o.Orders), err)
			},
		},
		ra.ActJudge: {
			"Claim": func(m ra.Staff) error { return h.Claim(ctx, m, s.open.ID) },
			"Judge": func(m ra.Staff) error {
				return drop(h.Judge(ctx, m, s.open.ID, ra.MaterialForm, ra.VerdictReturned, reasons, s.open.Version))
			},
			"Return":      func(m ra.Staff) error { return drop(h.Return(ctx, m, s.open.ID, s.open.Version)) },
			"Approve":     func(m ra.Staff) error { return drop(h.Approve(ctx, m, s.open.ID, s.open.Version)) },
			"CancelOrder": func(m ra.Staff) error { return drop(h.CancelOrder(ctx, m, s.open.ID, reasons, s.open.Version)) },
		},
		ra.ActSettle: {
			"ConfirmPayment": func(m ra.Staff) error {
				return drop(h.ConfirmPayment(ctx, m, s.open.ID, s.open.AmountFen, "R", s.open.Version))
			},
			"RefusePayment": func(m ra.Staff) error {
				return drop(h.RefusePayment(ctx, m, s.open.ID, []ra.Reason{{Kind: ra.ReasonNoTransfer}}, s.open.Version))
			},
		},
		ra.ActOwed:     {"Owed": func(m ra.Staff) error { all, _, err := h.Owed(ctx, m, ""); return some(len(all), err) }},
		ra.ActSend:     {"NewCode": func(m ra.Staff) error { return drop(h.NewCode(ctx, m, s.approved.ID, s.approved.Version)) }},
		ra.ActNote:     {"Note": func(m ra.Staff) error { return h.Note(ctx, m, s.open.ID, "x") }},
		ra.ActTakeOver: {"TakeOver": func(m ra.Staff) error { return h.TakeOver(ctx, m, s.open.ID) }},
		ra.ActRelease:  {"ReleaseUnit": func(m ra.Staff) error { return h.ReleaseUnit(ctx, m, s.begun.Operation.ID, "x") }},
		ra.ActSuspend:  {"Suspend": func(m ra.Staff) error { return h.Suspend(ctx, m, s.issued.CertificateID, "x") }},
		ra.ActRestore:  {"Restore": func(m ra.Staff) error { return h.Restore(ctx, m, s.issued.CertificateID, "x") }},
		ra.ActFound: {"Found": func(m ra.Staff) error {
			_, err := h.Rule(ctx, m, book.Ruling{ID: "019aaed0-1c80-7000-8000-000000000003", CertificateID: s.issued.CertificateID, Act: ra.ActFound,
				Ground: ra.GroundBack, Note: "x"})
			return err
		}},
		ra.ActRevoke: {"Revoke": func(m ra.Staff) error {
			return h.Revoke(ctx, m, s.issued.CertificateID, ra.GroundCessation, "x")
		}},
		ra.ActAccess: {"Bring": func(m ra.Staff) error {
			scan, _ := servicetest.Scan(s.t, 1)
			_, err := h.Access.Bring(ctx, m, s.registered.ID, servicetest.HallID, bytes.NewReader(scan))
			return err
		}},
		ra.ActAgree:  {"Decline": func(m ra.Staff) error { return h.Access.Decline(ctx, m, s.request, "x") }},
		ra.ActJobs:   {"Works": func(m ra.Staff) error { all, err := h.Board.Works(ctx, m); return some(len(all), err) }},
		ra.ActRetry:  {"Retry": func(m ra.Staff) error { return h.Board.Retry(ctx, m, "prune") }},
		ra.ActResend: {"Resend": func(m ra.Staff) error { return h.Board.Resend(ctx, m, s.failed) }},
		ra.ActKiosks: {"Kiosks": func(m ra.Staff) error { all, err := h.Kiosks(ctx, m); return some(len(all), err) }},
		ra.ActStaff: {
			"StaffList": func(m ra.Staff) error { all, err := h.StaffList(ctx, m); return some(len(all), err) },
			"Member":    func(m ra.Staff) error { _, err := h.Member(ctx, m, h.Counter.ID); return err },
			"Places":    func(m ra.Staff) error { _, _, err := h.Places(ctx, m); return err },
		},
		ra.ActManage: {
			"AddStaff": func(m ra.Staff) error {
				return h.AddStaff(ctx, m, ra.Staff{ID: "019aaed0-1c80-7000-8000-000000000001", Login: "new", Name: "新人"}, servicetest.Password)
			},
			"ResetPassword": func(m ra.Staff) error { _, err := h.ResetPassword(ctx, m, h.Counter.ID); return err },
			"DisableStaff":  func(m ra.Staff) error { return h.DisableStaff(ctx, m, h.Counter.ID, true) },
			"Grant": func(m ra.Staff) error {
				return h.Grant(ctx, m, ra.Grant{ID: "019aaed0-1c80-7000-8000-000000000002", StaffID: h.Counter.ID, Role: ra.RoleFinance})
			},
			"WithdrawGrant": func(m ra.Staff) error { return h.WithdrawGrant(ctx, m, h.Counter.Grants[0].ID) },
			"EnrolmentCode": func(m ra.Staff) error {
				_, err := h.EnrolmentCode(ctx, m, "XH77", servicetest.HallID, ra.Text{ZH: "窗口"}, []string{servicetest.ProjectID})
				return err
			},
			"BlockKiosk":   func(m ra.Staff) error { return h.BlockKiosk(ctx, m, h.Other.ID, "x") },
			"UnblockKiosk": func(m ra.Staff) error { return h.UnblockKiosk(ctx, m, h.Other.ID) },
		},
	}
}

// some is CodeNotFound for an empty list.
func some(n int, err error) error {
	if err == nil && n == 0 {
		err = ra.E(ra.CodeNotFound)
	}
	return err
}

// refused tells whether somebody without the right grant was turned away.
func refused(err error) bool {
	code := ra.CodeOf(err)
	return code == ra.CodeNotFound || code == ra.CodeForbidden
}

// placeless are the calls that a grant for any place allows: they show nothing of another place and change nothing there.
var placeless = []string{"StaffList", "Places", "AddStaff", "Works"}

// TestEveryActByEveryRole tries everything that staff do by every role: with a grant everywhere, with one for another project
// or hall, and with one that waits for confirmation. What is allowed is the table ra.Act.Roles.
func TestEveryActByEveryRole(t *testing.T) {
	t.Parallel()
	for _, role := range ra.Roles() {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			acts := s.acts(t.Context())
			if len(acts) != len(ra.Acts()) {
				t.Errorf("%d acts are tried, want all %d", len(acts), len(ra.Acts()))
			}
			each := func(m ra.Staff, check func(act ra.Act, name string, err error)) {
				looking := func(a ra.Act) bool { return a == ra.ActSee }
				for _, act := range append([]ra.Act{ra.ActSee}, slices.DeleteFunc(ra.Acts(), looking)...) { // before what ends the order
					for name, call := range acts[act] {
						check(act, name, call(m))
					}
				}
			}
			for where, m := range s.strangers(t, role) {
				each(m, func(act ra.Act, name string, err error) {
					harmless := where != "waiting" && slices.Contains(placeless, name) && slices.Contains(act.Roles(), role)
					if !refused(err) && !harmless {
						t.Errorf("%s, %s: %v, want a refusal", name, where, err)
					}
				})
			}
			each(s.h.Hired(t, "m@hall.example", "新人", ra.Grant{Role: role}), func(act ra.Act, name string, err error) {
				if allowed := slices.Contains(act.Roles(), role); refused(err) == allowed {
					t.Errorf("%s: %v, allowed %v", name, err, allowed)
				}
			})
		})
	}
}

// strangers have the role where the scene is not.
func (s scene) strangers(t *testing.T, role ra.Role) map[string]ra.Staff {
	t.Helper()
	ctx := t.Context()
	s.h.Elsewhere(t)
	all := map[string]ra.Staff{}
	for where, g := range map[string]ra.Grant{
		"in another project": {ProjectID: servicetest.OtherProjectID}, "at another hall": {HallID: servicetest.OtherHallID},
		"in the project at another hall": {ProjectID: servicetest.ProjectID, HallID: servicetest.OtherHallID},
	} {
		g.Role = role
		all[where] = s.h.Hired(t, fmt.Sprintf("m%d@hall.example", len(all)), "新人", g)
	}
	waiting := s.h.Hired(t, "waiting@hall.example", "新人")
	servicetest.Must(t, s.h.Grant(ctx, s.h.Admin, ra.Grant{ID: servicetest.ID(t), StaffID: waiting.ID, Role: role}))
	waiting, err := s.h.Staff(ctx, waiting.ID)
	servicetest.Must(t, err)
	all["waiting"] = waiting
	return all
}

// TestNobodyActsOnTheirOwn gives somebody every role that goes with others, and finds them to be the customer by each way in
// which one can be told.
func TestNobodyActsOnTheirOwn(t *testing.T) {
	t.Parallel()
	roles := servicetest.Grants(ra.RoleCounter, ra.RoleReviewer, ra.RoleFinance, ra.RoleSupervisor)
	for how, hire := range map[string]func(*testing.T, scene) ra.Staff{
		"by login": func(t *testing.T, s scene) ra.Staff { return s.h.Hired(t, s.registered.Login, "自己", roles...) },
		"by the mobile of the handler": func(t *testing.T, s scene) ra.Staff {
			m := s.h.Hired(t, "self@hall.example", "自己", roles...)
			_, err := s.h.Store.Pool().Exec(t.Context(), `UPDATE staff SET mobile = $2 WHERE id = $1`, m.ID, s.registered.Handler.Mobile)
			servicetest.Must(t, err)
			return m
		},
		"by a colleague's order": func(t *testing.T, s scene) ra.Staff {
			r := s.h.Registration(t) // of the same organisation
			r.Handler.Email = "self@hall.example"
			_, err := s.h.Register(t.Context(), s.h.Kiosk, r)
			servicetest.Must(t, err)
			return s.h.Hired(t, "self@hall.example", "自己", roles...)
		},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			m := hire(t, s)
			for act, calls := range s.acts(t.Context()) {
				switch act {
				case ra.ActKiosks, ra.ActStaff, ra.ActManage, ra.ActJobs, ra.ActRetry: // on no order
					continue
				}
				for name, call := range calls {
					err := call(m)
					reads := act == ra.ActSee || act == ra.ActOwed
					if reads && err != nil {
						t.Errorf("%s: %v, want it shown", name, err)
					}
					if !reads && ra.CodeOf(err) != ra.CodeSelfReview {
						t.Errorf("%s: %v, want %s", name, err, ra.CodeSelfReview)
					}
				}
			}
			c, err := s.h.Case(t.Context(), m, s.open.ID)
			if err != nil || !c.Own {
				t.Errorf("the case is not marked as their own: %v", err)
			}
			if c, err := s.h.Case(t.Context(), s.h.Supervisor, s.open.ID); err != nil || c.Own {
				t.Errorf("the case is marked as a stranger's own: %v", err)
			}
		})
	}
}
