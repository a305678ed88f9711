package console

import (
	"context"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
)

// certificate is a row of the made-up register.
func (f *fakeRules) certificate(id string) *ra.Certificate {
	i := slices.IndexFunc(f.certificates, func(c ra.Certificate) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &f.certificates[i]
}

// second makes the project of a certificate want a second person for everything that may wait.
func (f *fakeRules) second(certificateID string) {
	f.cases[f.certificate(certificateID).OrderID].Project.SecondPerson = ra.SecondPersonActs()
}

func (f *fakeRules) CertificateFile(_ context.Context, _ ra.Staff, id string) (issuing.CertificateFile, error) {
	c := f.certificate(id)
	if c == nil {
		return issuing.CertificateFile{}, ra.E(ra.CodeNotFound)
	}
	file := issuing.CertificateFile{Certificate: *c, Suspensions: f.suspensions[id], Told: 2, Ending: []ra.Order{{Number: "XH03-0000311"}},
		History: []book.AuditRow{{At: c.NotBefore, ActorKind: "kiosk", Action: "certificate.issue", Facts: map[string]string{"serial_number": c.SerialNumber}}}}
	for _, h := range slices.Backward(f.suspensions[id]) {
		file.History = append(file.History, book.AuditRow{At: h.At, ActorKind: "staff", ActorID: wang.ID, Action: "certificate.suspend",
			Facts: map[string]string{"because": string(h.Ground), "reason": h.Note}})
	}
	if f.waiting != nil && f.waiting.CertificateID == id {
		file.Waiting = f.waiting
		file.History = append(file.History, book.AuditRow{At: f.waiting.AskedAt, ActorKind: "staff", ActorID: wang.ID, Action: "ruling.ask",
			Facts: map[string]string{"because": string(f.waiting.Ground), "reason": f.waiting.Note, "asked_by": wang.ID}})
	}
	return file, f.failure("CertificateFile")
}

func (f *fakeRules) Rule(_ context.Context, _ ra.Staff, r book.Ruling) (bool, error) {
	switch {
	case f.failure("Rule") != nil:
		return false, f.failure("Rule")
	case !r.Ground.For(r.Act):
		return false, ra.E(ra.CodeInvalid).At("reason")
	case r.Note == "":
		return false, ra.E(ra.CodeReasonMissing).At("note")
	}
	c := f.certificate(r.CertificateID)
	if f.cases[c.OrderID].Project.NeedsSecond(r.Act) {
		f.waiting = &r
		return true, nil
	}
	c.State = map[ra.Act]ra.CertificateState{ra.ActSuspend: ra.CertificateSuspended, ra.ActRestore: ra.CertificateActive, ra.ActRevoke: ra.CertificateRevoked}[r.Act]
	return false, nil
}

func (f *fakeRules) Ruling(_ context.Context, _ ra.Staff, id string) (book.Ruling, error) {
	if f.waiting == nil || f.waiting.ID != id {
		return book.Ruling{}, ra.E(ra.CodeNotFound)
	}
	return *f.waiting, nil
}

func (f *fakeRules) ConfirmRuling(_ context.Context, staff ra.Staff, _ string) error {
	if staff.ID == f.waiting.AskedBy {
		return ra.E(ra.CodeRulingSecond)
	}
	f.waiting = nil
	return f.failure("ConfirmRuling")
}

func (f *fakeRules) DropRuling(context.Context, ra.Staff, string) error {
	f.waiting = nil
	return f.failure("DropRuling")
}

func (f *fakeRules) WaitingRulings(context.Context, ra.Staff) ([]book.WaitingRuling, error) {
	if f.waiting == nil {
		return nil, f.failure("WaitingRulings")
	}
	c := f.certificate(f.waiting.CertificateID)
	return []book.WaitingRuling{{Ruling: *f.waiting, SerialNumber: c.SerialNumber, Organisation: f.cases[c.OrderID].Order.Applicant.Organisation.Name, Asker: wang.Name}}, nil
}
