// Package visit plays the people of a service hall: the customer at the kiosk, who sees accessible names and presses
// what they see, and the supervisor in the console, who uses a browser. The end-to-end tests, the pictures and the
// benchmarks are visits.
package visit

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leonelquinteros/gotext"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/atspi"
)

// patience is how long a person waits for the screen to show what comes next.
const patience = 45 * time.Second

// Customer stands at a kiosk.
type Customer struct {
	desktop *atspi.Desktop
	words   map[string]string
	pace    time.Duration // before each touch, so that somebody can follow

	touches, fields int
}

// Pause lets the customer wait before each touch.
func (c *Customer) Pause(d time.Duration) { c.pace = d }

// Count tells how many touches and filled-in fields there were since it was asked last.
func (c *Customer) Count() (touches, fields int) {
	touches, fields = c.touches, c.fields
	c.touches, c.fields = 0, 0
	return touches, fields
}

// hesitate is what a person does before each touch.
func (c *Customer) hesitate(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(c.pace):
	}
}

// NewCustomer looks at the screen of the session bus and reads the labels of the catalogue file (a .po).
func NewCustomer(ctx context.Context, bus, catalogue string) (*Customer, error) {
	desktop, err := atspi.Open(ctx, bus)
	if err != nil {
		return nil, err
	}
	return &Customer{desktop: desktop, words: wordsOf(catalogue)}, nil
}

// wordsOf are the words that the screen shows by their keys: those of the catalogue, and those of the fields, which the vocabulary has.
func wordsOf(catalogue string) map[string]string {
	po := gotext.NewPo()
	po.ParseFile(catalogue)
	words := ra.FieldWords(strings.TrimSuffix(filepath.Base(catalogue), ".po"))
	for key, translation := range po.GetDomain().GetTranslations() {
		words[key] = translation.Get()
	}
	return words
}

// Leave closes the customer's eyes.
func (c *Customer) Leave() error { return c.desktop.Close() }

// Word is the label that the screen shows for a message key; what follows a placeholder is left out.
func (c *Customer) Word(key string) string {
	text := cmp.Or(c.words[key], key)
	if i := strings.IndexByte(text, '{'); i > 0 {
		text = text[:i]
	}
	return strings.TrimSpace(text)
}

// See waits until the words of a message key stand on the screen.
func (c *Customer) See(ctx context.Context, key string) error { return c.Read(ctx, c.Word(key)) }

// Read waits until a text stands on the screen.
func (c *Customer) Read(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := c.desktop.Find(ctx, text)
	return err
}

// SeeOneOf waits until the words of one of the keys stand on the screen, and tells which.
func (c *Customer) SeeOneOf(ctx context.Context, keys ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		for _, key := range keys {
			if c.Sees(ctx, key) {
				return key, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("none of %q is on the screen: %w", keys, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Sees tells whether the words of a key stand on the screen now.
func (c *Customer) Sees(ctx context.Context, key string) bool {
	nodes, err := c.desktop.Nodes(ctx)
	return err == nil && slices.ContainsFunc(nodes, func(n atspi.Node) bool { return strings.HasPrefix(n.Name, c.Word(key)) && n.Enabled() })
}

// Told waits until the screen tells of an error, with its facts in pairs of placeholder and value.
func (c *Customer) Told(ctx context.Context, code ra.Code, facts ...string) error {
	text, err := c.errorText(code, facts)
	if err != nil {
		return err
	}
	return c.Read(ctx, text)
}

func (c *Customer) errorText(code ra.Code, facts []string) (string, error) {
	text, ok := c.words["error."+string(code)]
	if !ok {
		return "", fmt.Errorf("the catalogue has no words for %s", code)
	}
	for i := 0; i+1 < len(facts); i += 2 {
		text = strings.ReplaceAll(text, "{"+facts[i]+"}", facts[i+1])
	}
	return text, nil
}

// GoTo puts the keyboard into the entry of a field, and so leaves another.
func (c *Customer) GoTo(ctx context.Context, field string) error {
	n, err := c.entry(ctx, field)
	if err != nil {
		return err
	}
	return n.Focus(ctx)
}

// Press waits for the button of a message key and presses it.
func (c *Customer) Press(ctx context.Context, key string) error {
	return c.PressNamed(ctx, c.Word(key))
}

// PressNamed presses the button whose name is, or begins with, name.
func (c *Customer) PressNamed(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n, err := c.desktop.Find(ctx, name, "push button", "toggle button", "check box", "radio button")
	if err != nil {
		return err
	}
	c.hesitate(ctx)
	c.touches++
	if err := n.Click(ctx); err != nil {
		return fmt.Errorf("pressing %q: %w", name, err)
	}
	return nil
}

// Fill types a value into the entry of a field id.
func (c *Customer) Fill(ctx context.Context, field, value string) error {
	n, err := c.entry(ctx, field)
	if err != nil {
		return err
	}
	c.hesitate(ctx)
	c.fields++
	if err := n.SetText(ctx, value); err != nil {
		return fmt.Errorf("typing into %s: %w", field, err)
	}
	return nil
}

func (c *Customer) entry(ctx context.Context, field string) (atspi.Node, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.desktop.Find(ctx, c.Word("field."+field), "text", "password text", "entry")
}

// Do plays steps one after the other and says at which one it went wrong.
func Do(ctx context.Context, steps ...Step) error {
	for _, s := range steps {
		if err := s.Do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// Step is one thing that a person does.
type Step struct {
	Name string
	Do   func(context.Context) error
}

// BeingTold is a step in which the screen tells of an error.
func (c *Customer) BeingTold(code ra.Code, facts ...string) Step {
	return Step{"be told " + string(code), func(ctx context.Context) error { return c.Told(ctx, code, facts...) }}
}

// NoLongerTold is a step in which the screen stops telling of an error.
func (c *Customer) NoLongerTold(code ra.Code, facts ...string) Step {
	return Step{"no longer be told " + string(code), func(ctx context.Context) error {
		text, err := c.errorText(code, facts)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return c.desktop.Gone(ctx, text)
	}}
}

// Pressing, Seeing and Filling are steps of the customer.
func (c *Customer) Pressing(key string) Step {
	return Step{"press " + key, func(ctx context.Context) error { return c.Press(ctx, key) }}
}

// Seeing waits for the words of a key.
func (c *Customer) Seeing(key string) Step {
	return Step{"see " + key, func(ctx context.Context) error { return c.See(ctx, key) }}
}

// Filling types into a field.
func (c *Customer) Filling(field, value string) Step {
	return Step{"fill in " + field, func(ctx context.Context) error { return c.Fill(ctx, field, value) }}
}
