package ra

import (
	"slices"
	"time"
)

// Role is one kind of the hall's work.
type Role string

// The roles.
const (
	RoleCounter       Role = "counter"       // enters, makes, sends
	RoleReviewer      Role = "reviewer"      // judges and approves
	RoleFinance       Role = "finance"       // handles money
	RoleSupervisor    Role = "supervisor"    // releases, takes over, is the second officer
	RoleAuditor       Role = "auditor"       // only reads, and has no other role
	RoleAdministrator Role = "administrator" // handles staff, kiosks and settings, no cases, and has no other role
)

// Roles lists the roles in the order of the console.
func Roles() []Role {
	return []Role{RoleCounter, RoleReviewer, RoleFinance, RoleSupervisor, RoleAuditor, RoleAdministrator}
}

// Alone reports whether who has the role may have no other.
func (r Role) Alone() bool { return r == RoleAuditor || r == RoleAdministrator }

// Act is something that a member of staff does.
type Act string

// What staff do.
const (
	ActSee      Act = "see"       // cases with their scans and messages, certificates
	ActJudge    Act = "judge"     // claim, judge materials, send back, approve, reject
	ActSettle   Act = "settle"    // confirm or refuse a payment
	ActOwed     Act = "owed"      // see what is to be refunded or credited
	ActSend     Act = "send"      // a new authorization code
	ActNote     Act = "note"      // leave a remark
	ActTakeOver Act = "take_over" // a colleague's claim
	ActRelease  Act = "release"   // give a key up
	ActSuspend  Act = "suspend"   // a certificate
	ActRestore  Act = "restore"   // one that was suspended
	ActFound    Act = "found"     // restore one whose key was reported lost
	ActRevoke   Act = "revoke"    // one, for good
	ActAccess   Act = "access"    // find somebody who does not get in any more, and ask for what lets them
	ActAgree    Act = "agree"     // as the second officer, to what a colleague asked for at the desk
	ActKiosks   Act = "kiosks"    // see the kiosks
	ActStaff    Act = "staff"     // see staff and grants
	ActManage   Act = "manage"    // change kiosks, staff and grants
	ActJobs     Act = "jobs"      // see what the back office does by itself
	ActRetry    Act = "retry"     // let it try again
	ActResend   Act = "resend"    // a text message that could not be sent
)

// acts says which roles do what: the one table that the rules, the console and their tests read.
var acts = map[Act][]Role{
	ActSee:      {RoleCounter, RoleReviewer, RoleFinance, RoleSupervisor, RoleAuditor},
	ActJudge:    {RoleReviewer},
	ActSettle:   {RoleFinance},
	ActOwed:     {RoleFinance, RoleSupervisor, RoleAuditor},
	ActSend:     {RoleCounter, RoleReviewer, RoleSupervisor},
	ActNote:     {RoleCounter, RoleReviewer, RoleFinance, RoleSupervisor},
	ActTakeOver: {RoleSupervisor},
	ActRelease:  {RoleSupervisor},
	ActSuspend:  {RoleSupervisor},
	ActRestore:  {RoleSupervisor},
	ActFound:    {RoleSupervisor},
	ActRevoke:   {RoleSupervisor},
	ActAccess:   {RoleCounter, RoleSupervisor},
	ActAgree:    {RoleSupervisor},
	ActKiosks:   {RoleCounter, RoleReviewer, RoleFinance, RoleSupervisor, RoleAuditor, RoleAdministrator},
	ActStaff:    {RoleAuditor, RoleAdministrator},
	ActManage:   {RoleAdministrator},
	ActJobs:     {RoleSupervisor, RoleAuditor, RoleAdministrator},
	ActRetry:    {RoleSupervisor, RoleAdministrator},
	ActResend:   {RoleSupervisor},
}

// Roles lists the roles that may do it.
func (a Act) Roles() []Role { return slices.Clone(acts[a]) }

// Acts lists everything that staff do, sorted.
func Acts() []Act {
	all := make([]Act, 0, len(acts))
	for a := range acts {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// Grant is one role of a member of staff, in one project or all, at one hall or all. It counts once confirmed.
type Grant struct {
	ID          string     `json:"id"`
	StaffID     string     `json:"staff_id"`
	Role        Role       `json:"role"`
	ProjectID   string     `json:"project_id,omitempty"` // "": in all
	HallID      string     `json:"hall_id,omitempty"`    // "": at all
	GivenBy     string     `json:"given_by,omitempty"`   // staff id; "": by a command at the server
	GivenAt     time.Time  `json:"given_at"`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"` // nil: it waits for a second administrator
}

// Live reports whether the grant counts.
func (g Grant) Live() bool { return g.ConfirmedAt != nil }

// Covers reports whether the grant reaches a project at a hall; "" asks for all of them.
func (g Grant) Covers(projectID, hallID string) bool {
	return (g.ProjectID == "" || g.ProjectID == projectID) && (g.HallID == "" || g.HallID == hallID)
}

// Staff is a member of the hall's staff with the grants that were not withdrawn.
type Staff struct {
	ID        string     `json:"id"`
	Login     string     `json:"login"` // normal form
	Name      string     `json:"name"`
	Mobile    string     `json:"mobile,omitempty"`
	Grants    []Grant    `json:"grants"`
	Keys      []StaffKey `json:"keys"`      // those that were not removed
	Epoch     int        `json:"epoch"`     // grows with everything that ends their sessions
	Temporary bool       `json:"temporary"` // the password is to be changed before anything else
	Disabled  bool       `json:"disabled"`
}

// May reports whether a live grant allows the act in a project at a hall.
func (m Staff) May(a Act, projectID, hallID string) bool {
	return m.has(a, func(g Grant) bool { return g.Covers(projectID, hallID) })
}

// MayIn reports whether a live grant allows the act in a project, at any hall.
func (m Staff) MayIn(a Act, projectID string) bool {
	return m.has(a, func(g Grant) bool { return g.ProjectID == "" || g.ProjectID == projectID })
}

// MayAnywhere reports whether a live grant allows the act in any project at any hall.
func (m Staff) MayAnywhere(a Act) bool { return m.has(a, func(Grant) bool { return true }) }

func (m Staff) has(a Act, fits func(Grant) bool) bool {
	return !m.Disabled && slices.ContainsFunc(m.Grants, func(g Grant) bool {
		return g.Live() && slices.Contains(acts[a], g.Role) && fits(g)
	})
}

// Viewer narrows a query to what a member of staff may see: by a live grant of one of the roles that covers the row.
type Viewer struct {
	StaffID string
	Roles   []Role
}

// For is the viewer for an act.
func (m Staff) For(a Act) Viewer { return Viewer{StaffID: m.ID, Roles: a.Roles()} }

// Hall is one place with kiosks and counters.
type Hall struct {
	ID   string `json:"id"` // short slug, stable
	Name Text   `json:"name"`
}
