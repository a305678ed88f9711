package workflow

import (
	"keyhall/backoffice/ra"
)

// Event is what a person did on a page. Serial is the Frame's that the person saw.
type Event struct {
	Serial uint64
	Do     Action
}

// Action is one of the structs below.
type Action interface{ action() }

// Go is the page's main button.
type Go struct{}

// Back and Home are the two ways out that every page has.
type (
	// Back is 上一步.
	Back struct{}
	// Home is 回到首页: everything personal is cleared.
	Home struct{}
)

// Touch is any touch or key press: the idle deadline moves.
type Touch struct{}

// Named is an action with a button of its own words, "action.<Name>", on whatever page offers it.
type Named interface {
	Action
	Name() string
}

// What pages offer beside their main button.
type (
	// LogIn logs in.
	LogIn struct{}
	// Register makes somebody new a member.
	Register struct{}
	// LogOut ends the visit.
	LogOut struct{}
	// SeeOrders goes to the member's orders.
	SeeOrders struct{}
	// SeeMembers goes to the person's organisations.
	SeeMembers struct{}
	// AddOrganisation adds one.
	AddOrganisation struct{}
	// ChangePassword sets a new one.
	ChangePassword struct{}
	// SeeInfo tells about a project.
	SeeInfo struct{}
	// CallStaff finds staff.
	CallStaff struct{}
	// NewApplication begins one.
	NewApplication struct{}
	// Retry does once more what failed.
	Retry struct{}
	// Reprint prints again.
	Reprint struct{}
	// Skip does without: the paper is there already.
	Skip struct{}
	// Later leaves it for another time.
	Later struct{}
	// OtherKey gives up the key in hand for another one.
	OtherKey struct{}
)

// Name is part of the message key.
func (LogIn) Name() string           { return "login" }
func (Register) Name() string        { return "register" }
func (LogOut) Name() string          { return "logout" }
func (SeeOrders) Name() string       { return "orders" }
func (SeeMembers) Name() string      { return "members" }
func (AddOrganisation) Name() string { return "add_organisation" }
func (ChangePassword) Name() string  { return "password" }
func (SeeInfo) Name() string         { return "info" }
func (CallStaff) Name() string       { return "staff" }
func (NewApplication) Name() string  { return "new" }
func (Retry) Name() string           { return "retry" }
func (Reprint) Name() string         { return "reprint" }
func (Skip) Name() string            { return "skip" }
func (Later) Name() string           { return "later" }
func (OtherKey) Name() string        { return "other_key" }
func (Home) Name() string            { return "home" }

// ChooseKind is a tile of the home page.
type ChooseKind struct{ Kind ra.Kind }

// ChooseProject picks a project.
type ChooseProject struct{ ID string }

// ChooseMember picks one of the person's memberships.
type ChooseMember struct{ ID string }

// Type is a field's whole new value while it is typed.
type Type struct{ Field, Value string }

// String keeps what was typed (passwords, PINs) out of logs.
func (t Type) String() string { return "typed " + t.Field }

// GoString keeps it out of %#v too.
func (t Type) GoString() string { return t.String() }

// Leave says that the focus left a field: it may be called wrong from now on.
type Leave struct{ Field string }

// OpenAgreement opens an agreement for reading; Agree ticks or unticks one that was opened.
type (
	// OpenAgreement opens the text.
	OpenAgreement struct{ ID string }
	// Agree ticks or unticks.
	Agree struct {
		ID string
		On bool
	}
)

// SetQuantity chooses how many of a service.
type SetQuantity struct {
	ServiceID string
	Quantity  int
}

// Edit goes from the summary back to the form of a section.
type Edit struct{ Section string }

// Print starts or repeats a printing.
type Print struct{}

// ChooseMaterial turns to a material, ShowPage to one of its pages.
type (
	// ChooseMaterial by its kind.
	ChooseMaterial struct{ Kind ra.MaterialKind }
	// ShowPage by its index.
	ShowPage struct{ Index int }
)

// Scan scans one page from the glass, or all pages from the feeder, into the current material.
type Scan struct{ Source string }

// Turn rotates the page shown by a quarter clockwise; Retake scans it again; Drop removes it.
type (
	// Turn rotates.
	Turn struct{}
	// Retake scans again.
	Retake struct{ Source string }
	// Drop removes.
	Drop struct{}
)

// OpenOrder goes on with an order of the list.
type OpenOrder struct{ ID string }

// ResumeWrite goes on with the interrupted write shown on the home page.
type ResumeWrite struct{}

func (Go) action()              {}
func (Back) action()            {}
func (Home) action()            {}
func (Touch) action()           {}
func (ChooseKind) action()      {}
func (ChooseProject) action()   {}
func (ChooseMember) action()    {}
func (Type) action()            {}
func (Leave) action()           {}
func (OpenAgreement) action()   {}
func (Agree) action()           {}
func (SetQuantity) action()     {}
func (Edit) action()            {}
func (Print) action()           {}
func (ChooseMaterial) action()  {}
func (ShowPage) action()        {}
func (Scan) action()            {}
func (Turn) action()            {}
func (Retake) action()          {}
func (Drop) action()            {}
func (OpenOrder) action()       {}
func (ResumeWrite) action()     {}
func (LogIn) action()           {}
func (Register) action()        {}
func (LogOut) action()          {}
func (SeeOrders) action()       {}
func (SeeMembers) action()      {}
func (AddOrganisation) action() {}
func (ChangePassword) action()  {}
func (SeeInfo) action()         {}
func (CallStaff) action()       {}
func (NewApplication) action()  {}
func (Retry) action()           {}
func (Reprint) action()         {}
func (Skip) action()            {}
func (Later) action()           {}
func (OtherKey) action()        {}
