package workflow

// Event is what a person did on a page. Serial is the Frame's that the person saw.
type Event struct {
	Serial uint64
	Do     Action
}

// Action is one of the structs here, or beside the page that has it.
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

// Unhurry gives the visit more time, or takes it back.
type Unhurry struct{ On bool }

// Named is an action with a button of its own words, "action.<Name>", on whatever page offers it.
type Named interface {
	Action
	Name() string
}

// What several pages offer beside their main button.
type (
	// LogOut ends the visit.
	LogOut struct{}
	// SeeOrders goes to the member's orders.
	SeeOrders struct{}
	// Retry does once more what failed.
	Retry struct{}
)

// Name is part of the message key.
func (LogOut) Name() string    { return "logout" }
func (SeeOrders) Name() string { return "orders" }
func (Retry) Name() string     { return "retry" }
func (Home) Name() string      { return "home" }

func (Go) action()        {}
func (Back) action()      {}
func (Home) action()      {}
func (Touch) action()     {}
func (Unhurry) action()   {}
func (LogOut) action()    {}
func (SeeOrders) action() {}
func (Retry) action()     {}
