package form

import (
	"time"

	"keyhall/backoffice/ra"
)

// Transfer draws where the money of an order is transferred to (汇款信息), for who pays elsewhere than at the kiosk. It fails only when
// memory or fonts do.
func Transfer(p ra.Project, o ra.Order, at time.Time) ([]byte, error) {
	title := ra.Text{ZH: "银行转账信息", EN: "Bank transfer · where to pay"}
	return render(foot(p.Contact, o.Number), func(s *sheet) {
		s.header(Code{Paper: PaperTransfer, Number: o.Number}, p.Name, title)
		s.section(ra.Text{ZH: "收款账户", EN: "Pay to"})
		s.row(lastLine, field{ra.Text{ZH: "户名", EN: "Account holder"}, p.Bank.Holder})
		s.row(lastLine, field{ra.Text{ZH: "开户银行", EN: "Bank"}, p.Bank.Bank})
		s.row(lastLine, field{ra.Text{ZH: "账号", EN: "Account number"}, p.Bank.Grouped()})
		s.row(lastLine,
			field{ra.Text{ZH: "金额（元）", EN: "Amount"}, yuan(o.AmountFen)},
			field{ra.Text{ZH: "汇款附言", EN: "Reference"}, o.Number})
		s.row(lastLine, field{ra.Text{ZH: "金额（大写）", EN: "Amount in words"}, capitalYuan(o.AmountFen)})
		s.row(lastLine,
			field{ra.Text{ZH: "付款单位", EN: "Payer"}, o.Applicant.Organisation.Name},
			field{ra.Text{ZH: "打印时间", EN: "Printed at"}, minute(at)})
		s.transferNext()
		s.contact(p.Contact)
	})
}

func (s *sheet) transferNext() {
	s.section(ra.Text{ZH: "接下来", EN: "What comes next"})
	s.points(
		"请由付款单位的账户转账，金额与上面一致，并在附言中只填写订单号。",
		"转账后保留银行回单，登录任意一台终端的“我的订单”，扫描回单作为汇款凭证。",
		"工作人员核对到账后会短信通知经办人。",
	)
}
