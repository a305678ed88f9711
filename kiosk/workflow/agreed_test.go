package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
)

// TestAgreedIsSeenAgain: what the member agreed to is listed with version and time, and is read as it was then, whatever the project has now.
func TestAgreedIsSeenAgain(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 0)
	r := d.Registration(t)
	member, err := d.Register(t.Context(), "", r)
	if err != nil {
		t.Fatal(err)
	}
	newer := d.Project
	newer.Agreements = []ra.Agreement{{ID: newer.Agreements[0].ID, Version: newer.Agreements[0].Version + 1, Title: ra.Text{ZH: "新的协议"}, Body: ra.Text{ZH: "新的内容"}}}
	d.PutProject(t, 1, newer)
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Agreed })
	h.do(SeeAgreed{})
	p := see(h, func(p AgreedPage) bool { return len(p.Items) == len(member.Agreed) && p.Member.ID == member.ID })
	first := p.Items[0]
	if first.Version != d.Project.Agreements[0].Version || first.Title.ZH == "" || !first.At.Equal(member.Agreed[0].At) {
		t.Errorf("got %+v, want %+v", first, member.Agreed[0])
	}
	h.do(OpenAgreed{first.ID, first.Version + 1}) // nobody agreed to that
	h.do(OpenAgreed{first.ID, first.Version})
	read := see[AgreementPage](h, nil)
	if read.Agreement.Body != d.Project.Agreements[0].Body || !read.AgreedAt.Equal(first.At) {
		t.Errorf("got %+v, want the text that was agreed to", read)
	}
	h.do(Back{})
	see[AgreedPage](h, nil)
	h.do(Back{})
	see[MembersPage](h, nil)
	h.end()
}
