package screen

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// galleryPaper draws something like a form: lines of text and a seal.
func galleryPaper(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	grey := image.NewUniform(color.Gray{Y: 190})
	for y := h / 8; y < h*7/8; y += h / 28 {
		draw.Draw(m, image.Rect(w/10, y, w*9/10-(y*7)%(w/5), y+h/110), grey, image.Point{}, draw.Src)
	}
	draw.Draw(m, image.Rect(w/3, h/18, w*2/3, h/14), image.NewUniform(color.Gray{Y: 60}), image.Point{}, draw.Src)
	side := min(w, h) / 4
	for a := range side {
		for b := range side {
			r := side / 2
			if d := (a-r)*(a-r) + (b-r)*(b-r); d < r*r && d > (r-6)*(r-6) {
				m.Set(w*6/10+a, h*13/20+b, color.RGBA{R: 0xB3, G: 0x26, B: 0x1E, A: 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func paperScenes() []scene {
	form, page := galleryPaper(600, 848), galleryPaper(900, 640)
	materials := []workflow.ScanMaterial{
		{Kind: ra.MaterialLicence, Pages: 1, MinPages: 1, MaxPages: 3},
		{Kind: ra.MaterialIdentity, Pages: 2, MinPages: 2, MaxPages: 4},
		{Kind: ra.MaterialForm, MinPages: 1, MaxPages: 3},
	}
	returned := append([]workflow.ScanMaterial(nil), materials...)
	returned[0].Verdict = ra.VerdictAccepted
	returned[1].Verdict, returned[1].Reasons = ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonUnreadable, Note: "背面反光"}}
	whole := append([]workflow.ScanMaterial(nil), materials...)
	whole[2].Pages = 1
	both := []string{"flatbed", "feeder"}
	bank := galleryProjects()[0].Bank
	return []scene{
		{name: "print", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintReady, Printer: "Hall Printer"}},
		{name: "print-done", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintDone, Printer: "Hall Printer"}},
		{name: "print-failed", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", State: workflow.PrintFailed, Printer: "Hall Printer",
			Fault: &workflow.Fault{Code: ra.CodePrinterNoPaper}}},
		{name: "scan", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 1, Shown: 1, Image: page, Sources: both}},
		{name: "scan-empty", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 2, Shown: -1, Sources: both, Busy: true}},
		{name: "scan-fault", frame: galleryFrame(5), page: workflow.ScanPage{Materials: returned, Current: 1, Shown: 0, Image: page, Sources: both[:1],
			Fault: &workflow.Fault{Code: ra.CodeScannerJam}}},
		{name: "scan-kept", frame: cutOff(5), page: workflow.ScanPage{Materials: whole, Current: 2, Shown: 0, Image: form, Sources: both[:1], Ready: true,
			Fault: kept("papers")}},
		{name: "pay-kept", frame: cutOff(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid,
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both[:1], Fault: kept("slip")}},
		{name: "pay", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid,
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}, Sources: both[:1]}},
		{name: "pay-scanned", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid,
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both}},
	}
}

func waitScenes() []scene {
	marks := []workflow.Mark{{ID: "business_licence", State: workflow.MarkDone}, {ID: "handler_identity", State: workflow.MarkRunning},
		{ID: "registration_form", State: workflow.MarkRunning}, {ID: "payment", State: workflow.MarkTodo}, {ID: "approval", State: workflow.MarkTodo}}
	bad := append([]workflow.Mark(nil), marks...)
	bad[1] = workflow.Mark{ID: "handler_identity", State: workflow.MarkFailed, Reasons: []ra.Reason{{Kind: ra.ReasonUnreadable, Note: "背面反光"}, {Kind: ra.ReasonIncomplete}}}
	var good []workflow.Mark
	for _, m := range marks {
		good = append(good, workflow.Mark{ID: m.ID, State: workflow.MarkDone})
	}
	since := galleryNow().Add(-6 * time.Minute)
	return []scene{
		{name: "wait", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("under_review", "wait"), Marks: marks, Since: since, Typical: 10 * time.Minute}},
		{name: "wait-returned", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("sent_back", "materials"), Marks: bad, Since: since, Mend: true}},
		{name: "wait-approved", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("approved", "make"), Marks: good, Since: since, Make: true}},
	}
}

func makeScenes() []scene {
	blank := workflow.KeyCard{Serial: "2104 0091 77F3", Model: galleryModel, Blank: true}
	used := workflow.KeyCard{Serial: "2104 0091 7801", Model: galleryModel, Fault: &workflow.Fault{Code: ra.CodeKeyNotBlank}}
	order := galleryOrder("making", "make")
	key := workflow.KeyPage{Order: order, Index: 2, Of: 3, NeedsCode: true}
	plugged, wrong, unseen := key, key, key
	going := workflow.KeyPage{Going: true, Ready: true, Keys: []workflow.KeyCard{{Serial: blank.Serial, Model: galleryModel, Waits: true}}}
	other := workflow.KeyPage{Going: true, Keys: []workflow.KeyCard{{Serial: used.Serial, Model: galleryModel, Fault: &workflow.Fault{Code: ra.CodeKeyNothingWaits}}}}
	proof := workflow.FormPage{ID: "proof", Primary: "next", Secondary: []workflow.Named{workflow.LogIn{}}, Fields: []workflow.Field{
		{ID: "auth_code", Kind: workflow.FieldDigits, Hint: "hint.auth_code", MaxLen: 12}}}
	paused := proof
	paused.Fields = []workflow.Field{{ID: "auth_code", Kind: workflow.FieldDigits, Value: "12345678", MaxLen: 12,
		Problem: &workflow.Fault{Code: ra.CodeAuthCodePaused, Args: map[string]string{"minutes": "15"}}}}
	plugged.Keys, plugged.Ready = []workflow.KeyCard{blank}, true
	wrong.Keys = []workflow.KeyCard{used}
	wrong.Fault = used.Fault
	unseen.Keys = []workflow.KeyCard{{Serial: "-", Model: ra.Text{ZH: "Feitian ePass2003", EN: "Feitian ePass2003"},
		Fault: &workflow.Fault{Code: ra.CodeKeyNoDriver, Args: map[string]string{"model": "Feitian ePass2003", "port": "1-3.1"}}}}
	locked := galleryFrame(8)
	locked.Home, locked.Back, locked.Deadline = false, false, time.Time{}
	writing, stopped := galleryWriting(blank)
	facts := []workflow.Row{{ID: "serial", Value: blank.Serial}, {ID: "certificate_number", Value: "3f8a21c09d17e44b"}, {ID: "subject", Value: "CN=杭州示例科技有限公司, O=杭州示例科技有限公司, C=CN"},
		{ID: "valid_from", Value: "2026-11-23"}, {ID: "valid_until", Value: "2027-11-23"}}
	var proven []workflow.Mark
	for _, id := range []string{"prove.read", "prove.match", "prove.sign", "prove.left_overs"} {
		proven = append(proven, workflow.Mark{ID: id, State: workflow.MarkDone})
	}
	return []scene{
		{name: "key-none", frame: galleryFrame(8), page: key},
		{name: "key", frame: galleryFrame(8), page: plugged},
		{name: "key-wrong", frame: galleryFrame(8), page: wrong},
		{name: "key-no-driver", frame: galleryFrame(8), page: unseen},
		{name: "key-going", frame: galleryFrame(-1), page: going},
		{name: "key-going-other", frame: galleryFrame(-1), page: other},
		{name: "proof", frame: galleryFrame(-1), page: proof},
		{name: "proof-paused", frame: galleryFrame(-1), page: paused},
		{name: "progress", frame: locked, page: writing},
		{name: "progress-stopped", frame: locked, page: stopped},
		{name: "done-more", frame: galleryFrame(8), page: workflow.DonePage{Facts: facts, Proof: proven, Remaining: 2, Slip: workflow.PrintRunning, Order: order}},
		{name: "done", frame: galleryFrame(8), page: workflow.DonePage{Facts: facts, Proof: proven, Pulled: true, Slip: workflow.PrintFailed,
			SlipFault: &workflow.Fault{Code: ra.CodePrinterNoPaper}, Order: order}},
	}
}

func galleryWriting(key workflow.KeyCard) (writing, stopped workflow.ProgressPage) {
	ids := []string{"make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove"}
	took := []time.Duration{300, 200, 3100, 1000, 0, 0}
	for i, id := range ids {
		state := workflow.MarkDone
		if i == 3 {
			state = workflow.MarkRunning
		} else if i > 3 {
			state = workflow.MarkTodo
		}
		writing.Marks = append(writing.Marks, workflow.Mark{ID: id, State: state, Duration: took[i] * time.Millisecond})
	}
	writing.Percent, writing.Key, writing.Index, writing.Of = 58, key, 1, 3
	writing.Facts = []workflow.Row{{ID: "number", Value: "XH03-000127-8"}}
	stopped = writing
	stopped.Marks = append([]workflow.Mark(nil), writing.Marks...)
	stopped.Marks[3].State = workflow.MarkFailed
	stopped.Fault, stopped.Retry = &workflow.Fault{Code: ra.CodeKeyPulled}, true
	stopped.Marks[3].Fault = stopped.Fault
	return writing, stopped
}

func middleScenes() []scene {
	return []scene{
		{name: "busy", frame: galleryFrame(0), page: workflow.BusyPage{ID: "login"}},
		{name: "fault", frame: galleryFrame(-1), page: workflow.FaultPage{Fault: workflow.Fault{Code: ra.CodeOfficeAway}, Actions: []workflow.Named{workflow.Retry{}}}},
		{name: "notice", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "not_built", Args: map[string]string{"kind": "renew"}}},
		{name: "notice-staff", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "staff"}},
	}
}
