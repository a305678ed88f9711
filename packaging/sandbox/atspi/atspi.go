// Package atspi drives a program on the screen by the accessible names of its widgets, as an assistive technology does:
// over D-Bus, by the AT-SPI 2 interfaces of at-spi2-core. It is for tests: look-ups walk the whole tree.
package atspi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// ErrNotFound says that no widget answered to the name before the deadline.
var ErrNotFound = errors.New("no such widget")

const (
	accessible   = "org.a11y.atspi.Accessible"
	registry     = "org.a11y.atspi.Registry"
	rootPath     = "/org/a11y/atspi/accessible/root"
	stateEnabled = 8
	stateShowing = 25
	pollInterval = 60 * time.Millisecond
)

// Desktop is the accessibility bus of one session.
type Desktop struct {
	bus *dbus.Conn
}

// Node is one widget.
type Node struct {
	desktop *Desktop
	dest    string
	path    dbus.ObjectPath
	Name    string
	Role    string // "push button", "text", "label", …
	states  [2]uint32
}

// Open connects to the accessibility bus of the session bus at address.
func Open(ctx context.Context, sessionBus string) (*Desktop, error) {
	session, err := dbus.Connect(sessionBus, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("session bus: %w", err)
	}
	defer session.Close()
	var address string
	call := session.Object("org.a11y.Bus", "/org/a11y/bus").CallWithContext(ctx, "org.a11y.Bus.GetAddress", 0)
	if err := call.Store(&address); err != nil {
		return nil, fmt.Errorf("address of the accessibility bus: %w", err)
	}
	bus, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("accessibility bus: %w", err)
	}
	return &Desktop{bus: bus}, nil
}

// Close leaves the bus.
func (d *Desktop) Close() error { return d.bus.Close() }

type reference struct {
	Dest string
	Path dbus.ObjectPath
}

func (d *Desktop) children(ctx context.Context, at reference) ([]reference, error) {
	var refs []reference
	err := d.bus.Object(at.Dest, at.Path).CallWithContext(ctx, accessible+".GetChildren", 0).Store(&refs)
	return refs, err
}

// Nodes lists all widgets that are showing now, in the order of the tree.
func (d *Desktop) Nodes(ctx context.Context) ([]Node, error) {
	apps, err := d.children(ctx, reference{registry, rootPath})
	if err != nil {
		return nil, fmt.Errorf("applications: %w", err)
	}
	var nodes []Node
	for _, app := range apps {
		nodes = d.walk(ctx, app, nodes)
	}
	return nodes, nil
}

// walk leaves out what vanishes while it looks: the tree is alive.
func (d *Desktop) walk(ctx context.Context, at reference, nodes []Node) []Node {
	n, err := d.node(ctx, at)
	if err != nil {
		return nodes
	}
	if n.Role != "application" {
		if !n.Showing() {
			return nodes
		}
		nodes = append(nodes, n)
	}
	refs, err := d.children(ctx, at)
	if err != nil {
		return nodes
	}
	for _, ref := range refs {
		nodes = d.walk(ctx, ref, nodes)
	}
	return nodes
}

func (d *Desktop) node(ctx context.Context, at reference) (Node, error) {
	n := Node{desktop: d, dest: at.Dest, path: at.Path}
	object := d.bus.Object(at.Dest, at.Path)
	var name dbus.Variant
	if err := object.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, accessible, "Name").Store(&name); err != nil {
		return n, err
	}
	n.Name, _ = name.Value().(string)
	if err := object.CallWithContext(ctx, accessible+".GetRoleName", 0).Store(&n.Role); err != nil {
		return n, err
	}
	var states []uint32
	if err := object.CallWithContext(ctx, accessible+".GetState", 0).Store(&states); err != nil {
		return n, err
	}
	copy(n.states[:], states)
	return n, nil
}

func (n Node) has(state int) bool { return n.states[state/32]&(1<<(state%32)) != 0 }

// Showing reports whether the widget is on the screen.
func (n Node) Showing() bool { return n.has(stateShowing) }

// Enabled reports whether it takes input.
func (n Node) Enabled() bool { return n.has(stateEnabled) }

// Is reports whether the node is of one of the roles; no role means any.
func (n Node) is(roles []string) bool {
	if len(roles) == 0 {
		return true
	}
	for _, r := range roles {
		if n.Role == r {
			return true
		}
	}
	return false
}

// Find waits until a widget whose name is name, or begins with it, is showing and enabled; an exact name wins.
// ErrNotFound after the context's deadline, with what was on the screen instead.
func (d *Desktop) Find(ctx context.Context, name string, roles ...string) (Node, error) {
	for {
		nodes, err := d.Nodes(ctx)
		if err == nil {
			if n, ok := pick(nodes, name, roles); ok {
				return n, nil
			}
		}
		select {
		case <-ctx.Done():
			return Node{}, fmt.Errorf("%q %v: %w; on the screen: %s", name, roles, ErrNotFound, seen(nodes))
		case <-time.After(pollInterval):
		}
	}
}

// Gone waits until no widget of that name is showing.
func (d *Desktop) Gone(ctx context.Context, name string) error {
	for {
		nodes, err := d.Nodes(ctx)
		if _, there := pick(nodes, name, nil); err == nil && !there {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%q is still on the screen: %w", name, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}

func pick(nodes []Node, name string, roles []string) (Node, bool) {
	var begins *Node
	for i, n := range nodes {
		if !n.Enabled() || !n.is(roles) {
			continue
		}
		if n.Name == name {
			return n, true
		}
		if begins == nil && strings.HasPrefix(n.Name, name) {
			begins = &nodes[i]
		}
	}
	if begins != nil {
		return *begins, true
	}
	return Node{}, false
}

func seen(nodes []Node) string {
	var names []string
	for _, n := range nodes {
		if n.Name != "" {
			names = append(names, n.Role+":"+n.Name)
		}
	}
	return strings.Join(names, " | ")
}

// Click does the widget's first action.
func (n Node) Click(ctx context.Context) error {
	var done bool
	err := n.desktop.bus.Object(n.dest, n.path).CallWithContext(ctx, "org.a11y.atspi.Action.DoAction", 0, int32(0)).Store(&done)
	if err == nil && !done {
		err = fmt.Errorf("%s %q does nothing", n.Role, n.Name)
	}
	return err
}

// SetText replaces the text of an entry.
func (n Node) SetText(ctx context.Context, text string) error {
	var done bool
	err := n.desktop.bus.Object(n.dest, n.path).CallWithContext(ctx,
		"org.a11y.atspi.EditableText.SetTextContents", 0, text).Store(&done)
	if err == nil && !done {
		err = fmt.Errorf("%s %q takes no text", n.Role, n.Name)
	}
	return err
}

// Text returns the text of an entry or a label.
func (n Node) Text(ctx context.Context) (string, error) {
	var text string
	err := n.desktop.bus.Object(n.dest, n.path).CallWithContext(ctx,
		"org.a11y.atspi.Text.GetText", 0, int32(0), int32(-1)).Store(&text)
	return text, err
}

// Focus gives the widget the keyboard focus.
func (n Node) Focus(ctx context.Context) error {
	var done bool
	return n.desktop.bus.Object(n.dest, n.path).CallWithContext(ctx,
		"org.a11y.atspi.Component.GrabFocus", 0).Store(&done)
}
