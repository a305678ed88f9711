package workflow

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// CertificatesPage lists the certificates that the membership sees, the plugged keys' first: event OpenCertificate; Go opens the first where
// its key is plugged.
type CertificatesPage struct {
	Member MemberCard
	Cards  []CertificateCard
	Found  string // what was searched for, "" for nothing: event SeeAll ends it
	More   bool   // event SeeMore
	Fault  *Fault
}

func (CertificatesPage) page() {}

// CertificateCard is a certificate in a list.
type CertificateCard struct {
	ID      string
	Service ra.Text
	Model   ra.Text
	Serial  string
	From    string // days of the hall
	Until   string
	State   string // "certificate.<State>"
	Plugged bool   // its key is
}

// What is done in the list of certificates.
type (
	// OpenCertificate shows one with what may be done about it.
	OpenCertificate struct{ ID string }
	// SeeCertificates goes to the list.
	SeeCertificates struct{}
	// FindKey asks for a serial number.
	FindKey struct{}
	// SeeAll ends a search.
	SeeAll struct{}
	// SeeMore goes on with a long list.
	SeeMore struct{}
)

func (SeeCertificates) Name() string { return "certificates" }
func (FindKey) Name() string         { return "find_key" }
func (SeeAll) Name() string          { return "see_all" }
func (SeeMore) Name() string         { return "see_more" }

func (OpenCertificate) action() {}
func (SeeCertificates) action() {}
func (FindKey) action()         {}
func (SeeAll) action()          {}
func (SeeMore) action()         {}

// certificatesStep lists certificates. What was loaded stays while one of them is looked at.
type certificatesStep struct {
	all     []ra.Holding
	more    bool
	found   string
	asked   map[ukey.Identity]bool // plugged keys that were looked for beyond what is listed
	plugged []ukey.Identity
}

func newCertificates(w *Workflow) step {
	v := w.visit
	v.holding, v.finding = nil, false
	return &certificatesStep{found: v.sought, asked: map[ukey.Identity]bool{}}
}

func (s *certificatesStep) passing() {}

func (s *certificatesStep) enter(w *Workflow) {
	s.load(w, "certificates", ra.HoldingQuery{Serial: s.found}, func(got ra.HoldingPage) { s.all, s.more = got.Holdings, got.More })
}

// load asks for certificates; busy is what the page says meanwhile, "" leaves it as it is.
func (s *certificatesStep) load(w *Workflow, busy string, q ra.HoldingQuery, take func(ra.HoldingPage)) {
	session := w.visit.session
	w.work(busy, func(ctx context.Context) func() {
		got, err := w.cfg.Office.Holdings(ctx, session, q)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			take(got)
		}
	})
}

// saw puts the certificates of plugged keys first. One that is not among those that were loaded is asked for once.
func (s *certificatesStep) saw(w *Workflow, seen keys.Snapshot) {
	s.plugged = pluggedIn(seen)
	if s.found != "" || !s.more {
		return
	}
	for _, key := range s.plugged {
		if s.asked[key] || slices.ContainsFunc(s.all, func(h ra.Holding) bool { return ukey.Identity(h.Key) == key }) {
			continue
		}
		s.asked[key] = true
		s.load(w, "", ra.HoldingQuery{Serial: key.Serial}, s.add)
		return
	}
}

// pluggedIn are the keys that are there.
func pluggedIn(seen keys.Snapshot) (all []ukey.Identity) {
	for _, info := range seen.Infos() {
		all = append(all, info.Identity())
	}
	return all
}

// add puts certificates that were asked for by themselves before the others.
func (s *certificatesStep) add(got ra.HoldingPage) { s.all = append(s.fresh(got), s.all...) }

// fresh are those of a page that are not there yet.
func (s *certificatesStep) fresh(got ra.HoldingPage) []ra.Holding {
	return slices.DeleteFunc(got.Holdings, func(h ra.Holding) bool {
		return slices.ContainsFunc(s.all, func(has ra.Holding) bool { return has.ID == h.ID })
	})
}

// last is the id of the last one in the order of the office, which those that were asked for by themselves stand outside of.
func (s *certificatesStep) last() string { return s.all[len(s.all)-1].ID }

func (s *certificatesStep) page(w *Workflow) Page {
	p := CertificatesPage{Member: w.memberCard(w.visit.member), Found: s.found, More: s.more}
	for _, h := range s.all {
		c := w.certificateCard(h)
		c.Plugged = slices.Contains(s.plugged, ukey.Identity(h.Key))
		p.Cards = append(p.Cards, c)
	}
	slices.SortStableFunc(p.Cards, func(a, b CertificateCard) int { return first(b) - first(a) })
	return p
}

// first ranks the certificate in use on a plugged key before an older one on it, and that before the others.
func first(c CertificateCard) int {
	switch {
	case c.Plugged && c.State == string(ra.CertificateActive):
		return 2
	case c.Plugged:
		return 1
	}
	return 0
}

// certificateCard puts a certificate into the customer's words.
func (w *Workflow) certificateCard(h ra.Holding) CertificateCard {
	c := CertificateCard{ID: h.ID, Service: h.Service, Model: w.nameOfModel(h.Model), Serial: h.Key.Serial, From: ra.HallDay(h.NotBefore), Until: ra.HallDay(h.NotAfter),
		State: string(h.State)}
	if h.State == ra.CertificateActive && h.Over(w.date()) {
		c.State = string(ra.CertificateExpired)
	}
	return c
}

func (s *certificatesStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case OpenCertificate:
		s.open(w, a.ID)
	case Go:
		if p := s.page(w).(CertificatesPage); len(p.Cards) > 0 && p.Cards[0].Plugged {
			s.open(w, p.Cards[0].ID)
		}
	case FindKey:
		w.visit.finding = true
		w.done()
	case SeeAll:
		w.visit.sought = ""
		w.reopen(stageCertificates)
	case SeeMore:
		if s.more {
			s.load(w, "certificates", ra.HoldingQuery{Serial: s.found, Before: s.last()}, func(got ra.HoldingPage) {
				s.all, s.more = append(s.all, s.fresh(got)...), got.More
			})
		}
	case SeeWork:
		w.start(flowWork)
	}
}

func (s *certificatesStep) open(w *Workflow, id string) {
	if i := slices.IndexFunc(s.all, func(h ra.Holding) bool { return h.ID == id }); i >= 0 {
		w.visit.holding = &s.all[i]
		w.done()
	}
}

// newFindKey takes the serial number of a key, or a part of it.
func newFindKey(*Workflow) step {
	return &formStep{
		at: stageFindKey,
		build: func(*Workflow) *form {
			return &form{id: FormFindKey, primary: "find_key", entries: []*entry{{Field: Field{ID: "serial", Kind: FieldUpper, MaxLen: 64}}}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.sought, w.visit.finding = strings.TrimSpace(f.value("serial")), false
			delete(w.visit.forms, string(stageFindKey))
			w.reopen(stageCertificates)
		},
	}
}
