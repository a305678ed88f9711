package visit

import (
	"context"
	"fmt"
)

// CheckKey goes from the home screen to the look at the key that is plugged in, and waits until it tells this of it.
func (c *Customer) CheckKey(ctx context.Context, finding string) error {
	return Do(ctx, c.Seeing("home.title"), c.Pressing("action.check_key"), c.Seeing("find."+finding))
}

// CompareKey has it held against the register by a login, and waits until that tells this.
func (c *Customer) CompareKey(ctx context.Context, a Application, finding string) error {
	return Do(ctx, c.Pressing("action.compare_key"), c.Filling("login", a.Login), c.Filling("password", a.Password), c.Pressing("action.login"),
		c.Seeing("find."+finding))
}

// RepairKey does the one thing about a key whose certificate is missing, and waits until key and register agree.
func (c *Customer) RepairKey(ctx context.Context, pin string) error {
	return Do(ctx, c.Pressing("action.repair_key"), c.Seeing("form.ask_pin.title"), c.Filling("held_pin", pin), c.Pressing("action.start"),
		c.Seeing("key_check.repaired"), c.Seeing("find.good"))
}

// ChangePIN types the PIN that the key has and another one twice, on the form for that.
func (c *Customer) ChangePIN(ctx context.Context, held, pin string) error {
	return Do(ctx, c.Seeing("form.change_pin.title"), c.Filling("held_pin", held), c.Filling("pin", pin), c.Filling("pin_again", pin),
		c.Pressing("action.change_pin"))
}

// NotOffered is a step in which none of these buttons is on the screen.
func (c *Customer) NotOffered(keys ...string) Step {
	return Step{"not be offered anything", func(ctx context.Context) error {
		for _, key := range keys {
			if names, err := c.Names(ctx, c.Word(key)); err != nil || len(names) > 0 {
				return fmt.Errorf("%s is offered: %v, %w", key, names, err)
			}
		}
		return nil
	}}
}

// GoingHome is a step.
func (c *Customer) GoingHome() Step {
	return Step{"go home", func(ctx context.Context) error { return Do(ctx, c.Pressing("action.home"), c.Seeing("home.title")) }}
}
