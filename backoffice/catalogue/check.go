package catalogue

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Mistake is one thing that is wrong in a catalogue.
type Mistake struct {
	Place string // "project eseal, service org-1y"
	What  string // "price_fen: 0 or more is needed"
}

// Error names both.
func (m *Mistake) Error() string { return m.Place + ": " + m.What }

// Limits of what a catalogue may say.
const (
	mostPages  = 20
	mostMonths = 120
	mostFen    = 100_000_000 // a million yuan for one key is a slip of the hand
	mostUnits  = 1000
	mostDays   = 366
)

// ids stand in addresses, commands and the trail.
var ids = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// checks collects mistakes.
type checks struct{ found []error }

// want notes a mistake unless it holds; what is the setting and what is needed there.
func (c *checks) want(holds bool, place, what string, args ...any) {
	if !holds {
		c.found = append(c.found, &Mistake{Place: place, What: fmt.Sprintf(what, args...)})
	}
}

// Check returns every mistake, each a *Mistake, joined.
func (c Catalogue) Check() error {
	var k checks
	k.want(len(c.Halls) > 0, "halls", "at least one is needed")
	k.want(len(c.Models) > 0, "models", "at least one is needed")
	k.want(len(c.Projects) > 0, "projects", "at least one is needed")
	k.distinct("hall", "", each(c.Halls, func(h ra.Hall) string { return h.ID }))
	for _, h := range c.Halls {
		k.words(place("hall", h.ID), "name", h.Name)
	}
	models := each(c.Models, func(m book.ModelRecord) string { return m.ID })
	k.distinct("model", "", models)
	for _, m := range c.Models {
		k.model(place("model", m.ID), m)
	}
	k.distinct("project", "", each(c.Projects, func(p ra.Project) string { return p.ID }))
	for _, p := range c.Projects {
		k.project(place("project", p.ID), p, models)
	}
	return errors.Join(k.found...)
}

// place names a thing by its id.
func place(what, id string) string {
	if !ids.MatchString(id) {
		return fmt.Sprintf("%s %q", what, id)
	}
	return what + " " + id
}

// distinct wants ids of good shape, each once; within is where they stand.
func (c *checks) distinct(what, within string, all []string) {
	seen := map[string]bool{}
	for i, id := range all {
		c.want(ids.MatchString(id), fmt.Sprintf("%s%s %d", within, what, i+1), "id: 1 to 40 of a-z, 0-9 and - are needed, not %q", id)
		c.want(!seen[id], within+place(what, id), "id: there are two of them")
		seen[id] = true
	}
}

// words wants a few words in both languages.
func (c *checks) words(place, setting string, t ra.Text) {
	c.line(place, setting+".zh", t.ZH)
	c.line(place, setting+".en", t.EN)
}

// line wants one line of text.
func (c *checks) line(place, setting, s string) {
	c.want(s != "", place, "%s: it is missing", setting)
	c.optional(place, setting, s)
}

// optional wants one line of text, or nothing.
func (c *checks) optional(place, setting, s string) {
	c.want(strings.TrimSpace(s) == s && !strings.ContainsFunc(s, unicode.IsControl), place, "%s: one line without spaces around it is needed", setting)
}

// paragraphs wants a text in one language.
func (c *checks) paragraphs(place, setting, s string) {
	c.want(s != "", place, "%s: it is missing", setting)
	c.want(!strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }), place, "%s: it holds a character that nobody sees", setting)
}

func (c *checks) within(place, setting string, n, least, most int) {
	c.want(n >= least && n <= most, place, "%s: %d to %d is needed", setting, least, most)
}

func (c *checks) model(at string, m book.ModelRecord) {
	c.words(at, "name", m.Name)
	c.line(at, "manufacturer", m.Manufacturer)
	c.line(at, "model", m.Model)
	c.within(at, "pin_min", m.PINMin, 1, 64)
	c.within(at, "pin_max", m.PINMax, m.PINMin, 64)
	c.line(at, "factory_admin_pin", string(m.Rule.Factory))
	c.optional(at, "factory_customer_pin", string(m.Rule.Customer))
	c.within(at, "admin_pin_length", m.Rule.Length, 4, 64)
	c.within(at, "admin_pin_tries", m.Rule.Tries, 2, 255)
	c.want(alphabet(m.Rule.Alphabet), at, "admin_pin_alphabet: 10 or more different characters of ASCII are needed")
}

// alphabet is of characters that every key takes, each once.
func alphabet(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		if r <= ' ' || r > '~' || seen[r] {
			return false
		}
		seen[r] = true
	}
	return len(seen) >= 10
}

func (c *checks) project(at string, p ra.Project, models []string) {
	c.words(at, "name", p.Name)
	c.within(at, "max_units", p.MaxUnits, 1, mostUnits)
	c.want(len(p.Models) > 0, at, "models: at least one is needed")
	for i, m := range p.Models {
		c.want(slices.Contains(models, m.ID), at, "models: the catalogue has no model %q", m.ID)
		c.want(!slices.Contains(p.Models[:i], m), at, "models: %q stands there twice", m.ID)
	}
	c.contact(at, p.Contact)
	c.line(at, "bank.holder", p.Bank.Holder)
	c.line(at, "bank.bank", p.Bank.Bank)
	c.line(at, "bank.number", p.Bank.Number)
	var unfit *ra.Error
	if errors.As(pki.CheckProfile(p.Profile), &unfit) {
		c.want(false, at, "%s: %v", unfit.Field, unfit.Err)
	}
	c.want(country.MatchString(p.Profile.Country), at, `profile.country: two letters are needed, as "CN"`)
	c.within(at, "window.before_days", p.Window.BeforeDays, 0, mostDays)
	c.within(at, "window.after_days", p.Window.AfterDays, 0, mostDays)
	for i, a := range p.SecondPerson {
		c.want(slices.Contains(ra.SecondPersonActs(), a), at, "second_person: some of %q are needed, not %q; a suspension counts at once", ra.SecondPersonActs(), a)
		c.want(!slices.Contains(p.SecondPerson[:i], a), at, "second_person: %q stands there twice", a)
	}
	for _, code := range p.MobileCountries {
		c.want(mobileCountry.MatchString(code) && code != "86", at, `mobile_countries: %q is no country's code, as "852"; 86 is always taken`, code)
	}
	c.services(at, p)
	c.required(at, p)
	c.notices(at, p)
	c.distinct("agreement", at+", ", each(p.Agreements, func(a ra.Agreement) string { return a.ID }))
	for _, a := range p.Agreements {
		here := at + ", " + place("agreement", a.ID)
		c.want(a.Version > 0, here, "version: 1 or more is needed")
		c.words(here, "title", a.Title)
		c.paragraphs(here, "body.zh", a.Body.ZH)
		c.paragraphs(here, "body.en", a.Body.EN)
	}
}

// mobileCountry is the code of a country or area (E.164).
var mobileCountry = regexp.MustCompile(`^[1-9]\d{0,3}$`)

var country = regexp.MustCompile(`^[A-Z]{2}$`)

func (c *checks) contact(at string, k ra.Contact) {
	c.words(at, "contact.hours", k.Hours)
	c.words(at, "contact.address", k.Address)
	c.line(at, "contact.phone", k.Phone)
	c.optional(at, "contact.chat", k.Chat)
	u, err := url.Parse(k.Web)
	c.want(k.Web == "" || err == nil && u.Scheme == "https" && u.Host != "", at, "contact.web: an address beginning with https:// is needed, or nothing")
}

func (c *checks) services(at string, p ra.Project) {
	c.want(len(p.Services) > 0, at, "services: at least one is needed")
	c.distinct("service", at+", ", each(p.Services, func(s ra.Service) string { return s.ID }))
	for i, s := range p.Services {
		here := at + ", " + place("service", s.ID)
		c.words(here, "name", s.Name)
		if s.About != (ra.Text{}) {
			c.words(here, "about", s.About)
		}
		c.want(s.PriceFen >= 0 && s.PriceFen <= mostFen, here, "price_fen: 0 to %d is needed", mostFen)
		rule, known := c.rule(here, s.Kind, s.Reason)
		switch {
		case !known:
		case rule.Term:
			c.within(here, "term_months", s.TermMonths, 1, mostMonths)
		default:
			c.want(s.TermMonths == 0, here, "term_months: %s has no term", s.Kind)
			again := slices.ContainsFunc(p.Services[:i], func(o ra.Service) bool { return o.Kind == s.Kind && o.Reason == s.Reason })
			c.want(!again, here, "kind: there is another of this kind and reason, and nobody would pay the higher price")
		}
	}
}

// rule wants a kind and a reason that go together.
func (c *checks) rule(at string, kind ra.Kind, reason ra.ServiceReason) (ra.ServiceRule, bool) {
	c.want(slices.Contains(ra.Kinds(), kind), at, "kind: one of %q is needed, not %q", ra.Kinds(), kind)
	rule, known := ra.RuleOf(kind, reason)
	if !known && slices.Contains(ra.Kinds(), kind) {
		c.want(false, at, "reason: %s goes with one of %q, not %q", kind, reasonsOf(kind), reason)
	}
	return rule, known
}

func reasonsOf(kind ra.Kind) (all []ra.ServiceReason) {
	for _, r := range ra.ServiceRules() {
		if r.Kind == kind {
			all = append(all, r.Reason)
		}
	}
	return all
}

func (c *checks) required(at string, p ra.Project) {
	type key struct {
		kind   ra.Kind
		reason ra.ServiceReason
	}
	seen := map[key]bool{}
	for _, r := range p.Required {
		here := strings.TrimSpace(fmt.Sprintf("%s, required for %s %s", at, r.Kind, r.Reason))
		c.want(!seen[key{r.Kind, r.Reason}], here, "it stands there twice")
		seen[key{r.Kind, r.Reason}] = true
		if _, known := c.rule(here, r.Kind, r.Reason); known {
			c.want(len(p.ServicesFor(r.Kind, r.Reason)) > 0, here, "the project has no such service")
		}
		c.want(len(r.Materials) > 0, here, "materials: at least one is needed, or leave it out")
		for i, m := range r.Materials {
			c.material(here, m)
			c.want(!slices.ContainsFunc(r.Materials[:i], func(x ra.Requirement) bool { return x.Material == m.Material }), here,
				"material %s stands there twice", m.Material)
		}
	}
}

func (c *checks) material(at string, m ra.Requirement) {
	c.want(slices.Contains(ra.RequiredMaterials(), m.Material), at, "material: one of %q is needed, not %q", ra.RequiredMaterials(), m.Material)
	here := fmt.Sprintf("%s, material %s", at, m.Material)
	c.within(here, "min_pages", m.MinPages, 1, mostPages)
	c.within(here, "max_pages", m.MaxPages, max(m.MinPages, 1), mostPages)
}

// notices wants one for each service whose customers have to hand one in sealed, and no other.
func (c *checks) notices(at string, p ra.Project) {
	for i, n := range p.Notices {
		here := strings.TrimSpace(fmt.Sprintf("%s, notice for %s %s", at, n.Kind, n.Reason))
		c.within(here, "version", n.Version, 1, ra.MaxNoticeVersion)
		c.words(here, "title", n.Title)
		c.paragraphs(here, "body.zh", n.Body.ZH)
		c.paragraphs(here, "body.en", n.Body.EN)
		same := func(o ra.Notice) bool { return o.Kind == n.Kind && o.Reason == n.Reason }
		c.want(!slices.ContainsFunc(p.Notices[:i], same), here, "it stands there twice")
		if _, known := c.rule(here, n.Kind, n.Reason); known {
			c.want(asksNotice(p.RequiredFor(n.Kind, n.Reason)), here, "nobody would see it: the service does not require %s", ra.MaterialRiskNotice)
		}
	}
	for _, r := range p.Required {
		_, has := p.NoticeFor(r.Kind, r.Reason)
		here := strings.TrimSpace(fmt.Sprintf("%s, required for %s %s", at, r.Kind, r.Reason))
		c.want(has || !asksNotice(r.Materials), here, "material %s: the project has no such notice", ra.MaterialRiskNotice)
	}
}

func asksNotice(materials []ra.Requirement) bool {
	return slices.ContainsFunc(materials, func(m ra.Requirement) bool { return m.Material == ra.MaterialRiskNotice })
}
