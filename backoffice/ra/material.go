package ra

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaterialKind is a document of an order.
type MaterialKind string

// The documents.
const (
	MaterialLicence    MaterialKind = "business_licence"  // 营业执照
	MaterialIdentity   MaterialKind = "handler_identity"  // 经办人身份证, both sides
	MaterialForm       MaterialKind = "registration_form" // 业务登记表, stamped
	MaterialRiskNotice MaterialKind = "risk_notice"       // 证书业务风险告知函, stamped
	MaterialProof      MaterialKind = "proof_of_change"   // 变更证明
	MaterialRemittance MaterialKind = "remittance_slip"   // 汇款凭证
)

// MaterialKinds lists the documents in the order of the console.
func MaterialKinds() []MaterialKind {
	return []MaterialKind{MaterialLicence, MaterialIdentity, MaterialForm, MaterialRiskNotice, MaterialProof, MaterialRemittance}
}

// RequiredMaterials lists the documents that a catalogue may ask for: all but the slip, which follows from a transfer.
func RequiredMaterials() []MaterialKind {
	return slices.DeleteFunc(MaterialKinds(), func(k MaterialKind) bool { return k == MaterialRemittance })
}

// Verdict is a reviewer's word on one material.
type Verdict string

// The verdicts.
const (
	VerdictNone     Verdict = "none"
	VerdictAccepted Verdict = "accepted"
	VerdictReturned Verdict = "returned"
)

// Verdicts lists the verdicts, sorted.
func Verdicts() []Verdict { return []Verdict{VerdictAccepted, VerdictNone, VerdictReturned} }

// Material is one document of an order with its pages and the verdict on it.
type Material struct {
	Kind     MaterialKind `json:"kind"`
	Pages    []Page       `json:"pages"`
	MinPages int          `json:"min_pages"`      // that it needs, as the catalogue said when the order was placed
	MaxPages int          `json:"max_pages"`      // that it may have
	Grey     bool         `json:"grey,omitempty"` // how it is scanned
	Verdict  Verdict      `json:"verdict"`
	Reasons  []Reason     `json:"reasons,omitempty"`
}

// Page is one scanned image, stored under its hash.
type Page struct {
	ID     string `json:"id"` // UUIDv7 made by the kiosk
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width"`  // px
	Height int    `json:"height"` // px
	// Place among the pages of its material, smaller first; pages of one place stand as they came. A page that is taken anew gets
	// the place of the one it replaces.
	Place int       `json:"place" minimum:"0" maximum:"1000000"`
	At    time.Time `json:"at"`
}

// MaxPagePlace bounds Page.Place.
const MaxPagePlace = 1_000_000

// Limits of one scanned page.
const (
	MaxPageBytes  = 20 << 20 // bytes
	MaxPagePixels = 60_000_000
)

// ReasonKind is why something was sent back; the words stand in the catalogues under "reason.<kind>".
type ReasonKind string

// The reasons a reviewer chooses from; ReasonOther needs a note.
const (
	ReasonUnreadable ReasonKind = "unreadable"
	ReasonIncomplete ReasonKind = "incomplete"
	ReasonNoSeal     ReasonKind = "no_seal"
	ReasonDiffers    ReasonKind = "differs" // the data on the paper differ from the application
	ReasonExpired    ReasonKind = "expired"
	ReasonWrongPaper ReasonKind = "wrong_paper"
	ReasonNoTransfer ReasonKind = "no_transfer" // the money did not arrive
	ReasonOther      ReasonKind = "other"
)

// ReasonKinds lists the reasons in the order of the console.
func ReasonKinds() []ReasonKind {
	return []ReasonKind{ReasonUnreadable, ReasonIncomplete, ReasonNoSeal, ReasonDiffers, ReasonExpired, ReasonWrongPaper,
		ReasonNoTransfer, ReasonOther}
}

// Reason is one reason for sending something back, with the reviewer's own words where needed.
type Reason struct {
	Kind     ReasonKind   `json:"kind"`
	Material MaterialKind `json:"material,omitempty"`
	Note     string       `json:"note,omitempty"`
}

// maxReasonNote is the length of a reason's note in characters.
const maxReasonNote = 300

// CheckReasons wants at least one reason, each known, and a note where the reason is "other": CodeReasonMissing, CodeInvalid
// (field "reasons"), CodeTooLong (field "note").
func CheckReasons(reasons []Reason) error {
	if len(reasons) == 0 {
		return E(CodeReasonMissing).At("reasons")
	}
	for _, r := range reasons {
		if !slices.Contains(ReasonKinds(), r.Kind) {
			return E(CodeInvalid).At("reasons")
		}
		if r.Kind == ReasonOther && strings.TrimSpace(r.Note) == "" {
			return E(CodeReasonMissing).At("note")
		}
		if len([]rune(r.Note)) > maxReasonNote {
			return E(CodeTooLong, "max", strconv.Itoa(maxReasonNote)).At("note")
		}
	}
	return nil
}

// ReasonsText lists the kinds of reasons, for the trail.
func ReasonsText(reasons []Reason) string {
	kinds := make([]string, len(reasons))
	for i, r := range reasons {
		kinds[i] = string(r.Kind)
	}
	return strings.Join(kinds, ",")
}
