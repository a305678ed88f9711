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

// What the made-up pages have in common. Each page's own stand beside its view.

var (
	galleryHall    = ra.Text{ZH: "数字证书服务大厅", EN: "Digital certificate service hall"}
	galleryProject = ra.Text{ZH: "示例电子印章中心", EN: "Example E-Seal Centre"}
	galleryModel   = ra.Text{ZH: "飞天 ePass2003", EN: "Feitian ePass2003"}
)

// galleryTrail is the step bar of a new certificate.
func galleryTrail() []string {
	return []string{"step.login", "step.services", "step.invoice", "step.confirm", "step.print", "step.scan", "step.pay", "step.review",
		"step.make"}
}

// galleryFrame stands around a page at that stop of the trail, -1 for none.
func galleryFrame(current int) workflow.Frame {
	f := workflow.Frame{Serial: 1, Title: galleryProject, Hall: galleryHall, Window: ra.Text{ZH: "西湖窗口 03", EN: "West Lake window 03"},
		Back: true, Home: true, Staff: true, OfficeUp: true, Deadline: galleryNow().Add(4*time.Minute + 20*time.Second)}
	if current >= 0 {
		f.Trail, f.Current = galleryTrail(), current
	}
	if current > 0 {
		f.Customer = "138****1234"
	}
	return f
}

// memberFrame is a frame beside an application, of somebody logged in.
func memberFrame() workflow.Frame {
	f := galleryFrame(-1)
	f.Customer = "138****1234"
	return f
}

// cutOff is a frame while the back office is out of reach.
func cutOff(current int) workflow.Frame {
	f := galleryFrame(current)
	f.OfficeUp = false
	return f
}

// kept is what a page tells whose customer confirmed what, which waits for the back office.
func kept(what string) *workflow.Fault { return &workflow.Fault{Code: ra.CodeOfficeAway, Kept: what} }

func galleryProjects() []ra.Project {
	first := ra.Project{ID: "seal", Name: galleryProject, MaxUnits: 20, Bank: ra.BankAccount{Holder: "示例电子印章中心有限公司",
		Bank: "中国工商银行杭州西湖支行", Number: "1202020309900012345"},
		Contact: ra.Contact{Hours: ra.Text{ZH: "工作日 9:00–17:00", EN: "Working days 9:00–17:00"}, Web: "www.example-seal.cn",
			Phone: "0571-88880000", Chat: "微信公众号：示例印章", Address: ra.Text{ZH: "杭州市西湖区文三路 478 号", EN: "478 Wensan Road, Hangzhou"}},
		Services: []ra.Service{
			{ID: "a", Name: ra.Text{ZH: "单位证书（一年）", EN: "Organisation certificate, 1 year"}, About: ra.Text{ZH: "用于电子签章、登录和加密", EN: "For seals, log-in and encryption"}, PriceFen: 20000, TermMonths: 12},
			{ID: "b", Name: ra.Text{ZH: "单位证书（三年）", EN: "Organisation certificate, 3 years"}, About: ra.Text{ZH: "用于电子签章、登录和加密，三年内免续费", EN: "The same, with three years paid at once"}, PriceFen: 48000, TermMonths: 36},
			{ID: "c", Name: ra.Text{ZH: "法定代表人证书（一年）", EN: "Legal representative's certificate, 1 year"}, PriceFen: 128000, TermMonths: 12},
		},
		Agreements: []ra.Agreement{
			{ID: "1", Version: 3, Title: ra.Text{ZH: "电子认证服务协议", EN: "Certification service agreement"}, Body: galleryBody()},
			{ID: "2", Version: 1, Title: ra.Text{ZH: "个人信息处理规则", EN: "How personal data is handled"}, Body: galleryBody()},
			{ID: "3", Version: 2, Title: ra.Text{ZH: "UKey 使用责任书", EN: "Responsibilities in using a UKey"}, Body: galleryBody()},
		}}
	second := first
	second.ID, second.Name = "trade", ra.Text{ZH: "长三角生态绿色一体化发展示范区公共资源交易中心", EN: "Public Resource Trading Centre of the Yangtze River Delta Demonstration Zone"}
	return []ra.Project{first, second, {ID: "third", Name: ra.Text{ZH: "示例产权交易所", EN: "Example Equity Exchange"}}}
}

func galleryBody() ra.Text {
	zh := "第一条　订户应当提供真实、完整、准确的材料，并对材料的真实性负责。\n\n第二条　证书私钥在 UKey 内生成，任何人（包括本中心）都无法读出。订户应当妥善保管 UKey 与密码，不得转借他人。\n\n"
	en := "1. The subscriber provides true, complete and accurate papers and answers for them.\n\n2. The private key is made inside the UKey and nobody, this centre included, can read it. The subscriber keeps UKey and PIN safe and lends them to nobody.\n\n"
	more := ra.Text{}
	for range 5 {
		more.ZH += zh
		more.EN += en
	}
	return more
}

func galleryOrder(state, next string) workflow.OrderCard {
	return workflow.OrderCard{ID: state, Number: "XH03-000127-8", Kind: ra.KindNew, State: state, Next: next, Done: 1, Of: 3,
		AmountFen: 60000, CreatedAt: galleryNow().Add(-40 * time.Minute)}
}

// gallerySpan is how long something usually takes.
func gallerySpan(unit string) workflow.Row {
	return workflow.Row{ID: "usual", Key: "span." + unit, Args: map[string]string{"minutes": "10", "from": "1", "to": "2"}}
}

// galleryKey is a blank one.
func galleryKey() workflow.KeyCard {
	return workflow.KeyCard{Serial: "2104 0091 77F3", Model: galleryModel, Blank: true}
}

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
