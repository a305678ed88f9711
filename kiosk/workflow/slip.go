package workflow

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	papers "keyhall/printer/form"
)

// FormSlip finds an order by one of its papers, or by its number.
const FormSlip = "slip"

// What finds an order. UseSlip is the way there from home.
type (
	UseSlip  struct{}
	ReadSlip struct{} // reads the paper on the scanner's glass
)

// Name is part of the message key.
func (UseSlip) Name() string  { return "use_slip" }
func (ReadSlip) Name() string { return "read_slip" }

func (UseSlip) action()  {}
func (ReadSlip) action() {}

// newSlip takes an order's number, as it is typed or as a paper on the glass has it. It finds the order and opens nothing: who it belongs
// to is told by the login that follows, and nobody is told before whether there is such an order.
func newSlip(*Workflow) step {
	return &formStep{
		at: stageSlip,
		build: func(*Workflow) *form {
			return &form{id: FormSlip, primary: "next", secondary: []Named{ReadSlip{}}, entries: []*entry{
				{Field: Field{ID: "slip_number", Kind: FieldUpper, Hint: "hint.slip_number", MaxLen: 32}, check: func(s string) error {
					_, err := slipNumber(s)
					return err
				}},
			}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.slip, _ = slipNumber(f.value("slip_number"))
			w.done()
		},
		choose: readSlip,
	}
}

// slipNumber brings an order's number into its form, however it was typed: CodeSlipNumber.
func slipNumber(typed string) (string, error) {
	plain := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, typed)
	const prefix = 4
	if len(plain) <= prefix+1 {
		return "", ra.E(ra.CodeSlipNumber)
	}
	number := plain[:prefix] + "-" + plain[prefix:len(plain)-1] + "-" + plain[len(plain)-1:]
	if _, _, err := ra.ParseOrderNumber(number); err != nil {
		return "", ra.E(ra.CodeSlipNumber)
	}
	return number, nil
}

// readSlip reads the code of the paper on the glass.
func readSlip(w *Workflow, f *form, a Action) {
	if _, wanted := a.(ReadSlip); !wanted {
		return
	}
	w.work("read_slip", func(ctx context.Context) func() {
		number, err := readNumber(ctx, w.cfg.Scanner, w.cfg.DPI)
		return func() {
			if err != nil {
				f.refuse(err)
				return
			}
			f.set("slip_number", number)
			w.visit.slip = number
			w.done()
		}
	})
}

// readNumber is the number on a paper of ours: CodePaperUnread where there is none that could be one, and the scanner's errors.
func readNumber(ctx context.Context, s scanner.Scanner, dpi int) (string, error) {
	page, err := s.Scan(ctx, scanner.Request{Source: scanner.Flatbed, DPI: dpi})
	if err != nil {
		return "", err
	}
	picture, err := scanner.Decode(page.JPEG)
	if err != nil {
		return "", err
	}
	code, found := papers.Read(picture)
	if !found {
		return "", ra.E(ra.CodePaperUnread)
	}
	if _, _, err := ra.ParseOrderNumber(code.Number); err != nil { // forged, or damaged
		return "", ra.E(ra.CodePaperUnread)
	}
	return code.Number, nil
}

// slipFoundStep opens the order of the slip among those of who logged in, whichever organisation of theirs it is of.
type slipFoundStep struct{}

func newSlipFound(*Workflow) step { return &slipFoundStep{} }

func (*slipFoundStep) passing()              {}
func (*slipFoundStep) page(*Workflow) Page   { return BusyPage{ID: "orders"} }
func (*slipFoundStep) act(*Workflow, Action) {}

// ofSlip is an order that was found.
type ofSlip struct {
	member   ra.Membership
	order    ra.Order
	projects []ra.Project
}

func (*slipFoundStep) enter(w *Workflow) {
	v := w.visit
	session, number, members, in := v.session, v.slip, slices.Clone(v.members), ""
	if v.entered { // it is most likely theirs who are in hand
		in = v.member.ID
		slices.SortStableFunc(members, func(a, b ra.Membership) int { return boolean(b.ID == in) - boolean(a.ID == in) })
	}
	v.entered = v.acting != nil // the search goes through all that a person has; a key stays in its own
	w.work("orders", func(ctx context.Context) func() {
		found, err := findSlip(ctx, w.cfg.Office, session, number, members, in)
		return func() { slipLooked(w, found, err) }
	})
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// findSlip looks for a number in one membership after the other, first in the one that the session is in, and leaves it in the one that
// has it: CodeSlipUnknown.
func findSlip(ctx context.Context, office Office, session, number string, members []ra.Membership, in string) (ofSlip, error) {
	for _, m := range members {
		if m.ID != in {
			var err error
			if m, err = office.Choose(ctx, session, m.ID); err != nil {
				return ofSlip{}, err
			}
		}
		orders, err := office.Orders(ctx, session)
		if err != nil {
			return ofSlip{}, err
		}
		if o := numbered(orders, number); o != nil {
			projects, err := office.Projects(ctx)
			return ofSlip{m, *o, projects}, err
		}
	}
	return ofSlip{}, ra.E(ra.CodeSlipUnknown, "number", number)
}

// slipLooked goes on with the order where it stands, or says that it is none of theirs.
func slipLooked(w *Workflow, found ofSlip, err error) {
	v := w.visit
	if ra.CodeOf(err) == ra.CodeSlipUnknown {
		v.slip = ""
		w.reopen(stageSlip)
		v.forms[string(stageSlip)].entry("slip_number").refused = FaultOf(err)
		return
	}
	if err != nil {
		w.stop(err)
		return
	}
	w.projects = found.projects
	v.enter(found.member)
	v.entered = true
	v.project = w.projectByID(found.member.ProjectID)
	v.setOrder(found.order)
	v.printed = true // who lacks the form prints it from there
	v.slip = ""
	w.start(flowApply)
}

// finding is from a slip, or its number, to the order that it is of.
var finding = slices.Concat([]stage{
	{name: stageSlip, open: newSlip, need: func(v *visit) bool { return v.slip == "" }, live: true},
	{name: stageSlipCode, open: newSlipCode, need: func(v *visit) bool { return v.slipCode != "" && v.slipCode == v.slip && v.session == "" }, live: true},
}, signIn, []stage{
	{name: stageSlipFound, open: newSlipFound, live: true, gate: true},
})

// addSlipWords adds the message keys of finding an order.
func addSlipWords(add func(prefix string, ids ...string)) {
	for _, f := range []string{FormSlip, FormSlipCode} {
		add("form."+f, ".title", ".about")
	}
	add("field.", "slip_number", "slip_code")
	add("hint.", "slip_number")
	add("busy.", "read_slip")
	add("action.", UseSlip{}.Name(), ReadSlip{}.Name(), LogInByCode{}.Name(), SendSlipCode{}.Name())
	add("notice.slip_code_sent", ".title", ".text")
}
