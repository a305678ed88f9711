package form

import (
	"strconv"

	"keyhall/backoffice/ra"
)

// unlock is what stands on the application for unlocking (解锁申请表): the keys, who sets the new PIN, and what unlocking means.
func (s *sheet) unlock(_ ra.Project, o ra.Order, _ ra.Membership) {
	s.kindBoxes(o)
	s.applicant(o.Applicant)
	s.section(ra.Text{ZH: "申请解锁的 UKey", EN: "UKeys to unlock"})
	columns := []column{
		{head: ra.Text{ZH: "序号", EN: "No."}, width: 14},
		{head: ra.Text{ZH: "UKey 序列号", EN: "Key serial number"}, width: 52},
		{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 78, small: true},
		{head: ra.Text{ZH: "证书有效期至", EN: "Ends on"}, width: 34},
	}
	s.heads(columns)
	for i, t := range targets(o) {
		s.cells(lastLine, columns, strconv.Itoa(i+1), t.Key.Serial, spaced(t.SerialNumber), day(t.NotAfter))
	}
	s.section(ra.Text{ZH: "解锁说明", EN: "What unlocking means"})
	s.points(
		"审核通过后，授权码以短信发送到经办人手机 "+orNone(o.Applicant.Handler.Mobile)+"；凭授权码和本 UKey 在终端办理，他人无法代收。",
		"解锁时由经办人当场设定新密码，输入两次；原密码随即作废。本中心不保存、也无法查询该密码。",
		"解锁不改变 UKey 内的证书和密钥，证书有效期不变，已加密的文件仍可打开，已登记的业务系统无须更新。",
		"只解锁上列序列号的 UKey。请确认 UKey 由本单位保管；如已遗失，请改办挂失或补办。",
	)
	s.declaration(ra.Text{
		ZH: "本单位声明：上列 UKey 为本单位所有并由本单位保管，密码确因遗忘或输错被锁定；授权上述经办人设定新密码，由此产生的责任由本单位承担。",
		EN: "We declare that the UKeys above are ours and in our hands, that the PIN was forgotten or locked by wrong tries, and that the handler named sets the new one on our behalf."})
}

// unlockData is what unlock prints of an order.
func unlockData(_ ra.Project, o ra.Order) []any {
	return []any{o.Kind, o.CreatedAt.UTC(), o.Applicant, targets(o)}
}
