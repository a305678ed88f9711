package writetest

import (
	"slices"

	"keyhall/backoffice/ra"
)

// allow is one attempt at the administrator PIN.
func (f *Office) allow(o *Operation, a ra.AdminAttempt) (ra.Opening, error) {
	if a.CustomerPINSet && !slices.Contains(ra.TokenPINStates(), a.CustomerPIN) {
		return ra.Opening{}, ra.E(ra.CodeInvalid).At("attempt.customer_pin")
	}
	opening := ra.Opening{AttemptID: a.ID, Set: AdminPIN(o.pending)}
	past := f.Attempts[o.Op.Key.Serial]
	if !slices.ContainsFunc(past, func(r ra.AttemptResult) bool { return r.ID == a.ID }) {
		if a.Last != nil {
			if i := slices.IndexFunc(past, func(r ra.AttemptResult) bool { return r.ID == a.Last.ID }); i >= 0 {
				past[i] = *a.Last
			}
		}
		for i := range past { // software keys tell
			if past[i].Outcome == ra.AttemptUnknown && a.State == ra.TokenPINOK {
				past[i].Outcome = ra.AttemptVoid
			}
		}
		version, ok := f.likeliest(o, a)
		if !ok {
			f.release(o)
			return ra.Opening{}, ra.E(ra.CodeKeyAdminPIN)
		}
		f.Attempts[o.Op.Key.Serial] = append(past, ra.AttemptResult{ID: a.ID, Outcome: ra.AttemptUnknown, Begun: true})
		f.versions[a.ID] = version
	}
	if !a.Initialized {
		return opening, nil
	}
	try := AdminPIN(f.versions[a.ID])
	opening.Try = &try
	if try.Version == 0 && a.CustomerPINSet && o.Op.Plan.Blank() {
		opening.Customer = []byte(f.customer)
	}
	return opening, nil
}

// release gives the unit back.
func (f *Office) release(o *Operation) {
	o.Op.State = ra.OperationReleased
	if o.unit != noUnit {
		f.Units[o.unit].State, f.Units[o.unit].OperationID = ra.UnitWaiting, ""
	}
}

func (f *Office) likeliest(o *Operation, a ra.AdminAttempt) (int, bool) {
	begun, spent, wrong := false, 0, map[int]bool{}
	for _, r := range f.Attempts[o.Op.Key.Serial] {
		begun = begun || r.Begun
		switch r.Outcome {
		case ra.AttemptRight:
			spent, wrong = 0, map[int]bool{}
		case ra.AttemptWrong:
			spent, wrong[f.versions[r.ID]] = spent+1, true
		case ra.AttemptUnknown:
			spent++
		}
	}
	known := f.Known[o.Op.Key.Serial]
	switch {
	case spent >= 2 || a.State == ra.TokenPINFinal || a.State == ra.TokenPINLocked:
		return 0, false
	case begun && !wrong[o.pending]:
		return o.pending, true
	}
	return known, !wrong[known]
}
