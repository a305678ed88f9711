package ra

import (
	"crypto/x509"
	"encoding/asn1"
	"maps"
	"slices"
	"strings"
)

// Project is a partner (合作项目) with its own catalogue, prices, agreements and required materials.
type Project struct {
	ID         string         `json:"id"` // short slug, stable
	Name       Text           `json:"name"`
	Contact    Contact        `json:"contact"`
	Bank       BankAccount    `json:"bank"` // where bank transfers go
	Services   []Service      `json:"services"`
	Agreements []Agreement    `json:"agreements"`
	Required   []Requirements `json:"required"`
	Notices    []Notice       `json:"notices,omitempty"`
	Models     []UKeyModel    `json:"models"` // keys this project allows
	Profile    SubjectProfile `json:"profile"`
	MaxUnits   int            `json:"max_units"` // most keys in one order
	Window     Window         `json:"window"`
	// SecondPerson are the acts on a certificate that count only when another member of staff has confirmed them. Only the back office
	// asks; none of them is ActSuspend, which counts at once.
	SecondPerson []Act `json:"-"`
	// MobileCountries are the codes of the countries other than 86 whose mobile numbers are taken: "852".
	MobileCountries []string `json:"mobile_countries,omitempty"`
	// ProveMobile: who registers shows by a code that the mobile is theirs.
	ProveMobile bool `json:"prove_mobile,omitempty"`
}

// Window is when the certificates of a project are renewed and extended: from so many days before their end to so many after.
type Window struct {
	BeforeDays int `json:"before_days"`
	AfterDays  int `json:"after_days"`
}

// DefaultWindow is that of a project that says nothing else.
func DefaultWindow() Window { return Window{BeforeDays: 90, AfterDays: 30} }

// SubjectProfile says how the certificates of a project are made.
type SubjectProfile struct {
	Algorithm string `json:"algorithm"` // "rsa-2048" or "ec-p256"
	Usage     Usage  `json:"usage"`
	Country   string `json:"country"` // C of the subject, "CN"
	// Handler puts the handler's name into the subject as the common name, with the organisation in O; otherwise the
	// organisation is the common name.
	Handler bool `json:"handler"`
	// Extended is what the certificates are good for besides; none: ExtendedClientAuth alone.
	Extended []ExtendedUsage `json:"extended_usages,omitempty"`
	Policies []Policy        `json:"policies,omitempty"`
	// Unlinked certificates do not say where their status and their CA's certificate are found.
	Unlinked bool `json:"unlinked,omitempty"`
}

// Carries tells whether certificates of the profile say what stands in any of these of the applicant's fields.
func (p SubjectProfile) Carries(fields []string) bool {
	return slices.ContainsFunc(fields, func(id string) bool {
		switch id {
		case "organisation.name", "organisation.short_name", "organisation.credit_code":
			return true
		case "handler.name":
			return p.Handler
		}
		return false
	})
}

// ExtendedUsage is one of the extended key usages (RFC 5280, 4.2.1.12).
type ExtendedUsage string

// The extended usages. None is for mail, since no address stands in a certificate.
const (
	ExtendedClientAuth  ExtendedUsage = "client_auth"
	ExtendedDocuments   ExtendedUsage = "document_signing"    // RFC 9336
	ExtendedMSDocuments ExtendedUsage = "ms_document_signing" // what Microsoft's programs look for
)

// extendedOIDs are how they stand in certificates.
var extendedOIDs = map[ExtendedUsage]asn1.ObjectIdentifier{
	ExtendedClientAuth:  {1, 3, 6, 1, 5, 5, 7, 3, 2},
	ExtendedDocuments:   {1, 3, 6, 1, 5, 5, 7, 3, 36},
	ExtendedMSDocuments: {1, 3, 6, 1, 4, 1, 311, 10, 3, 12},
}

// OID is how it stands in a certificate, nil for one that is not known.
func (u ExtendedUsage) OID() asn1.ObjectIdentifier { return extendedOIDs[u] }

// ExtendedUsages lists those that are known.
func ExtendedUsages() []ExtendedUsage { return slices.Sorted(maps.Keys(extendedOIDs)) }

// Policy is one under which certificates are issued (RFC 5280, 4.2.1.4).
type Policy struct {
	OID string `json:"oid"`           // "1.2.156.1.2"
	CPS string `json:"cps,omitempty"` // web address of the practice statement
}

// Usage is what key pairs are for, and what their certificates say.
type Usage string

// The usages. Every pair signs: one that did not could prove nothing.
const (
	UsageSign    Usage = "sign"
	UsageDecrypt Usage = "sign_decrypt" // and reads on the key what was encrypted to its holder
)

// usageBits are the bits of each usage in a certificate (RFC 5280, 4.2.1.3).
var usageBits = map[Usage]x509.KeyUsage{
	UsageSign:    x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	UsageDecrypt: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment,
}

// Bits are exactly those that a certificate of this usage has, 0 for a usage that is not known.
func (u Usage) Bits() x509.KeyUsage { return usageBits[u] }

// Decrypts tells whether the pairs decrypt, too.
func (u Usage) Decrypts() bool { return u.Bits()&x509.KeyUsageKeyEncipherment != 0 }

// Contact is what the service information page shows (S25).
type Contact struct {
	Hours   Text   `json:"hours"`
	Web     string `json:"web"`
	Phone   string `json:"phone"`
	Chat    string `json:"chat"`
	Address Text   `json:"address"`
}

// BankAccount is an account for transfers.
type BankAccount struct {
	Holder string `json:"holder"`
	Bank   string `json:"bank"`
	Number string `json:"number"`
}

// Grouped is the account's number in groups of four, as on a card, for who reads and copies it.
func (b BankAccount) Grouped() string {
	var out []rune
	for i, r := range []rune(b.Number) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, r)
	}
	return string(out)
}

// Service is one thing a project sells.
type Service struct {
	ID         string        `json:"id"`
	Kind       Kind          `json:"kind"`
	Reason     ServiceReason `json:"reason,omitempty"`
	Name       Text          `json:"name"`
	About      Text          `json:"about"`
	PriceFen   int64         `json:"price_fen"`   // per key; 0: nothing is due
	TermMonths int           `json:"term_months"` // 0 where its kind has no term
}

// Agreement is a text the customer must open before agreeing; the version agreed to is kept.
type Agreement struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Title   Text   `json:"title"`
	Body    Text   `json:"body"`
}

// Requirements are the materials that orders of one kind and reason need, in the order in which they are scanned.
type Requirements struct {
	Kind      Kind          `json:"kind"`
	Reason    ServiceReason `json:"reason,omitempty"`
	Materials []Requirement `json:"materials"`
}

// Requirement is a material that an order needs.
type Requirement struct {
	Material MaterialKind `json:"material"`
	MinPages int          `json:"min_pages"`
	MaxPages int          `json:"max_pages"`
	Grey     bool         `json:"grey,omitempty"` // scanned in grey; colour, as seals want it, else
}

// RequiredFor are the materials that an order of that kind and reason needs, none where the project asks for none.
func (p Project) RequiredFor(k Kind, r ServiceReason) []Requirement {
	for _, row := range p.Required {
		if row.Kind == k && row.Reason == r {
			return row.Materials
		}
	}
	return nil
}

// ServicesFor are the services that an order of that kind and reason may have.
func (p Project) ServicesFor(k Kind, r ServiceReason) []Service {
	var all []Service
	for _, s := range p.Services {
		if s.Kind == k && s.Reason == r {
			all = append(all, s)
		}
	}
	return all
}

// ModelOf recognises a key by what it says of itself; false when the project does not allow it.
func (p Project) ModelOf(key KeyIdentity) (UKeyModel, bool) {
	for _, m := range p.Models {
		if strings.HasPrefix(key.Manufacturer, m.Manufacturer) && strings.HasPrefix(key.Model, m.Model) {
			return m, true
		}
	}
	return UKeyModel{}, false
}

// UKeyModel is a model of key and its PIN rules.
type UKeyModel struct {
	ID           string `json:"id"`
	Name         Text   `json:"name"`
	Manufacturer string `json:"manufacturer"` // as PKCS#11 tells it, prefix match
	Model        string `json:"model"`        // as PKCS#11 tells it, prefix match
	PINMin       int    `json:"pin_min"`      // characters
	PINMax       int    `json:"pin_max"`
}

// Kiosk is one enrolled terminal.
type Kiosk struct {
	ID     string `json:"id"`
	Prefix string `json:"prefix"` // of its order numbers: "XH03"
	HallID string `json:"hall_id"`
	Hall   Text   `json:"hall"`   // 数字证书服务大厅
	Window Text   `json:"window"` // 西湖窗口 03
}

// Kind is one of the six services.
type Kind string

// The six services.
const (
	KindNew     Kind = "new"     // 新领
	KindRenew   Kind = "renew"   // 续期
	KindExtend  Kind = "extend"  // 延期
	KindChange  Kind = "change"  // 变更
	KindReissue Kind = "reissue" // 补办
	KindUnlock  Kind = "unlock"  // 解锁
)

// Kinds lists the six services in the order of the home screen.
func Kinds() []Kind {
	return []Kind{KindNew, KindRenew, KindExtend, KindChange, KindReissue, KindUnlock}
}
