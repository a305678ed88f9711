package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// fakeNow is a Monday morning in the hall.
var fakeNow = time.Date(2026, 11, 23, 2, 36, 0, 0, time.UTC)

// needVendor skips when the browser's libraries are not there; in CI that is a failure.
func needVendor(t *testing.T) {
	t.Helper()
	if _, err := loadAssets(files); errors.Is(err, errNotVendored) {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func id(n int) string { return fmt.Sprintf("019aaed0-1c80-7000-8000-%012d", n) }

func operationID(at time.Time, n int) string {
	ms := uint64(at.UnixMilli())
	return fmt.Sprintf("%08x-%04x-7000-8000-%012d", ms>>16, ms&0xffff, n)
}

func creditCode(first17 string) string { return first17 + string(ra.CreditCheck(first17)) }
func idNumber(first17 string) string   { return first17 + string(ra.IDCheck(first17)) }

var (
	wang  = member(1, "wangmin", "王敏", ra.RoleSupervisor, ra.RoleReviewer, ra.RoleFinance)
	chen  = member(2, "chenwei", "陈伟", ra.RoleReviewer, ra.RoleFinance)
	sun   = member(3, "sunli", "孙丽", ra.RoleCounter)
	liu   = member(4, "liuyang", "刘洋", ra.RoleAdministrator)
	zhou  = member(5, "zhoujie", "周洁", ra.RoleAdministrator)
	he    = member(6, "heping", "何平", ra.RoleAuditor)
	hall  = ra.Text{ZH: "数字证书服务大厅", EN: "Digital certificate hall"}
	halls = []ra.Hall{{ID: "xihu", Name: hall}, {ID: "binjiang", Name: ra.Text{ZH: "滨江服务大厅", EN: "Binjiang hall"}}}
)

var fakeProjects = []ra.Project{{ID: "eseal", Name: ra.Text{ZH: "杭州电子印章中心", EN: "Hangzhou e-seal centre"}},
	{ID: "trade", Name: ra.Text{ZH: "公共资源交易中心", EN: "Public resources trading centre"}}}

// member has the roles everywhere.
func member(n int, login, name string, roles ...ra.Role) ra.Staff {
	m := ra.Staff{ID: id(n), Login: login, Name: name, Epoch: 1, Mobile: fmt.Sprintf("139%08d", n)}
	at := fakeNow.AddDate(0, -5, n)
	for i, r := range roles {
		m.Grants = append(m.Grants, ra.Grant{ID: id(10*n + 500 + i), StaffID: m.ID, Role: r, GivenBy: id(4), GivenAt: at, ConfirmedBy: id(5), ConfirmedAt: &at})
	}
	return m
}

var fakeKiosks = []book.KioskStatus{
	{Kiosk: ra.Kiosk{ID: id(11), Prefix: "XH03", HallID: "xihu", Hall: hall, Window: ra.Text{ZH: "西湖窗口 03", EN: "West Lake window 03"}},
		Projects: []string{"eseal", "trade"}, EnrolledAt: fakeNow.AddDate(0, -4, 0), SeenAt: ptr(fakeNow.Add(-40 * time.Second)), NotAfter: fakeNow.AddDate(1, 8, 0)},
	{Kiosk: ra.Kiosk{ID: id(12), Prefix: "XH04", HallID: "xihu", Hall: hall, Window: ra.Text{ZH: "西湖窗口 04", EN: "West Lake window 04"}},
		Projects: []string{"eseal"}, EnrolledAt: fakeNow.AddDate(-1, -11, 0), SeenAt: ptr(fakeNow.Add(-3 * time.Hour)), NotAfter: fakeNow.AddDate(0, 0, 21)},
	{Kiosk: ra.Kiosk{ID: id(13), Prefix: "BJ01", HallID: "binjiang", Hall: halls[1].Name, Window: ra.Text{ZH: "滨江窗口 01", EN: "Binjiang window 01"}},
		Projects: []string{"trade"}, EnrolledAt: fakeNow.AddDate(0, 0, -1), NotAfter: fakeNow.AddDate(2, 0, 0)},
}

func ptr[T any](v T) *T { return &v }

func paper(kind ra.MaterialKind, verdict ra.Verdict, pages int) ra.Material {
	m := ra.Material{Kind: kind, Verdict: verdict}
	for i := range pages {
		sum := sha256.Sum256(fmt.Append(nil, kind, i))
		m.Pages = append(m.Pages, ra.Page{ID: id(900 + i), SHA256: hex.EncodeToString(sum[:]), Bytes: 400_000, Width: 620, Height: 877, At: fakeNow})
	}
	return m
}

// application makes a case of n keys that was placed so many minutes ago.
func application(n int, organisation string, keys, minutes int) *review.Case {
	created := fakeNow.Add(-time.Duration(minutes) * time.Minute)
	kiosk := fakeKiosks[n%2].Kiosk
	c := &review.Case{Kiosk: kiosk, Project: ra.Project{ID: "eseal", Name: ra.Text{ZH: "杭州电子印章中心", EN: "Hangzhou e-seal centre"},
		Agreements: []ra.Agreement{{ID: "service", Version: 3, Title: ra.Text{ZH: "电子认证服务协议", EN: "Certification service agreement"}}}}}
	applicant := ra.Applicant{
		Organisation: ra.Organisation{Name: organisation, CreditCode: creditCode("91330106MA2B1X2C3"), Address: "杭州市西湖区文三路 1 号"},
		Legal:        ra.Person{Name: "张三", Document: ra.DocumentResident, IDNumber: idNumber("33010619750101001")},
		Handler:      ra.Person{Name: "李四", Document: ra.DocumentResident, IDNumber: idNumber("33010619900307123"), Mobile: "13800000000"},
	}
	c.Member = ra.Membership{State: ra.MembershipClaimed, ID: id(200 + n), Login: "13800000000", Agreed: []ra.Agreed{{AgreementID: "service", Version: 3, At: created}, {AgreementID: "privacy", Version: 1, At: created}}}
	c.Order = ra.Order{ID: id(100 + n), Number: ra.OrderNumber(kiosk.Prefix, int64(120+n)), Kind: ra.KindNew, ProjectID: "eseal",
		KioskID: kiosk.ID, HallID: kiosk.HallID, State: ra.OrderOpen, Payment: ra.PaymentAwaitingConfirmation, Materials: ra.MaterialsSubmitted, Version: 4,
		Applicant: applicant, AmountFen: int64(keys) * 20000, CreatedAt: created, UpdatedAt: created,
		Lines:    []ra.Line{{ServiceID: "one-year", Name: ra.Text{ZH: "机构证书 1 年", EN: "Organisation certificate, 1 year"}, Quantity: keys, PriceFen: 20000, TermMonths: 12}},
		Invoice:  ra.Invoice{Kind: ra.InvoiceOrdinary, Title: organisation, TaxNumber: applicant.Organisation.CreditCode},
		Delivery: ra.Delivery{Kind: ra.DeliveryCounter},
		Papers: []ra.Material{paper(ra.MaterialLicence, ra.VerdictNone, 1), paper(ra.MaterialIdentity, ra.VerdictNone, 2),
			paper(ra.MaterialForm, ra.VerdictNone, 1), paper(ra.MaterialRemittance, ra.VerdictNone, 1)}}
	for i := range keys {
		c.Order.Units = append(c.Order.Units, ra.Unit{ID: id(300 + 10*n + i), OrderID: c.Order.ID, Index: i + 1, State: ra.UnitWaiting, TermMonths: 12})
	}
	c.Checks = []review.Check{{Name: "credit_code", OK: true}, {Name: "id_number", OK: true}, {Name: "mobile_elsewhere", Note: "1"}, {Name: "doubt_name_odd", Note: "legal.name"},
		{Name: "pages_complete", OK: true, Note: "0"}}
	c.History = []book.AuditRow{{At: created, ActorKind: "customer", Action: "order.place", Facts: map[string]string{"number": c.Order.Number}},
		{At: created.Add(3 * time.Minute), ActorKind: "customer", Action: "material.add_page"},
		{At: created.Add(4 * time.Minute), ActorKind: "customer", Action: "material.add_page"},
		{At: created.Add(4 * time.Minute), ActorKind: "customer", Action: "order.submit"},
		{At: created.Add(8 * time.Minute), ActorKind: "staff", ActorID: wang.ID, Action: "page.view"}}
	return c
}

// newFake is a hall in the middle of its morning.
func newFake(t testing.TB) *fakeRules {
	t.Helper()
	f := &fakeRules{now: fakeNow, staff: []ra.Staff{wang, chen, sun, liu, zhou, he}, cases: map[string]*review.Case{}, kiosks: fakeKiosks,
		fail: map[string]error{}, passwords: map[string]string{}, watch: make(chan struct{}, 1)}
	f.scan = drawScan
	add := func(c *review.Case) *review.Case { f.cases[c.Order.ID] = c; return c }

	add(application(1, "杭州示例科技有限公司", 3, 24))
	paid := add(application(2, "宁波样本贸易有限公司", 1, 17))
	paid.Order.Payment, paid.Order.Papers[0].Verdict, paid.Order.Papers[1].Verdict = ra.PaymentPaid, ra.VerdictAccepted, ra.VerdictAccepted
	paid.Reference = "2026112300981"
	paid.History = append(paid.History, book.AuditRow{At: fakeNow.Add(-5 * time.Minute), ActorKind: "staff", ActorID: chen.ID, Action: "order.note",
		Facts: map[string]string{"note": "已与客户电话核对开票信息"}})
	taken := add(application(3, "绍兴范例建设工程咨询有限责任公司", 2, 11))
	taken.Claim = &book.Claim{OrderID: taken.Order.ID, StaffID: chen.ID, Name: chen.Name, Until: fakeNow.Add(6 * time.Minute)}
	back := add(application(4, "嘉兴例子食品有限公司", 1, 6))
	back.Order.Papers[2].Verdict = ra.VerdictReturned
	back.Order.Papers[2].Reasons = []ra.Reason{{Kind: ra.ReasonNoSeal, Material: ra.MaterialForm}}
	back.Order.Papers[0].Verdict, back.Order.Papers[1].Verdict, back.Order.Payment = ra.VerdictAccepted, ra.VerdictAccepted, ra.PaymentPaid
	unpaid := add(application(5, "金华试用软件有限公司", 5, 2))
	unpaid.Order.Payment = ra.PaymentUnpaid
	unpaid.Order.Papers[3].Pages = nil
	f.addFinished(t, add)
	f.addJobs()
	return f
}

// addFinished adds orders that are past the review, with certificates.
func (f *fakeRules) addFinished(t testing.TB, add func(*review.Case) *review.Case) {
	t.Helper()
	making := add(application(6, "温州演示物流有限公司", 3, 95))
	accept(making, ra.OrderInProgress)
	done := add(application(7, "湖州模板印务有限公司", 1, 180))
	accept(done, ra.OrderDone)
	cancelled := add(application(8, "丽水测试农业专业合作社", 1, 260))
	cancelled.Order.State, cancelled.Order.Payment, cancelled.Order.Materials = ra.OrderCancelled, ra.PaymentUnpaid, ra.MaterialsReturned
	cancelled.Order.Returned = []ra.Reason{{Kind: ra.ReasonOther, Note: "机构已注销"}}

	first, second := &making.Order.Units[0], &making.Order.Units[1]
	f.key(t, making, first, ra.UnitDone, 41, 80)
	f.key(t, making, second, ra.UnitIssued, 42, 74)
	f.key(t, making, &making.Order.Units[2], ra.UnitReserved, 43, 1)
	f.key(t, done, &done.Order.Units[0], ra.UnitDone, 44, 150)
}

// renamed makes a case one of a new name, on a key that is in use.
func renamed(c *review.Case) {
	was := c.Order.Applicant
	c.Member.Organisation, c.Member.Legal, c.Member.Handler = was.Organisation, was.Legal, was.Handler
	about(c, ra.KindChange, ra.ReasonName)
	c.Order.Applicant.Organisation.Name = "宁波样本国际贸易有限公司"
	c.Order.Changes, c.Order.Former, c.Order.Files = []string{"organisation.name"}, &was, ra.FilesNone
}

// about makes a case one of a service on a key that is in use.
func about(c *review.Case, kind ra.Kind, reason ra.ServiceReason) {
	c.Order.Kind, c.Order.Reason = kind, reason
	key := ra.KeyIdentity{Manufacturer: "SoftHSM project", Model: "SoftHSM v2", Serial: "7f03a1c49021"}
	end := fakeNow.AddDate(0, 2, 0)
	u := &c.Order.Units[0]
	u.Target = &ra.UnitTarget{CertificateID: id(444), SerialNumber: "5a01c3e99b7d4f20002c", Key: key, NotAfter: end}
	if rule, _ := ra.RuleOf(kind, reason); !rule.Term {
		u.TermMonths = 0
	}
	c.Project.Models = []ra.UKeyModel{{ID: "softhsm", Name: ra.Text{ZH: "软件钥匙", EN: "Software key"}}}
	c.Concerns = []book.Concern{{UnitID: u.ID, Model: "softhsm", PIN: ra.TokenPINOK, Certificate: ra.Certificate{ID: id(444), SerialNumber: "5a01c3e99b7d4f20002c",
		State: ra.CertificateActive, Key: key, NotAfter: end}}}
}

// Cases of the services on keys that are in use, as the reviewer gets them.
var services = map[string]func(*review.Case){
	"renew": func(c *review.Case) { about(c, ra.KindRenew, ra.ReasonNone) },
	"extend": func(c *review.Case) {
		about(c, ra.KindExtend, ra.ReasonNone)
		c.Order.Files = ra.FilesNone
		c.Concerns[0].Term, c.Concerns[0].Waiting = &book.PaidTerm{Months: 12, State: ra.TermOpen, Number: "XH03-000131-9"}, 12
		c.Order.Units[0].TermID = id(71)
	},
	"extend-files": func(c *review.Case) {
		about(c, ra.KindExtend, ra.ReasonNone)
		c.Order.Files = ra.FilesSome
	},
	"change-legal": func(c *review.Case) {
		was := c.Order.Applicant
		about(c, ra.KindChange, ra.ReasonLegal)
		c.Order.Units, c.Concerns = nil, nil
		c.Order.Applicant.Legal = ra.Person{Name: "王五", Document: ra.DocumentPassport, IDNumber: "E12345678"}
		c.Order.Changes, c.Order.Former = []string{"legal.name", "legal.document", "legal.id_number"}, &was
	},
	"change-data": func(c *review.Case) {
		was := c.Order.Applicant
		was.Handler.Email = "lisi@example.com"
		about(c, ra.KindChange, ra.ReasonData)
		c.Order.Applicant.Handler = ra.Person{Name: "赵六", Document: ra.DocumentResident, IDNumber: idNumber("33010619880808111"), Mobile: "13900001111"}
		c.Order.Changes, c.Order.Former, c.Order.Files = []string{"handler.name", "handler.id_number", "handler.mobile", "handler.email"}, &was, ra.FilesNone
	},
	"reissue-lost": func(c *review.Case) {
		about(c, ra.KindReissue, ra.ReasonLost)
		c.Order.Files = ra.FilesNone
		c.Concerns[0].Certificate.State, c.Concerns[0].LostAt = ra.CertificateSuspended, ptr(fakeNow.Add(-26*time.Hour))
		c.Concerns[0].Others, c.Concerns[0].Waiting = []string{"XH03-000133-5"}, 12
	},
	"reissue-damaged": func(c *review.Case) {
		about(c, ra.KindReissue, ra.ReasonDamaged)
		c.Order.Files = ra.FilesNone
		accept(c, ra.OrderApproved)
		c.Concerns[0].Certificate.State = ra.CertificateSuperseded
		c.History[len(c.History)-1].Moved = map[string]string{"certificate " + id(444): "5a01c3e99b7d4f20002c superseded", "term " + id(71): "open 12 " + id(444)}
	},
	"unlock": func(c *review.Case) {
		about(c, ra.KindUnlock, ra.ReasonNone)
		c.Order.Payment, c.Order.AmountFen = ra.PaymentNothingDue, 0
		c.Concerns[0].PIN = ra.TokenPINLocked
	},
}

// withOwed has two units of orders that were paid for nothing.
func withOwed(f *fakeRules) {
	c := f.cases[id(108)]
	c.Order.Payment = ra.PaymentPaid
	about(c, ra.KindExtend, ra.ReasonNone)
	c.Owed = []book.Owed{{ID: id(881), OrderID: c.Order.ID, UnitID: c.Order.Units[0].ID, AmountFen: 19000, Because: "order.overtaken", At: fakeNow.Add(-time.Hour)}}
	f.owed = []book.OwedRow{{Owed: c.Owed[0], Number: c.Order.Number, Kind: ra.KindExtend, Index: 1, Organisation: c.Order.Applicant.Organisation.Name},
		{Owed: book.Owed{ID: id(882), OrderID: id(107), AmountFen: 20000, Because: "order.cancel", At: fakeNow.Add(-2 * time.Minute)},
			Number: f.cases[id(107)].Order.Number, Kind: ra.KindNew, Index: 2, Organisation: f.cases[id(107)].Order.Applicant.Organisation.Name}}
}

// sentCode is an authorization code that the customer has since then.
func sentCode(at time.Time) *review.CodeStatus {
	return &review.CodeStatus{State: review.CodeGood, Left: review.MaxWrongCodes, Until: at.Add(review.AuthCodeLifetime), Sent: book.MessageSent, Mobile: "138****0000"}
}

func accept(c *review.Case, state ra.OrderState) {
	c.Order.State, c.Order.Payment, c.Order.Materials, c.Reference = state, ra.PaymentPaid, ra.MaterialsAccepted, "2026112300455"
	for i := range c.Order.Papers {
		c.Order.Papers[i].Verdict = ra.VerdictAccepted
	}
	at := c.Order.CreatedAt.Add(9 * time.Minute)
	c.Order.ApprovedAt = &at
	c.Messages = []book.SentMessage{{ID: id(600), OrderID: c.Order.ID, Mobile: "138****0000", Template: "approved", CreatedAt: at, State: book.MessageSent, EndedAt: &at, Attempts: 1}}
	c.History = append(c.History, book.AuditRow{At: at, ActorKind: "staff", Action: "order.approve"})
	if state == ra.OrderApproved || state == ra.OrderInProgress {
		c.Code = sentCode(at)
	}
}

func (f *fakeRules) key(t testing.TB, c *review.Case, u *ra.Unit, state ra.UnitState, n, minutes int) {
	t.Helper()
	began := fakeNow.Add(-time.Duration(minutes) * time.Minute)
	u.State, u.KioskID, u.UKeyModel, u.UKeySerial = state, c.Order.KioskID, "SoftHSM v2", fmt.Sprintf("9f3c0a7e11d2%04d", n)
	u.OperationID = operationID(began, n)
	if state == ra.UnitReserved {
		return
	}
	u.CertificateID = id(400 + n)
	cert := ra.Certificate{ID: u.CertificateID, SerialNumber: fmt.Sprintf("5a01c3e99b7d4f20%04x", n), OperationID: u.OperationID,
		OrderID: c.Order.ID, UnitID: u.ID, State: ra.CertificateIssued, Subject: "CN=" + c.Order.Applicant.Organisation.Name + ",SERIALNUMBER=" +
			c.Order.Applicant.Organisation.CreditCode + ",C=CN", NotBefore: began.Truncate(time.Hour), NotAfter: began.Truncate(time.Hour).AddDate(1, 0, 0)}
	cert.DER = madeUpCertificate(t, cert)
	if state == ra.UnitDone {
		cert.State = ra.CertificateActive
		c.Proofs = append(c.Proofs, book.StoredProof{OperationID: u.OperationID, Served: u.OperationID, At: began.Add(time.Minute)})
	}
	c.Certificates = append(c.Certificates, cert)
	f.certificates = append(f.certificates, cert)
}

func madeUpCertificate(t testing.TB, c ra.Certificate) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := new(big.Int).SetString(c.SerialNumber, 16)
	template := &x509.Certificate{SerialNumber: serial, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		Subject: pkix.Name{Country: []string{"CN"}, CommonName: "Keyhall Demo CA"}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
