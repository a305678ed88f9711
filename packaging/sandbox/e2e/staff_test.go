package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// TestStaffKeyLogin: a member of staff opens the door, logs in with name, password and the PIN of their key, and sees the devices under
// their name; without the key they are told to plug it in, and when it is pulled they are out.
func TestStaffKeyLogin(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	c := h.customer
	must(t, h.BindStaffKey(ctx, "supervisor", house.StaffKey))
	must(t, c.See(ctx, "home.title"))
	h.openDoor(ctx, t)
	must(t, visit.Do(ctx, c.Seeing("form.staff_login.title"), c.Filling("staff_name", "supervisor"), c.Filling("password", house.DemoPassword),
		c.Pressing("action.login"), c.BeingTold(ra.CodeStaffKeyNeeded)))
	must(t, h.Hub.Plug(house.StaffKey))
	must(t, visit.Do(ctx, c.Filling("password", house.DemoPassword), c.Filling("key_pin", "000000"), c.Pressing("action.login"),
		c.Seeing("error.pin_wrong.plain"),
		c.Filling("password", house.DemoPassword), c.Filling("key_pin", house.FactoryCustomerPIN), c.Pressing("action.login"),
		c.Seeing("health.title"), c.Seeing("action.logout")))
	must(t, c.Read(ctx, "王主管"))
	if path := os.Getenv("KEYHALL_STAFF_SHOT"); path != "" {
		must(t, h.screen.Shot(ctx, path))
	}
	must(t, h.Hub.Pull(house.StaffKey))
	must(t, visit.Do(ctx, c.Seeing("notice.staff_locked.title"), c.Pressing("action.close"), c.Seeing("home.title")))
	h.checkAudit(t)
}

// openDoor touches the mark at the top left of the start page five times.
func (h *hall) openDoor(ctx context.Context, t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(ctx, "xdotool", "mousemove", "74", "48", "click", "--repeat", "5", "--delay", "60", "1")
	cmd.Env = append(os.Environ(), h.screen.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v: %s", err, out)
	}
}
