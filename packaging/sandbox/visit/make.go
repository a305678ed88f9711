package visit

import "context"

// Make types code and PIN for a blank key that is plugged in, and waits until the key is made and proven. It begins at the
// page that asks for a key.
func (c *Customer) Make(ctx context.Context, code, pin string) error {
	return Do(ctx, append(c.untilWriting(code, pin), c.Seeing("done.proof"))...)
}

// BeginMake types code and PIN and starts the write.
func (c *Customer) BeginMake(ctx context.Context, code, pin string) error {
	return Do(ctx, c.untilWriting(code, pin)...)
}

func (c *Customer) untilWriting(code, pin string) []Step {
	return append(c.untilReserved(code), c.Filling("pin", pin), c.Filling("pin_again", pin), c.Pressing("action.start"))
}

// Reserve types the code: the unit is then bound to the key. Empty when it was typed for an earlier key of the order.
func (c *Customer) Reserve(ctx context.Context, code string) error {
	return Do(ctx, c.untilReserved(code)...)
}

func (c *Customer) untilReserved(code string) []Step {
	steps := []Step{c.Seeing("key.blank"), c.Pressing("action.next")}
	if code == "" {
		return steps
	}
	return append(steps, c.Filling("auth_code", code), c.Pressing("action.next"))
}

// Resume goes on with an interrupted write from the home screen, with the key plugged in again and the authorization code.
func (c *Customer) Resume(ctx context.Context, code, pin string) error {
	return Do(ctx, append(c.untilResumed(code, pin), c.Seeing("done.proof"))...)
}

// BeginResume goes on with an interrupted write as Resume does, until the key is being written to.
func (c *Customer) BeginResume(ctx context.Context, code, pin string) error {
	return Do(ctx, c.untilResumed(code, pin)...)
}

func (c *Customer) untilResumed(code, pin string) []Step {
	return []Step{
		c.Pressing("action.resume"),
		c.Seeing("key.waits"), c.Pressing("action.next"),
		c.Filling("auth_code", code), c.Pressing("action.next"),
		c.Filling("pin", pin), c.Filling("pin_again", pin), c.Pressing("action.start"),
	}
}
