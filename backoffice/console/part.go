package console

import (
	"maps"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// entry is one line of the navigation.
type entry struct {
	Name, To, Icon string
	Count          int
	Current        bool
}

func entryOf(page interface{ here() string }, name, to, icon string, count int) entry {
	return entry{Name: name, To: to, Icon: icon, Count: count, Current: page.here() == name}
}

func (f frame) here() string { return f.Here }

// rolesOf lists the roles that a member of staff has anywhere, in their usual order.
func rolesOf(m ra.Staff) []ra.Role {
	return slices.DeleteFunc(ra.Roles(), func(r ra.Role) bool {
		return !slices.ContainsFunc(m.Grants, func(g ra.Grant) bool { return g.Live() && g.Role == r })
	})
}

// emptiness is what a list without rows says.
type emptiness struct {
	Icon, Text string
}

func emptyOf(icon, text string) emptiness { return emptiness{icon, text} }

// outOfBand marks the parts of a case that htmx puts in place beside the one it asked for.
func outOfBand(p casePage) casePage {
	p.OOB = true
	return p
}

// sheet asks for reasons before something is sent back.
type sheet struct {
	Case    casePage
	Place   string
	ID      string
	Action  string // path under the order
	Reasons []ra.ReasonKind
	Problem string
	Typed   typed
	Open    bool // it can be decided now
}

// sheetReasons are the reasons that fit each sheet, in the order of the vocabulary.
var sheetReasons = map[string]func(ra.ReasonKind) bool{
	placeReturn: func(k ra.ReasonKind) bool { return k != ra.ReasonNoTransfer },
	placeRefuse: func(k ra.ReasonKind) bool { return k != ra.ReasonNoSeal && k != ra.ReasonExpired },
	placeCancel: func(k ra.ReasonKind) bool { return k != ra.ReasonUnreadable && k != ra.ReasonNoSeal },
}

func sheetOf(p casePage, place, id, action string) sheet {
	s := sheet{Case: p, Place: place, ID: id, Action: action, Problem: p.Problem.At(place), Open: p.Acting()}
	if place == placeRefuse {
		s.Open = p.Settling()
	}
	for _, k := range ra.ReasonKinds() {
		if sheetReasons[place](k) {
			s.Reasons = append(s.Reasons, k)
		}
	}
	if s.Problem != "" {
		s.Typed = p.Typed
	}
	return s
}

// reason says why something was sent back, in the reviewer's own words where there are any.
func (w words) reason(r ra.Reason) string {
	if r.Note != "" {
		return w.name("reason", r.Kind) + w.say("colon") + r.Note
	}
	return w.name("reason", r.Kind)
}

// check says what the machine found.
func (w words) check(c review.Check) string {
	id := "check." + c.Name + ".no"
	if c.OK {
		id = "check." + c.Name + ".yes"
	}
	if !w.has(id) {
		return strings.TrimSpace(c.Name + " " + c.Note)
	}
	note := c.Note
	if field := w.field(note); field != "" { // of a doubt the note is its field
		note = field
	}
	return dropUnfilled(w.say(id, "note", note))
}

// action says what a line of the history records.
func (w words) action(a string) string {
	if id := "action." + a; w.has(id) {
		return w.say(id)
	}
	return a
}

func (w words) reasonNames(kinds string) string {
	if kinds == "" {
		return ""
	}
	names := strings.Split(kinds, ",")
	for i, k := range names {
		names[i] = w.name("reason", k)
	}
	return strings.Join(names, w.say("list"))
}

// agreement is what people call one of a project's agreements; one that the catalogue lists no more has no name.
func (w words) agreement(p ra.Project, id string) string {
	i := slices.IndexFunc(p.Agreements, func(a ra.Agreement) bool { return a.ID == id })
	if i < 0 {
		return w.say("case.agreement_gone")
	}
	return w.pick(p.Agreements[i].Title)
}

// ground says why staff ruled on a certificate, nothing for another reason of the trail.
func (w words) ground(g string) string {
	if id := "ground." + g; w.has(id) {
		return w.say(id)
	}
	return ""
}

// code says what an authorization code is worth, and where the text message with it is.
func (w words) code(c review.CodeStatus) string {
	args := []any{"until", c.Until.In(ra.HallTime).Format("2006-01-02 15:04"), "mobile", c.Mobile, "n", c.Wrong, "left", c.Left}
	if c.State != review.CodeGood {
		return w.say("code."+string(c.State), args...)
	}
	said := w.say("code.good", args...)
	if id := "code.good." + string(c.Sent); w.has(id) {
		said += w.say(id, args...)
	}
	if c.Wrong > 0 {
		said += w.say("code.good.wrong", args...)
	}
	return said
}

// facts says the details of a line of the history that a person can read.
func (w words) facts(row book.AuditRow) string {
	var said []string
	for _, k := range slices.Sorted(maps.Keys(row.Facts)) {
		v := row.Facts[k]
		switch k {
		case "material":
			v = w.name("material", v)
		case "verdict":
			v = w.name("verdict", v)
		case "reasons":
			v = w.reasonNames(v)
		case "because":
			v = w.ground(v)
		case "amount_fen":
			v = yuanText(v)
		}
		if id := "detail." + k; w.has(id) && v != "" {
			said = append(said, w.say(id, "v", v))
		}
	}
	return strings.Join(said, w.say("list"))
}
