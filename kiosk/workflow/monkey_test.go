package workflow

import (
	"math/rand/v2"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// TestMonkey touches anything anywhere, while sessions end, the back office goes away and comes back, and orders change.
// Nothing may panic, no step may come out of order, and home is always possible.
func TestMonkey(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		h := openHall(t, 0)
		h.account()
		h.order(2, ra.OrderOpen)
		r := rand.New(rand.NewPCG(seed, 7))
		for range 3000 {
			h.touchAnything(r)
			h.trouble(t, r)
		}
		h.client.set(func() { h.client.away = false })
		eventually(t, "home", func() bool {
			h.do(Home{}) // dropped when the page changed under the finger
			h.mu.Lock()
			defer h.mu.Unlock()
			_, ok := h.page.(HomePage)
			return ok
		})
		h.end()
	}
}

func (h *hall) touchAnything(r *rand.Rand) {
	h.mu.Lock()
	page, home := h.page, h.frame.Home
	h.mu.Unlock()
	actions := []Action{
		Go{}, Go{}, Go{}, Back{}, Touch{}, Print{}, Turn{}, Drop{}, Scan{"flatbed"}, Scan{"feeder"}, Retake{"flatbed"}, ShowPage{0}, ShowPage{-3}, ShowPage{9},
		ChooseKind{ra.KindNew}, ChooseKind{ra.KindUnlock}, ChooseProject{"seal"}, ChooseProject{"none"}, SeeOrders{}, NewApplication{}, SeeInfo{},
		Register{}, Retry{}, Later{}, Skip{}, Reprint{}, Go{}, OtherKey{}, Unhurry{true}, Unhurry{}, SetQuantity{"one-year", r.IntN(5) - 1},
		OpenAgreement{"terms"}, Agree{"terms", true}, OpenAgreement{"privacy"}, Agree{"privacy", true}, Edit{"invoice"}, Edit{"delivery"}, Edit{"x"},
		ChooseMaterial{ra.MaterialForm}, ChooseMaterial{ra.MaterialLicence}, ChooseMaterial{ra.MaterialProof}, ResumeWrite{}, OpenOrder{"none"},
	}
	if home && r.IntN(60) == 0 {
		actions = []Action{Home{}}
	}
	switch p := page.(type) {
	case FormPage:
		for _, f := range p.Fields {
			h.do(Type{f.ID, fitting(r, f)}, Leave{f.ID})
		}
		if r.IntN(2) == 0 {
			actions = []Action{Go{}}
		}
	case OrdersPage:
		for _, o := range p.Orders {
			actions = append(actions, OpenOrder{o.ID}, OpenOrder{o.ID}, OpenOrder{o.ID}, OpenOrder{o.ID})
		}
	case AgreementsPage:
		actions = []Action{OpenAgreement{"terms"}, OpenAgreement{"privacy"}, Agree{"terms", true}, Agree{"privacy", true}, Go{}, Go{}, Back{}, Agree{"terms", false}}
	case AgreementPage:
		actions = []Action{Go{}, Back{}, Agree{"terms", true}}
	case ScanPage:
		actions = append([]Action{Scan{"feeder"}, Drop{}, Turn{}, Retake{"flatbed"}, ShowPage{0}, Go{}}, actions...)
		for _, m := range p.Materials {
			actions = append(actions, ChooseMaterial{m.Kind}, Scan{"flatbed"}, Scan{"flatbed"}, Scan{"flatbed"})
		}
		actions = actions[:len(actions)-r.IntN(len(p.Materials)+1)]
		if r.IntN(2) == 0 {
			actions = actions[len(actions)-min(8, len(actions)):]
		}
		h.scanner.Load(blankSheet())
	case PrintPage:
		actions = []Action{Print{}, Go{}, Skip{}, Reprint{}, Back{}}
	case PayPage:
		actions = []Action{Scan{"flatbed"}, Go{}, Later{}, Turn{}, Drop{}, Retake{"flatbed"}}
	case HomePage:
		actions = append(actions, SeeOrders{}, SeeOrders{}, SeeCertificates{}, SeeWork{}, FindKey{}, SeeMore{}, ChooseKind{ra.KindNew}, ChooseKind{ra.KindNew})
	}
	h.do(actions[r.IntN(len(actions))])
	select {
	case <-h.shown:
	case <-time.After(2 * time.Millisecond): // nothing changed
	}
}

// fitting is usually what the field wants.
func fitting(r *rand.Rand, f Field) string {
	if r.IntN(12) == 0 {
		return []string{"", "x", "一二三", "99999999999999999999999999", "\x00"}[r.IntN(5)]
	}
	switch f.ID {
	case "login", "handler.mobile", "delivery.phone", "invoice.phone":
		return "13800001234"
	case "password", "password_again":
		return "secret123"
	case "organisation.credit_code", "organisation.credit_code_again", "invoice.tax_number":
		return testCreditCode
	case "legal.id_number", "handler.id_number":
		return testIDNumber
	case "legal.document", "handler.document":
		return string(ra.DocumentResident)
	case "handler.email":
		return "a@example.cn"
	case "invoice.account", "auth_code":
		return "12345678"
	}
	if len(f.Choices) > 0 {
		return f.Choices[r.IntN(len(f.Choices))]
	}
	return "杭州某某"
}

func (h *hall) trouble(t *testing.T, r *rand.Rand) {
	switch r.IntN(150) {
	case 0:
		h.client.set(func() { clear(h.client.sessions) })
	case 1, 2:
		h.client.set(func() { h.client.away = !h.client.away })
	case 3, 4, 5, 6:
		h.client.set(func() { h.client.away = false })
	case 7:
		h.client.set(func() { h.client.shuffle(r) })
	case 8:
		h.client.set(func() { h.client.refuse["Place"] = ra.E(ra.CodeConflict) })
	case 9:
		h.client.set(func() { h.client.refuse["Register"] = ra.E(ra.CodeMobile).At("handler.mobile") })
	}
}

// shuffle puts an order into some state.
func (c *fakeClient) shuffle(r *rand.Rand) {
	for _, o := range c.orders {
		states := []ra.OrderState{ra.OrderOpen, ra.OrderOpen, ra.OrderApproved, ra.OrderInProgress, ra.OrderCancelled, ra.OrderDone}
		o.State = states[r.IntN(len(states))]
		o.Materials = ra.MaterialsStates()[r.IntN(len(ra.MaterialsStates()))]
		o.Payment = ra.PaymentStates()[r.IntN(len(ra.PaymentStates()))]
		for i := range o.Papers {
			o.Papers[i].Verdict = ra.Verdicts()[r.IntN(3)]
		}
		o.Version++
		select {
		case c.changes <- ra.Change{ID: o.ID}:
		default:
		}
	}
}
