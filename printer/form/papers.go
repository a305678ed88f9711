package form

import (
	"slices"

	"keyhall/backoffice/ra"
)

// Paper is a kind of paper of this package, as its QR code names it.
type Paper string

// The papers. The first three are sealed by the organisation and scanned again. Short names make small codes.
const (
	PaperRegistration Paper = "FORM"
	PaperUnlock       Paper = "OPEN"
	PaperNotice       Paper = "RISK"
	PaperSlip         Paper = "SLIP"
	PaperTransfer     Paper = "TRANSFER"
)

// service is how the papers of a kind of service call it, and what they say.
type service struct {
	kind     ra.Kind
	name     ra.Text // of its box on the form
	form     Paper   // that it is applied for with
	receipt  ra.Text // title of what the customer takes home
	done     ra.Text // heading of the keys on it
	columns  []keyColumn
	remember []string
}

// services are the six, as the form's boxes stand.
var services = []service{
	{ra.KindNew, ra.Text{ZH: "新领", EN: "New"}, PaperRegistration,
		ra.Text{ZH: "数字证书领取回执", EN: "Digital certificate · collection slip"}, ra.Text{ZH: "已领取的 UKey", EN: "UKeys handed over"},
		handedOver, []string{pinIsYours, keyLost, renewInTime}},
	{ra.KindRenew, ra.Text{ZH: "续期", EN: "Renewal"}, PaperRegistration,
		ra.Text{ZH: "数字证书续期回执", EN: "Digital certificate · renewal receipt"}, ra.Text{ZH: "已续期的证书", EN: "Certificates renewed"},
		renewed, []string{extendNext, keyLost, findOrder}},
	{ra.KindExtend, ra.Text{ZH: "延期", EN: "Extension"}, PaperRegistration,
		ra.Text{ZH: "数字证书延期回执", EN: "Digital certificate · extension receipt"}, ra.Text{ZH: "已延期的 UKey", EN: "UKeys extended"},
		rewritten, []string{pinStays, oldKeyStays, tellSystems, renewInTime}},
	{ra.KindChange, ra.Text{ZH: "变更", EN: "Change"}, PaperRegistration,
		ra.Text{ZH: "数字证书变更回执", EN: "Digital certificate · change receipt"}, ra.Text{ZH: "已变更的 UKey", EN: "UKeys changed"},
		rewritten, []string{pinStays, oldKeyStays, tellSystems, findOrder}},
	{ra.KindReissue, ra.Text{ZH: "补办", EN: "Reissue"}, PaperRegistration,
		ra.Text{ZH: "数字证书补办回执", EN: "Digital certificate · reissue receipt"}, ra.Text{ZH: "已补办的 UKey", EN: "UKeys reissued"},
		reissued, []string{pinIsYours, oldKeyIsNothing, tellSystems, renewInTime}},
	{ra.KindUnlock, ra.Text{ZH: "解锁", EN: "Unlock"}, PaperUnlock,
		ra.Text{ZH: "UKey 解锁回执", EN: "UKey · unlock receipt"}, ra.Text{ZH: "已解锁的 UKey", EN: "UKeys unlocked"},
		unlocked, []string{pinIsNew, pinIsYours, findOrder}},
}

// serviceOf is the row of a kind; the first one for none.
func serviceOf(k ra.Kind) service {
	i := slices.IndexFunc(services, func(s service) bool { return s.kind == k })
	return services[max(i, 0)]
}

// sealed is a paper that the organisation seals: of which material its scan is a page, and what stands on it.
type sealed struct {
	paper    Paper
	material ra.MaterialKind
	title    ra.Text
	// edition is that of the words. It grows when the paper says something else, or asks for something else, of the same data.
	edition func(ra.Project, ra.Order) int
	// printed is the data that stands on it.
	printed func(ra.Project, ra.Order) []any
	paint   func(*sheet, ra.Project, ra.Order, ra.Membership)
	// anyOrder: nothing of the order itself stands on it, so that one which was printed for an earlier order counts.
	anyOrder bool
}

// sealedPapers are all of them. A material with several papers has that which the kind of service is applied for with.
var sealedPapers = []sealed{
	{paper: PaperRegistration, material: ra.MaterialForm, title: ra.Text{ZH: "数字证书业务登记表", EN: "Digital certificate service · registration form"},
		edition: always(2), printed: registrationData, paint: (*sheet).registration},
	{paper: PaperUnlock, material: ra.MaterialForm, title: ra.Text{ZH: "UKey 解锁申请表", EN: "Application for unlocking a UKey"},
		edition: always(1), printed: unlockData, paint: (*sheet).unlock},
	{paper: PaperNotice, material: ra.MaterialRiskNotice, title: ra.Text{ZH: "证书业务风险告知函", EN: "Notice of risks"},
		edition: noticeVersion, printed: noticeData, paint: (*sheet).notice, anyOrder: true},
}

func always(edition int) func(ra.Project, ra.Order) int {
	return func(ra.Project, ra.Order) int { return edition }
}

func sealedOf(paper Paper) (sealed, bool) {
	i := slices.IndexFunc(sealedPapers, func(s sealed) bool { return s.paper == paper })
	if i < 0 {
		return sealed{}, false
	}
	return sealedPapers[i], true
}

// For is the paper that is printed for a material of an order of that kind, "" where it is none of ours.
func For(k ra.Kind, m ra.MaterialKind) Paper {
	form := serviceOf(k).form
	for _, s := range sealedPapers {
		if s.material == m && (m != ra.MaterialForm || s.paper == form) {
			return s.paper
		}
	}
	return ""
}

// Sealed lists the papers that an order wants sealed, in the order in which they are scanned.
func Sealed(o ra.Order) (all []Paper) {
	for _, m := range o.Papers {
		if paper := For(o.Kind, m.Kind); paper != "" {
			all = append(all, paper)
		}
	}
	return all
}

// Material is the one of which the paper's scan is a page, "" for a paper that nobody hands in.
func (p Paper) Material() ra.MaterialKind {
	s, _ := sealedOf(p)
	return s.material
}

// Draw draws a paper that is sealed, with a place for that at the foot of its last page. Agreements come from the membership. It fails
// only when memory or fonts do, and for a paper that is none of these.
func Draw(paper Paper, p ra.Project, o ra.Order, m ra.Membership) ([]byte, error) {
	s, known := sealedOf(paper)
	if !known {
		return nil, ra.E(ra.CodeNotFound).At("paper")
	}
	return render(foot(p.Contact, o.Number), func(on *sheet) { on.sealed(s, p, o, m) })
}

func (s *sheet) sealed(what sealed, p ra.Project, o ra.Order, m ra.Membership) {
	s.header(what.code(p, o), p.Name, what.title)
	what.paint(s, p, o, m)
}

// CodeOf is the code of a paper that is printed of an order now. A paper counts whose code is the same, whenever it was printed. What a
// form says of the agreements is left out: it never changes, and not everybody who prints one sees it.
func CodeOf(paper Paper, p ra.Project, o ra.Order) Code {
	s, _ := sealedOf(paper)
	return s.code(p, o)
}

func (s sealed) code(p ra.Project, o ra.Order) Code {
	return Code{s.paper, o.Number, s.edition(p, o), digest(s.printed(p, o)...)}
}

// Accept tells of which material of an order a scanned paper with that code is a page: CodePaperUnread for a number that is none,
// CodePaperOther (args: number) for a paper of another order, or one that is not handed in, CodePaperVersion for one whose words are
// others now, CodePaperOld for one that was printed before the data changed.
func Accept(c Code, p ra.Project, o ra.Order) (ra.MaterialKind, error) {
	if _, _, err := ra.ParseOrderNumber(c.Number); err != nil {
		return "", ra.E(ra.CodePaperUnread)
	}
	s, known := sealedOf(c.Paper)
	if !known {
		return "", ra.E(ra.CodePaperOther, "number", c.Number)
	}
	now, own := s.code(p, o), c.Number == o.Number
	if s.anyOrder {
		now.Number = c.Number
	}
	switch {
	case c == now && For(o.Kind, s.material) == c.Paper:
		return s.material, nil
	case !own && !s.anyOrder, For(o.Kind, s.material) != c.Paper:
		return "", ra.E(ra.CodePaperOther, "number", c.Number)
	case c.Edition != now.Edition:
		return "", ra.E(ra.CodePaperVersion)
	case !own:
		return "", ra.E(ra.CodePaperOther, "number", c.Number)
	}
	return "", ra.E(ra.CodePaperOld)
}
