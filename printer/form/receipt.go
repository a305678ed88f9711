package form

import (
	"strconv"

	"keyhall/backoffice/ra"
)

// keyColumn is a column of the keys on a receipt, and what stands there of one.
type keyColumn struct {
	column
	cell func(Key) string
}

// The columns.
var (
	columnNumber = keyColumn{column{head: ra.Text{ZH: "序号", EN: "No."}, width: 12}, func(k Key) string { return strconv.Itoa(k.Number) }}
	columnModel  = keyColumn{column{head: ra.Text{ZH: "型号", EN: "Model"}, width: 36}, func(k Key) string { return k.Model.ZH }}
	columnSerial = keyColumn{column{head: ra.Text{ZH: "UKey 序列号", EN: "Key serial number"}, width: 40}, func(k Key) string { return k.Serial }}
	columnMade   = keyColumn{column{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 52, small: true},
		func(k Key) string { return spaced(k.Certificate.SerialNumber) }}
	columnNew = keyColumn{column{head: ra.Text{ZH: "新证书序列号", EN: "New certificate"}, width: 52, small: true},
		func(k Key) string { return spaced(k.Certificate.SerialNumber) }}
	columnOld = keyColumn{column{head: ra.Text{ZH: "原证书序列号", EN: "Former certificate"}, width: 44, small: true},
		func(k Key) string { return spaced(k.target().SerialNumber) }}
	columnStays = keyColumn{column{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 52, small: true},
		func(k Key) string { return spaced(k.target().SerialNumber) }}
	columnValid = keyColumn{column{head: ra.Text{ZH: "有效期", EN: "Valid"}, width: 38},
		func(k Key) string { return day(k.Certificate.NotBefore) + " 至 " + day(k.Certificate.NotAfter) }}
	columnEnds   = keyColumn{column{head: ra.Text{ZH: "有效期至", EN: "Ends on"}, width: 30}, func(k Key) string { return day(k.target().NotAfter) }}
	columnOldEnd = keyColumn{column{head: ra.Text{ZH: "原有效期至", EN: "Ended on"}, width: 37}, func(k Key) string { return day(k.target().NotAfter) }}
	columnNewEnd = keyColumn{column{head: ra.Text{ZH: "新有效期至", EN: "Ends on"}, width: 37}, func(k Key) string { return day(k.Certificate.NotAfter) }}
	columnTerm   = keyColumn{column{head: ra.Text{ZH: "已续期限", EN: "Term bought"}, width: 44}, func(k Key) string { return term(k.TermMonths) }}
	columnPIN    = keyColumn{column{head: ra.Text{ZH: "办理结果", EN: "Result"}, width: 44}, func(Key) string { return "已设定新密码" }}
	columnUntil  = keyColumn{column{head: ra.Text{ZH: "新有效期至", EN: "Ends on"}, width: 30}, func(k Key) string { return day(k.Certificate.NotAfter) }}
)

// What stands of the keys on the receipt of each kind.
var (
	handedOver = []keyColumn{columnNumber, columnModel, columnSerial, columnMade, columnValid}
	renewed    = []keyColumn{columnNumber, columnSerial, columnStays, columnEnds, columnTerm}
	rewritten  = []keyColumn{columnNumber, columnSerial, columnNew, columnOldEnd, columnNewEnd}
	reissued   = []keyColumn{columnNumber, columnSerial, columnNew, columnOld, columnUntil}
	unlocked   = []keyColumn{columnNumber, columnSerial, columnStays, columnEnds, columnPIN}
)

// target is the certificate that its unit is about, zero for a new key.
func (k Key) target() ra.UnitTarget {
	if k.Target == nil {
		return ra.UnitTarget{}
	}
	return *k.Target
}

// What is to be kept in mind.
const (
	pinIsYours = "UKey 密码由您本人设定，本中心不保存、也无法查询；连续输错将锁定 UKey，解锁须凭盖章材料办理。"
	pinIsNew   = "原密码已作废，请使用刚才设定的新密码；证书、密钥和已加密的文件不受影响。"
	pinStays   = "UKey 密码没有改变，仍是您原来使用的密码；连续输错将锁定 UKey，解锁须凭盖章材料办理。"
	keyLost    = "UKey 遗失或损坏，请立即联系服务大厅办理挂失或补办。用旧 UKey 加密的文件，请在办理补办、变更前先行解密。"

	oldKeyStays     = "用原证书加密的文件，仍用本 UKey 解密：原密钥保留在 UKey 内，请勿删除。"
	oldKeyIsNothing = "原 UKey 上的证书已停止使用；如找回原 UKey，不能再用于登录、签章，请交回服务大厅。"
	tellSystems     = "以原证书登记、绑定的业务系统，请自行更新为新证书。"
	extendNext      = "续期只缴纳新一期的费用；请在有效期届满前后的办理期内携带 UKey 办理延期，新的有效期才会写入 UKey。"
	renewInTime     = "证书到期前 90 天内可办理续期。登录任意一台终端的“我的订单”，可按订单号查看本订单、重新打印本回执。"
	findOrder       = "登录任意一台终端的“我的订单”，可按订单号查看本订单、重新打印本回执。"
)
