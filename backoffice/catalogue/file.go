package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"keyhall/backoffice/ra"
)

// file is the format. Its fields are those of the vocabulary; a project names its models by their ids.
type file struct {
	Halls    []hall    `toml:"halls"`
	Models   []model   `toml:"models"`
	Projects []project `toml:"projects"`
}

type hall struct {
	ID   string `toml:"id"`
	Name words  `toml:"name"`
}

type model struct {
	ID                 string `toml:"id"`
	Name               words  `toml:"name"`
	Manufacturer       string `toml:"manufacturer"`
	Model              string `toml:"model"`
	PINMin             int    `toml:"pin_min"`
	PINMax             int    `toml:"pin_max"`
	FactoryAdminPIN    string `toml:"factory_admin_pin"`
	FactoryCustomerPIN string `toml:"factory_customer_pin"`
	AdminPINLength     int    `toml:"admin_pin_length"`
	AdminPINAlphabet   string `toml:"admin_pin_alphabet"`
	AdminPINTries      int    `toml:"admin_pin_tries"`
	Tells              bool   `toml:"tells"`
}

type project struct {
	ID       string   `toml:"id"`
	Name     words    `toml:"name"`
	MaxUnits int      `toml:"max_units"`
	Models   []string `toml:"models"`
	Second   []ra.Act `toml:"second_person,omitempty"`
	Contact  contact  `toml:"contact"`
	Bank     bank     `toml:"bank"`
	Profile  profile  `toml:"profile"`
	Window   *window  `toml:"window"` // nil: the default
	// MobileCountries are the codes of the countries besides 86 whose mobile numbers are taken.
	MobileCountries []string `toml:"mobile_countries,omitempty"`
	// ProveMobile has who registers prove their mobile by a code.
	ProveMobile bool           `toml:"prove_mobile,omitempty"`
	Services    []service      `toml:"services"`
	Required    []requirements `toml:"required"`
	Notices     []notice       `toml:"notices,omitempty"`
	Agreements  []agreement    `toml:"agreements"`
}

type contact struct {
	Hours   words  `toml:"hours"`
	Web     string `toml:"web"`
	Phone   string `toml:"phone"`
	Chat    string `toml:"chat"`
	Address words  `toml:"address"`
}

type bank struct {
	Holder string `toml:"holder"`
	Bank   string `toml:"bank"`
	Number string `toml:"number"`
}

type profile struct {
	Algorithm string   `toml:"algorithm"`
	Usage     ra.Usage `toml:"usage"`
	Country   string   `toml:"country"`
	Handler   bool     `toml:"handler"`
	// Left out where they are empty.
	Extended []ra.ExtendedUsage `toml:"extended_usages,omitempty"`
	Policies []policy           `toml:"policies,omitempty"`
	Unlinked bool               `toml:"unlinked,omitempty"`
}

type policy struct {
	OID string `toml:"oid"`
	CPS string `toml:"cps"`
}

// MarshalTOML writes a policy in one line.
func (p policy) MarshalTOML() ([]byte, error) {
	if p.CPS == "" {
		return fmt.Appendf(nil, "{ oid = %s }", quoted(p.OID)), nil
	}
	return fmt.Appendf(nil, "{ oid = %s, cps = %s }", quoted(p.OID), quoted(p.CPS)), nil
}

type window struct {
	BeforeDays int `toml:"before_days"`
	AfterDays  int `toml:"after_days"`
}

type service struct {
	ID         string           `toml:"id"`
	Kind       ra.Kind          `toml:"kind"`
	Reason     ra.ServiceReason `toml:"reason,omitempty"`
	Name       words            `toml:"name"`
	About      words            `toml:"about"`
	PriceFen   int64            `toml:"price_fen"`
	TermMonths int              `toml:"term_months,omitzero"`
}

type requirements struct {
	Kind      ra.Kind          `toml:"kind"`
	Reason    ra.ServiceReason `toml:"reason,omitempty"`
	Materials []requirement    `toml:"materials"`
}

type requirement struct {
	Material ra.MaterialKind `toml:"material"`
	MinPages int             `toml:"min_pages"`
	MaxPages int             `toml:"max_pages"`
	Grey     bool            `toml:"grey,omitempty"`
}

// MarshalTOML writes a material in one line.
func (r requirement) MarshalTOML() ([]byte, error) {
	grey := ""
	if r.Grey {
		grey = ", grey = true"
	}
	return fmt.Appendf(nil, "{ material = %s, min_pages = %d, max_pages = %d%s }", quoted(string(r.Material)), r.MinPages, r.MaxPages, grey), nil
}

type notice struct {
	Kind    ra.Kind          `toml:"kind"`
	Reason  ra.ServiceReason `toml:"reason,omitempty"`
	Version int              `toml:"version"`
	Title   words            `toml:"title"`
	Body    text             `toml:"body"`
}

type agreement struct {
	ID      string `toml:"id"`
	Version int    `toml:"version"`
	Title   words  `toml:"title"`
	Body    text   `toml:"body"`
}

// words are a few words in each language.
type words struct {
	ZH string `toml:"zh"`
	EN string `toml:"en"`
}

// MarshalTOML writes both languages in one line.
func (w words) MarshalTOML() ([]byte, error) {
	return fmt.Appendf(nil, "{ zh = %s, en = %s }", quoted(w.ZH), quoted(w.EN)), nil
}

// text is of several paragraphs in each language.
type text struct {
	ZH paragraphs `toml:"zh"`
	EN paragraphs `toml:"en"`
}

type paragraphs string

// MarshalTOML writes each line of the text as a line.
func (p paragraphs) MarshalTOML() ([]byte, error) {
	lines := strings.Split(string(p), "\n")
	for i, l := range lines {
		q := quoted(l)
		lines[i] = q[1 : len(q)-1]
	}
	return []byte("\"\"\"\n" + strings.Join(lines, "\n") + "\"\"\""), nil
}

// quoted is a string as TOML writes it, with its quotation marks.
func quoted(s string) string {
	b, err := toml.Marshal(map[string]string{"x": s})
	if err != nil {
		panic(err) // a map of one string
	}
	return strings.TrimSpace(strings.TrimPrefix(string(b), "x ="))
}

// Read reads and checks a file. Its error lists every mistake, each a *Mistake; of what is no TOML, or has a wrong type, it tells the
// first, with the line.
func Read(content []byte) (Catalogue, error) {
	var f file
	meta, err := toml.Decode(strings.ReplaceAll(string(content), "\r\n", "\n"), &f)
	if err != nil {
		return Catalogue{}, err
	}
	var unknown []string
	for _, key := range meta.Undecoded() {
		unknown = append(unknown, key.String())
	}
	slices.Sort(unknown)
	var errs []error
	for _, key := range slices.Compact(unknown) {
		errs = append(errs, &Mistake{Place: key, What: "there is no such setting"})
	}
	c := f.catalogue()
	if err := errors.Join(append(errs, c.Check())...); err != nil {
		return Catalogue{}, err
	}
	return c, nil
}

// Text writes a catalogue down as Read takes it: the same catalogue gives the same text.
func (c Catalogue) Text() ([]byte, error) {
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	err := e.Encode(fileOf(c))
	return b.Bytes(), err
}
