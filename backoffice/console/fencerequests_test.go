package console_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// fenceRequests make a good request for each route.
var fenceRequests = map[string]func(*fenceScene) request{
	"GET /static/": at("/static/console.css"),
	"GET /login":   at("/login"),
	"POST /login": func(s *fenceScene) request {
		return request{path: "/login", still: true, form: url.Values{"login": {s.Counter.Login}, "password": {servicetest.Password}}}
	},
	"POST /language": func(*fenceScene) request {
		return request{path: "/language", still: true, form: url.Values{"language": {"en"}, "to": {"/"}}}
	},
	"POST /logout":  func(*fenceScene) request { return request{path: "/logout", still: true} },
	"GET /password": at("/password"),
	"POST /password": func(*fenceScene) request {
		return request{path: "/password", form: url.Values{"old": {servicetest.Password}, "password": {"hangzhou2027"}, "again": {"hangzhou2027"}}}
	},
	"GET /{$}": showing("/"),

	"GET /queue":                showing("/queue"),
	"POST /queue/next":          func(s *fenceScene) request { s.submitted(); return request{path: "/queue/next"} },
	"POST /orders/{id}/claim":   func(s *fenceScene) request { return s.submitted().to("claim") },
	"POST /orders/{id}/unclaim": func(s *fenceScene) request { r := s.submitted().to("unclaim"); r.still = true; return r },
	"POST /orders/{id}/renew":   func(s *fenceScene) request { return s.submitted().to("renew") },
	"POST /orders/{id}/takeover": func(s *fenceScene) request {
		o := s.submitted()
		s.must(s.Claim(s.t.Context(), s.Supervisor, o.ID))
		return o.to("takeover")
	},

	"GET /orders/{id}": func(s *fenceScene) request { return request{path: "/orders/" + s.order.ID, mark: s.order.Number} },
	"POST /orders/{id}/verdict": func(s *fenceScene) request {
		return s.submitted().to("verdict", "kind", string(ra.MaterialForm), "verdict", string(ra.VerdictReturned), "reason", string(ra.ReasonNoSeal))
	},
	"POST /orders/{id}/payment": func(s *fenceScene) request {
		o := s.submitted()
		return o.to("payment", "amount", fmt.Sprintf("%d.%02d", o.AmountFen/100, o.AmountFen%100), "reference", "REF-"+o.Number)
	},
	"POST /orders/{id}/payment/refuse": func(s *fenceScene) request {
		return s.submitted().to("payment/refuse", "reason", string(ra.ReasonNoTransfer))
	},
	"POST /orders/{id}/return": func(s *fenceScene) request {
		o := s.submitted()
		order, err := s.Judge(s.t.Context(), s.Supervisor, o.ID, ra.MaterialForm, ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonNoSeal}}, o.Version)
		s.must(err)
		return decided{order}.to("return")
	},
	"POST /orders/{id}/approve": func(s *fenceScene) request {
		return decided{s.Paid(s.t, s.Judged(s.t, s.submitted().Order))}.to("approve")
	},
	"POST /orders/{id}/cancel": func(s *fenceScene) request { return s.submitted().to("cancel", "reason", string(ra.ReasonNoSeal)) },
	"POST /orders/{id}/code": func(s *fenceScene) request {
		order, _ := s.Approved(s.t, s.member, 1)
		return decided{order}.to("code")
	},
	"POST /orders/{id}/note": func(s *fenceScene) request {
		r := decided{s.order}.to("note", "note", "x")
		r.still = true // a line of the trail
		return r
	},
	"GET /orders/{id}/scans/{sha256}": func(s *fenceScene) request { return request{path: "/orders/" + s.order.ID + "/scans/" + s.page} },

	"GET /orders/{id}/scans/{sha256}/thumb": func(s *fenceScene) request {
		return request{path: "/orders/" + s.order.ID + "/scans/" + s.page + "/thumb"}
	},

	"GET /payments":               showing("/payments"),
	"GET /orders":                 showing("/orders"),
	"GET /certificates":           func(s *fenceScene) request { return request{path: "/certificates", mark: s.issued.CertificateID} },
	"GET /certificates/{id}":      func(s *fenceScene) request { return request{path: "/certificates/" + s.issued.CertificateID} },
	"GET /certificates/{id}/file": func(s *fenceScene) request { return request{path: "/certificates/" + s.issued.CertificateID + "/file"} },

	"POST /certificates/{id}/suspend": func(s *fenceScene) request { return s.ruling("suspend", ra.GroundMisuse, s.active()) },
	"POST /certificates/{id}/restore": func(s *fenceScene) request {
		certificate := s.active()
		s.must(s.Suspend(s.t.Context(), s.command(), certificate, "x"))
		return s.ruling("restore", ra.GroundMistake, certificate)
	},
	"POST /certificates/{id}/found": func(s *fenceScene) request {
		certificate := s.active()
		_, err := s.Rule(s.t.Context(), s.command(), book.Ruling{CertificateID: certificate, Act: ra.ActSuspend, Ground: ra.GroundLost, Note: "x"})
		s.must(err)
		return s.ruling("found", ra.GroundBack, certificate)
	},
	"POST /certificates/{id}/revoke": func(s *fenceScene) request { return s.ruling("revoke", ra.GroundSuperseded, s.active()) },
	"POST /rulings/{id}/confirm":     func(s *fenceScene) request { return s.asked("confirm") },
	"POST /rulings/{id}/drop":        func(s *fenceScene) request { return s.asked("drop") },

	"GET /desk": func(s *fenceScene) request {
		return request{path: "/desk?q=" + s.member.Handler.Mobile, mark: "/desk/" + s.member.ID}
	},
	"GET /desk/{id}": func(s *fenceScene) request { return request{path: "/desk/" + s.member.ID} },
	"POST /desk/{id}/access": func(s *fenceScene) request {
		return request{path: "/desk/" + s.registered().ID + "/access", files: s.papers(), form: url.Values{"request": {servicetest.ID(s.t)}, "hall": {servicetest.HallID},
			"kind": {string(ra.AccessPassword)}, "note": {"x"}}}
	},
	"GET /access/{id}":               func(s *fenceScene) request { return request{path: "/access/" + s.desk()} },
	"GET /access/{id}/papers/{kind}": func(s *fenceScene) request { return request{path: "/access/" + s.desk() + "/papers/card_front"} },
	"POST /access/{id}/confirm":      func(s *fenceScene) request { return request{path: "/access/" + s.desk() + "/confirm"} },
	"POST /access/{id}/decline": func(s *fenceScene) request {
		return request{path: "/access/" + s.desk() + "/decline", form: url.Values{"answer": {"x"}}}
	},

	"GET /operations": func(s *fenceScene) request { return request{path: "/operations", mark: s.begun.Operation.OrderID} },
	"GET /operations/{id}/release": func(s *fenceScene) request {
		return request{path: "/operations/" + s.begun.Operation.ID + "/release"}
	},
	"POST /operations/{id}/release": func(s *fenceScene) request {
		id := s.reserved(servicetest.NewKey(s.t)).Operation.ID
		return request{path: "/operations/" + id + "/release", form: url.Values{"reason": {"x"}}}
	},

	"GET /jobs": func(s *fenceScene) request { s.failed(); return request{path: "/jobs", mark: s.order.Number} },
	"POST /jobs/{name}/retry": func(s *fenceScene) request {
		_, err := s.Store.Pool().Exec(s.t.Context(), `INSERT INTO river.river_job (kind, queue, args, state, max_attempts, attempt, finalized_at)
			VALUES ('upkeep', 'upkeep', '{"task": "prune"}', 'discarded', 3, 3, now())`)
		s.must(err)
		return request{path: "/jobs/prune/retry", still: true} // the queue is not the register
	},
	"POST /messages/{id}/retry": func(s *fenceScene) request { return request{path: "/messages/" + s.failed() + "/retry"} },

	"GET /kiosks": func(s *fenceScene) request { return request{path: "/kiosks", mark: s.Kiosk.Prefix} },
	"POST /kiosks/code": func(s *fenceScene) request {
		return request{path: "/kiosks/code", form: url.Values{"prefix": {s.prefix()}, "hall": {servicetest.HallID}, "window_zh": {"窗口"},
			"project": {servicetest.ProjectID}}}
	},
	"POST /kiosks/{id}/block": func(s *fenceScene) request {
		return request{path: "/kiosks/" + s.Enrolled(s.t, s.prefix()).ID + "/block", form: url.Values{"reason": {"x"}}}
	},
	"POST /kiosks/{id}/unblock": func(s *fenceScene) request {
		kiosk := s.Enrolled(s.t, s.prefix())
		s.must(s.BlockKiosk(s.t.Context(), s.Admin, kiosk.ID, "x"))
		return request{path: "/kiosks/" + kiosk.ID + "/unblock"}
	},

	"GET /staff": func(s *fenceScene) request { return request{path: "/staff", mark: s.Counter.ID} },
	"POST /staff": func(s *fenceScene) request {
		s.n++
		return request{path: "/staff", form: url.Values{"id": {servicetest.ID(s.t)}, "login": {"new" + strconv.Itoa(s.n)}, "name": {"新人"}}}
	},
	"GET /staff/{id}":           func(s *fenceScene) request { return request{path: "/staff/" + s.Counter.ID} },
	"POST /staff/{id}/password": func(s *fenceScene) request { return s.somebody("password") },
	"POST /staff/{id}/disable":  func(s *fenceScene) request { return s.somebody("disable") },
	"POST /staff/{id}/enable": func(s *fenceScene) request {
		m := s.colleague()
		s.must(s.DisableStaff(s.t.Context(), s.command(), m.ID, true))
		return request{path: "/staff/" + m.ID + "/enable"}
	},
	"POST /staff/{id}/grants": func(s *fenceScene) request {
		r := s.somebody("grants")
		r.form = url.Values{"grant": {servicetest.ID(s.t)}, "role": {string(ra.RoleReviewer)}}
		return r
	},
	"POST /grants/{grant}/confirm": func(s *fenceScene) request {
		g := ra.Grant{ID: servicetest.ID(s.t), StaffID: s.colleague().ID, Role: ra.RoleReviewer}
		s.must(s.Grant(s.t.Context(), s.Admin, g))
		return request{path: "/grants/" + g.ID + "/confirm", form: url.Values{"to": {"/staff"}}}
	},
	"POST /grants/{grant}/withdraw": func(s *fenceScene) request {
		return request{path: "/grants/" + s.colleague().Grants[0].ID + "/withdraw", form: url.Values{"to": {"/staff"}}}
	},
	"POST /staff/{id}/keys": func(s *fenceScene) request {
		r := s.somebody("keys")
		r.form = url.Values{"key": {servicetest.ID(s.t)}, "name": {"0102"}, "file": {string(servicetest.NewKey(s.t).PublicPEM(s.t))}}
		return r
	},
	"POST /staff-keys/{key}/confirm": func(s *fenceScene) request {
		return request{path: "/staff-keys/" + s.keyOf(s.Admin).ID + "/confirm", form: url.Values{"to": {"/staff"}}}
	},
	"POST /staff-keys/{key}/remove": func(s *fenceScene) request {
		return request{path: "/staff-keys/" + s.keyOf(s.command()).ID + "/remove", form: url.Values{"to": {"/staff"}}}
	},

	"GET /live": at("/live"),
	"GET /live/counts": func(*fenceScene) request {
		return request{path: "/live/counts", mark: `id="count-queue" hx-swap-oob="true">`}
	},
	"GET /live/queue":       showing("/live/queue"),
	"GET /live/orders/{id}": func(s *fenceScene) request { return request{path: "/live/orders/" + s.order.ID + "?version=0"} },
	"/":                     at("/nowhere"),
}

func at(path string) func(*fenceScene) request {
	return func(*fenceScene) request { return request{path: path} }
}

// showing is a page that shows the order in review.
func showing(path string) func(*fenceScene) request {
	return func(s *fenceScene) request { return request{path: path, mark: s.order.Number} }
}

// decided is an order that somebody decides on.
type decided struct{ ra.Order }

func (s *fenceScene) submitted() decided { return decided{s.Submitted(s.t, s.member, 1)} }

// to posts to a path under the order, as from the page that shows it now.
func (o decided) to(path string, pairs ...string) request {
	form := url.Values{"version": {strconv.Itoa(o.Version)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return request{path: "/orders/" + o.ID + "/" + path, form: form}
}

// active is a certificate that was proven.
func (s *fenceScene) active() string {
	order, code := s.Approved(s.t, s.member, 1)
	done, _, _ := s.Made(s.t, s.member, order, code)
	c, err := s.Store.CertificateOfOperation(s.t.Context(), done.Unit.OperationID)
	s.must(err)
	return c.ID
}

// ruling posts what the sheet of a certificate asks for.
func (s *fenceScene) ruling(act string, g ra.Ground, certificate string) request {
	return request{path: "/certificates/" + certificate + "/" + act, form: url.Values{"ruling": {servicetest.ID(s.t)}, "reason": {string(g)}, "note": {"x"}}}
}

// asked posts what a second person does with what the hall's supervisor asked for.
func (s *fenceScene) asked(what string) request {
	s.WantSecond(s.t, ra.ActRevoke)
	r := book.Ruling{ID: servicetest.ID(s.t), CertificateID: s.active(), Act: ra.ActRevoke, Ground: ra.GroundCessation, Note: "x"}
	_, err := s.Rule(s.t.Context(), s.Supervisor, r)
	s.must(err)
	return request{path: "/rulings/" + r.ID + "/" + what}
}

// registered is another person of the same organisation.
func (s *fenceScene) registered() ra.Membership {
	m, err := s.Register(s.t.Context(), s.Kiosk, s.Registration(s.t))
	s.must(err)
	return m
}

// papers are the scans that the desk wants.
func (s *fenceScene) papers() map[string][]byte {
	files := map[string][]byte{}
	for i, kind := range ra.AccessPassword.Papers() {
		files[string(kind)], _ = servicetest.Scan(s.t, 700+i)
	}
	return files
}

// desk is what the hall's counter asked for at the desk.
func (s *fenceScene) desk() string {
	c := book.AccessChange{ID: servicetest.ID(s.t), MembershipID: s.registered().ID, HallID: servicetest.HallID, Kind: ra.AccessPassword, Note: "x"}
	for kind, scan := range s.papers() {
		sum, err := s.Access.Bring(s.t.Context(), s.Counter, c.MembershipID, c.HallID, bytes.NewReader(scan))
		s.must(err)
		c.Papers = append(c.Papers, book.Paper{Kind: ra.PaperKind(kind), SHA256: sum})
	}
	s.must(s.Access.Ask(s.t.Context(), s.Counter, c))
	return c.ID
}

func (s *fenceScene) prefix() string {
	s.n++
	return fmt.Sprintf("%c%c%02d", 'A'+s.n/2600, 'A'+s.n/100%26, s.n%100)
}

func (s *fenceScene) colleague() ra.Staff {
	s.n++
	return s.Hired(s.t, fmt.Sprintf("colleague%d@hall.example", s.n), "同事", servicetest.Grants(ra.RoleCounter)...)
}

func (s *fenceScene) somebody(path string) request {
	return request{path: "/staff/" + s.colleague().ID + "/" + path}
}

// keyOf is a key of a colleague that somebody asked for.
func (s *fenceScene) keyOf(by ra.Staff) ra.StaffKey {
	k := ra.StaffKey{ID: servicetest.ID(s.t), StaffID: s.colleague().ID, Name: "0102"}
	s.must(s.BindKey(s.t.Context(), by, k, servicetest.NewKey(s.t).PublicPEM(s.t)))
	return k
}
