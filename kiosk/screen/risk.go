package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// risk has the notice of risks read.
type risk struct {
	sheet
	Facts *gtk.Box   `ui:"facts"`
	Text  *gtk.Label `ui:"text"`
	facts *facts
}

func newRisk(k *kit) view {
	r := &risk{facts: newFacts(k)}
	bind("risk", r)
	r.dress(k)
	r.Facts.PackStart(r.facts, true, true, 0)
	widget.Wrap(r.Text)
	widget.LineHeight(r.Text, 1.35)
	r.Text.SetVAlign(gtk.ALIGN_START)
	return r
}

func (r *risk) show(page workflow.Page) bar {
	m, k := page.(workflow.RiskPage), r.kit
	r.head(k.words.text(m.Title), k.t("risk.about", "version", strconv.Itoa(m.Version)), nil)
	rows := []workflow.Row{{ID: "organisation.name", Value: m.Organisation}}
	for _, c := range m.Certificates {
		rows = append(rows, workflow.Row{ID: "risk_certificate", Key: "risk.certificate", Args: map[string]string{"serial": c.Serial, "number": c.Number, "ends": c.Ends}})
	}
	r.facts.show(append(rows, workflow.Row{ID: "risk_then", Text: m.Then}))
	widget.SetText(r.Text, k.words.text(m.Body))
	main := k.forward("read_and_print", true)
	main.icon, main.after = "printer", false
	return bar{right: []choice{k.offer(workflow.HaveRead{}, "check")}, main: main}
}

func (pages) RiskPage() row { return row{newRisk, riskScenes} }

func riskScenes() []scene {
	page := workflow.RiskPage{
		Title: ra.Text{ZH: "证书业务风险告知函", EN: "Notice of risks"}, Version: 1, Organisation: "杭州示例科技有限公司",
		Certificates: []workflow.RiskCertificate{{Serial: "7F03A1009021", Number: "4e1f0a9b2c3d4e5f60718293a4b5c6d7", Ends: "2027-04-30"}},
		Then:         ra.Text{ZH: "新证书通过验证后停止使用", EN: "No longer used once the new one is proven"},
		Body: ra.Text{
			ZH: "一、新证书写入 UKey 并通过验证后，原证书即停止使用。\n\n二、用原证书加密的文件，仍须用 UKey 内保留的原密钥解密，请在办理前先行解密并另存。\n\n三、以原证书登记、绑定的业务系统，须由本单位自行更新为新证书。",
			EN: "1. Once the new certificate is on the UKey and proven, the old one is no longer used.\n\n2. Files that were encrypted for the old certificate still need the old key: decrypt and save them first.\n\n3. Systems in which the old certificate is registered have to be told of the new one by your organisation."},
	}
	return []scene{{name: "risk", frame: galleryFrame(4), page: page}}
}
