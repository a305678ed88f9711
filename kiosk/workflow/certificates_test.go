package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// pageOfHeld is how many certificates the fake tells of at once.
const pageOfHeld = 3

func (c *fakeClient) Holdings(_ context.Context, session string, q ra.HoldingQuery) (ra.HoldingPage, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("Holdings", session); err != nil {
		return ra.HoldingPage{}, err
	}
	all := slices.DeleteFunc(slices.Clone(c.held), func(h ra.Holding) bool {
		over := h.State != ra.CertificateActive && h.State != ra.CertificateSuspended
		return !strings.Contains(h.Key.Serial, q.Serial) || q.Before != "" && h.ID >= q.Before || q.Live && over
	})
	n := min(len(all), pageOfHeld)
	return ra.HoldingPage{Holdings: all[:n], More: len(all) > n}, nil
}

func (c *fakeClient) Work(_ context.Context, session string) (all []ra.Work, err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	member, err := c.guard("Work", session)
	for _, o := range c.orders {
		for _, u := range c.clone(o).Units {
			if err == nil && o.MembershipID == member.ID && (o.State == ra.OrderApproved || o.State == ra.OrderInProgress) && u.State == ra.UnitWaiting {
				all = append(all, ra.Work{OrderID: o.ID, OrderNumber: o.Number, Kind: o.Kind, UnitID: u.ID, State: u.State})
			}
		}
	}
	return all, err
}

// holds gives the organisation n certificates on keys of made-up serials, the last one on the key given.
func (h *hall) holds(n int, key ukey.Identity) {
	h.client.set(func() {
		for i := range n {
			one := ra.Holding{ID: fmt.Sprintf("certificate-%d", n-i), SerialNumber: fmt.Sprintf("0%d", n-i), State: ra.CertificateActive,
				NotBefore: time.Date(2026, 1, 9, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 9, 0, 0, 0, 0, time.UTC),
				Key: ra.KeyIdentity{Manufacturer: "SoftHSM", Model: "SoftHSM v2", Serial: fmt.Sprintf("SERIAL-%d", n-i)}, Model: "softhsm",
				Service: ra.Text{ZH: "机构证书一年"}, OrderNumber: "XH03-000001-1", Offers: []ra.Offer{{Kind: ra.KindRenew, Refused: ra.CodeWindowEarly,
					Args: map[string]string{"from": "2035-10-11"}}, {Kind: ra.KindReissue, Reason: ra.ReasonLost}}}
			if i == n-1 && key.Serial != "" {
				one.Key = ra.KeyIdentity(key)
			}
			h.client.held = append(h.client.held, one)
		}
	})
}

// toCertificates logs in the member that account made and opens their certificates.
func (h *hall) toCertificates() {
	h.t.Helper()
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(SeeCertificates{})
	see[CertificatesPage](h, nil)
}

// serials are those of a list, in its order.
func serials(p CertificatesPage) (all []string) {
	for _, c := range p.Cards {
		all = append(all, c.Serial)
	}
	return all
}

// TestMyCertificates: the list in pages, one of them with its facts and with what may be done, and why not; 上一步 leads back.
func TestMyCertificates(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.holds(4, ukey.Identity{})
	h.toCertificates()
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 3 && p.More && p.Member.Organisation != "" })
	h.do(SeeMore{})
	p := see(h, func(p CertificatesPage) bool { return len(p.Cards) == 4 && !p.More })
	if got := serials(p); got[0] != "SERIAL-4" || got[3] != "SERIAL-1" || p.Cards[0].Model.ZH != "软件钥匙" || p.Cards[0].Until != "2036-01-09" || p.Cards[0].State != "active" {
		t.Errorf("cards %+v", p.Cards)
	}
	h.do(OpenCertificate{"certificate-2"})
	one := see(h, func(p CertificatePage) bool { return p.Card.Serial == "SERIAL-2" })
	if len(one.Offers) != 2 || one.Offers[0].ID != "renew" || !isFault(one.Offers[0].Why, ra.CodeWindowEarly) || one.Offers[0].Why.Args["from"] != "2035-10-11" ||
		one.Offers[1].ID != "reissue_lost" || one.Offers[1].Why != nil {
		t.Errorf("offers %+v", one.Offers)
	}
	if !slices.ContainsFunc(one.Facts, func(r Row) bool { return r.ID == "organisation.name" && r.Value == "杭州某某有限公司" }) {
		t.Errorf("facts %+v", one.Facts)
	}
	h.do(Back{})
	see[CertificatesPage](h, nil)
	h.do(Back{})
	see[OrdersPage](h, nil)
	h.end()
}

// TestFindCertificateBySerial: a part of it does, what is not there is said, and all come back.
func TestFindCertificateBySerial(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.holds(3, ukey.Identity{})
	h.toCertificates()
	h.do(FindKey{})
	h.form(FormFindKey, "serial", "L-2")
	see(h, func(p CertificatesPage) bool {
		return len(p.Cards) == 1 && p.Cards[0].Serial == "SERIAL-2" && p.Found == "L-2"
	})
	h.do(OpenCertificate{"certificate-2"})
	see[CertificatePage](h, nil)
	h.do(Back{})
	see(h, func(p CertificatesPage) bool { return p.Found == "L-2" })
	h.do(SeeAll{})
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 3 && p.Found == "" })
	h.do(FindKey{})
	see(h, func(p FormPage) bool { return p.ID == FormFindKey && p.Fields[0].Value == "" })
	h.do(Back{})
	see[CertificatesPage](h, nil)
	h.do(FindKey{})
	h.form(FormFindKey, "serial", "XYZ")
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 0 && p.Found == "XYZ" })
	h.end()
}

// TestPluggedKeyIsPreselected: its certificate stands first, even where the list had not come so far, and the main button opens it;
// once the key is pulled it stands where it stood.
func TestPluggedKeyIsPreselected(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	h.holds(5, h.hub.Identity(0))
	h.hub.Plug(t, 0)
	h.toCertificates()
	see(h, func(p CertificatesPage) bool {
		return len(p.Cards) == 4 && p.Cards[0].Plugged && p.Cards[0].ID == "certificate-1" && !p.Cards[1].Plugged
	})
	h.do(Go{})
	see(h, func(p CertificatePage) bool { return p.Card.ID == "certificate-1" })
	h.do(Back{})
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 4 && p.Cards[0].Plugged })
	h.hub.Pull(t, 0)
	see(h, func(p CertificatesPage) bool {
		return len(p.Cards) == 4 && !slices.ContainsFunc(p.Cards, func(c CertificateCard) bool { return c.Plugged })
	})
	h.do(Go{}) // nothing is preselected now
	h.do(SeeMore{})
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 5 && !p.More })
	h.end()
}

// TestApprovedWork lists what waits over all orders, and opens the order of one.
func TestApprovedWork(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(2, ra.OrderApproved)
	h.toCertificates()
	h.do(SeeWork{})
	see(h, func(p WorkPage) bool {
		return len(p.Work) == 2 && p.Work[0].OrderID == id && p.Work[0].Offer == "new" && p.Work[0].Serial == ""
	})
	h.do(OpenOrder{"another"}, OpenOrder{id})
	see[KeyPage](h, nil)
	h.end()
}

// TestCertificatesOfTheMembershipOnly: whoever switches sees nothing of the one before.
func TestCertificatesOfTheMembershipOnly(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.holds(3, ukey.Identity{})
	h.order(1, ra.OrderOpen)
	h.inFirstOfTwo()
	h.do(SeeCertificates{})
	see[CertificatesPage](h, nil)
	h.do(FindKey{})
	h.form(FormFindKey, "serial", "L-2")
	see(h, func(p CertificatesPage) bool { return p.Found == "L-2" })
	h.do(OpenCertificate{"certificate-2"})
	see[CertificatePage](h, nil)
	h.client.set(func() { h.client.held = nil })
	h.do(Back{})
	see(h, func(p CertificatesPage) bool { return p.Found == "L-2" && len(p.Cards) == 0 })
	h.do(Back{})
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see[MembersPage](h, nil)
	h.do(ChooseMember{"second"})
	see(h, func(p OrdersPage) bool { return p.Member.ID == "second" })
	h.do(SeeCertificates{})
	see(h, func(p CertificatesPage) bool { return p.Found == "" && p.Member.ID == "second" })
	h.end()
}

func (c *fakeClient) ReportLost(_ context.Context, session, id string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("ReportLost", session); err != nil {
		return err
	}
	i := slices.IndexFunc(c.held, func(h ra.Holding) bool { return h.ID == id })
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	c.held[i].State, c.held[i].LostAt = ra.CertificateSuspended, &now
	return nil
}

// confirm confirms the membership that account made.
func (h *hall) confirm() {
	h.client.set(func() { h.client.members["13800001234"][0].State = ra.MembershipConfirmed })
}

// TestReportALostKey: what it means and which key, asked twice, and back in the list it stands as suspended and cannot be reported again;
// who goes back has reported nothing, and a refusal is told where it was asked.
func TestReportALostKey(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.confirm()
	h.holds(2, ukey.Identity{})
	h.toCertificates()
	h.do(OpenCertificate{"certificate-1"})
	see(h, func(p CertificatePage) bool { return p.Report && !p.Lost })
	h.do(ReportLost{})
	see(h, func(p FormPage) bool {
		return p.ID == FormLost && slices.ContainsFunc(p.Facts, func(r Row) bool { return r.ID == "serial" && r.Value == "SERIAL-1" })
	})
	h.do(Back{})
	see(h, func(p CertificatePage) bool { return p.Report })
	h.do(Back{})
	see[CertificatesPage](h, nil)
	h.do(OpenCertificate{"certificate-2"})
	see(h, func(p CertificatePage) bool { return p.Card.Serial == "SERIAL-2" })
	h.do(ReportLost{})
	h.form(FormLost)
	see(h, func(p FormPage) bool {
		return p.ID == FormLostSure && slices.ContainsFunc(p.Facts, func(r Row) bool { return r.ID == "serial" && r.Value == "SERIAL-2" })
	})
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormLost })
	h.form(FormLost)
	h.client.set(func() { h.client.refuse["ReportLost"] = ra.E(ra.CodeReportAtDesk) })
	h.form(FormLostSure)
	see(h, func(p FormPage) bool { return p.ID == FormLostSure && isFault(p.Fault, ra.CodeReportAtDesk) })
	h.do(Go{})
	see(h, func(p NoticePage) bool { return p.ID == "reported_lost" && p.Args["serial"] == "SERIAL-2" })
	h.do(Go{})
	see(h, func(p CertificatesPage) bool { return p.Cards[0].State == "suspended" && p.Cards[1].State == "active" })
	h.do(OpenCertificate{"certificate-2"})
	see(h, func(p CertificatePage) bool { return p.Lost && !p.Report })
	h.do(ReportLost{}) // there is no such button
	h.do(Back{})
	see[CertificatesPage](h, nil)
	h.end()
}

// TestClaimedMemberReportsNothing: who only claims the organisation has no button for it.
func TestClaimedMemberReportsNothing(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.holds(1, ukey.Identity{})
	h.toCertificates()
	h.do(OpenCertificate{"certificate-1"})
	see(h, func(p CertificatePage) bool { return !p.Report })
	h.do(ReportLost{}, Back{})
	see[CertificatesPage](h, nil)
	h.end()
}
