package notify

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// The words of the text messages. They go to mobiles of mainland China and are Chinese only.
var (
	approved  = template{book.TemplateApproved, "{addressee}您好，您的{service}业务 {order} 已审核通过，授权码 {code}，{days} 天内有效。{where}，勿将授权码告知他人。"}
	ready     = template{"ready", "{addressee}您好，您的{service}业务 {order} 已审核通过。{where}。"}
	done      = template{"done", "{addressee}您好，您的{service}业务 {order} 已办理完成。{outcome}"}
	overtaken = template{"overtaken", "{addressee}您好，因业务 {by} 已通过，您的{service}业务 {order} {what}。{money}"}
	letGo     = template{"let_go", "{addressee}您好，因证书（UKey {serial}）{why}，您的{service}业务 {order} 中该证书的办理已取消。{money}"}

	returned     = template{"returned", "{addressee}您好，您的{service}业务 {order} 的材料需要补正：{reasons}。{where}重新提交。"}
	slipReturned = template{"slip_returned", "{addressee}您好，您的{service}业务 {order} 的汇款未能确认：{reasons}。请核对后重新提交汇款凭证。"}
	cancelled    = template{"cancelled", "{addressee}您好，您的{service}业务 {order} 未通过审核，已取消：{reasons}。{money}"}
	stopped      = template{"stopped", "{addressee}您好，您的{service}业务 {order} 中尚未办理的部分已停止办理：{reasons}。已办理完成的不受影响。{money}"}

	account = template{"account", "{addressee}您好，您的{service}业务 {order} 请汇款 {amount} 元。户名：{holder}；开户银行：{bank}；账号：{account}；附言只填：{order}。{where}。"}

	takeover  = template{"takeover", "{addressee}您好，您的{service}业务 {order} 将改由 {where} 继续办理，授权码 {code}，{minutes} 分钟内有效，仅可使用一次。如非本人操作，请勿告知他人并立即联系服务大厅。"}
	takenOver = template{"taken_over", "{addressee}您好，您的业务 {order} 未完成的{work}已改在 {where} 继续。如非本人操作，请立即联系服务大厅。"}

	suspended = template{"certificate_suspended", "您好，贵单位的证书（业务 {order}，UKey {serial}）已暂停使用（{why}），恢复前请勿使用。如需恢复或有疑问，请联系服务大厅。"}
	keyLost   = template{"key_lost", "您好，贵单位的 UKey {serial}（业务 {order}）已在 {where} 挂失，证书已暂停使用。UKey 若已找到，可在服务大厅终端凭 UKey 解除挂失；若确已遗失，请办理遗失补办。如贵单位并不知情，请立即联系服务大厅。"}
	keyFound  = template{"key_found", "您好，贵单位的 UKey {serial}（业务 {order}）已在 {where} 凭 UKey 解除挂失。如贵单位并不知情，请立即联系服务大厅。"}
	restored  = template{"certificate_restored", "您好，贵单位的证书（业务 {order}，UKey {serial}）已恢复使用（{why}）。如贵单位并不知情，请立即联系服务大厅。"}
	revoked   = template{"certificate_revoked", "您好，贵单位的证书（业务 {order}，UKey {serial}）已吊销，不能再使用（{why}）。如仍需使用，请到服务大厅办理新证书；如有疑问，请联系服务大厅。"}

	ends = template{"certificate_ends", "{addressee}您好，您的证书（业务 {order}，UKey {serial}）将于 {date} 到期，{where}。"}

	slipCode           = template{"slip_code", "{addressee}您好，您正在 {where} 办理业务 {order}，验证码 {code}，{minutes} 分钟内有效，仅可使用一次，凭此码可以查看并办理这笔业务。如非本人操作，请勿告知他人。"}
	mobileChanged      = template{"mobile_changed", "{addressee}您好，{organisation} 经办人的登记手机号已变更（业务 {order}）。如非本人办理，请立即联系服务大厅。"}
	memberConfirmed    = template{"member_confirmed", "{addressee}您好，您作为 {organisation} 经办人的身份已经审核确认。如非本人办理，请立即联系服务大厅。"}
	colleagueConfirmed = template{"colleague_confirmed", "您好，{organisation} 新增一位经审核确认的经办人（{colleague}，{mobile}）。如有疑问，请联系服务大厅。"}
)

// Where most work goes on.
const (
	toAnyKiosk = "到服务大厅任一终端"
	anyKiosk   = "请" + toAnyKiosk
)

// works are what the work of a plan is called.
var works = map[ra.Plan]string{
	ra.PlanMake:   "证书制作",
	ra.PlanExtend: "证书延期",
	ra.PlanChange: "证书变更",
	ra.PlanUnlock: "UKey 解锁",
}

// service is a row of the table of services.
type service struct {
	kind   ra.Kind
	reason ra.ServiceReason
}

// byPIN is how work begins that no code opens.
const byPIN = "，凭该 UKey 的 PIN 办理，不需要授权码"

// serviceWords are the words of each service: what it is called, what to do once it is approved, and what is told once all its keys are
// written, "" where who waited for it has the key in the hand.
var serviceWords = map[service]struct{ name, bring, done string }{
	{ra.KindNew, ra.ReasonNone}:        {"新领证书", "请携带授权码" + toAnyKiosk + "制作证书", ""},
	{ra.KindRenew, ra.ReasonNone}:      {"证书续期", "请携带相应的 UKey " + toAnyKiosk + "办理延期，延期后有效期才会顺延", ""},
	{ra.KindExtend, ra.ReasonNone}:     {"证书延期", "请携带相应的 UKey " + toAnyKiosk + "办理延期" + byPIN, "新证书已写入 UKey，旧证书不再使用"},
	{ra.KindChange, ra.ReasonLegal}:    {"法定代表人变更", "请携带相应的 UKey " + toAnyKiosk + "办理变更" + byPIN, "新证书已写入 UKey，旧证书已吊销"},
	{ra.KindChange, ra.ReasonName}:     {"名称变更", "请携带相应的 UKey " + toAnyKiosk + "办理变更" + byPIN, "新证书已写入 UKey，旧证书已吊销"},
	{ra.KindChange, ra.ReasonData}:     {"信息变更", "请携带相应的 UKey " + toAnyKiosk + "办理变更" + byPIN, "新证书已写入 UKey，旧证书不再使用"},
	{ra.KindReissue, ra.ReasonLost}:    {"遗失补办", "原证书已吊销，请携带授权码" + toAnyKiosk + "制作证书", "新 UKey 已启用，原 UKey 即使找回也不能再使用"},
	{ra.KindReissue, ra.ReasonDamaged}: {"损坏补办", "原证书已停用，请携带授权码" + toAnyKiosk + "制作证书", "新 UKey 已启用，原 UKey 不能再使用"},
	{ra.KindUnlock, ra.ReasonNone}:     {"UKey 解锁", "请携带需要解锁的 UKey 和授权码" + toAnyKiosk + "解锁", "UKey 已解锁，请使用新的 PIN"},
}

// wordsOf are the words of an order's service.
func wordsOf(o ra.Order) struct{ name, bring, done string } {
	return serviceWords[service{o.Kind, o.Reason}]
}

// params are the parameters of one message beside those that every one has.
type params = map[string]string

// Approved tells the member that their order was approved, with the code that is good for so long. An older code that still waits
// to be sent is withdrawn: the customer would type it in vain.
func (b *Outbox) Approved(ctx context.Context, tx book.MessagesTx, o ra.Order, code string, life time.Duration) error {
	return b.post(ctx, tx, o, letter{template: approved, opens: o.ID, withdraws: []template{approved}, parameters: params{
		paramCode: code, "days": strconv.Itoa(int(life / (24 * time.Hour))), paramWhere: wordsOf(o).bring}})
}

// Ready tells the member that their order was approved, where the key's PIN opens the work.
func (b *Outbox) Ready(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	return b.post(ctx, tx, o, letter{template: ready, parameters: params{paramWhere: wordsOf(o).bring}})
}

// ending is a letter about an order of which something ended, and what becomes of the money. What still waits to be sent, that it may be worked on, is taken back once
// all of it has.
func ending(o ra.Order, l letter) letter {
	l.parameters["money"] = ""
	if o.Payment == ra.PaymentPaid {
		l.parameters["money"] = "相应的已付款项将为您退还或抵用，工作人员会与您联系。"
	}
	if o.Remaining() == 0 {
		l.withdraws = []template{approved, ready}
	}
	return l
}

// Done tells the member that their order is done: what became of the keys, where they were written, or what is to be done next, where the
// order only prepared it. Nobody is told who has a new key in the hand.
func (b *Outbox) Done(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	rule, words := serviceRule(o), wordsOf(o)
	outcome := ""
	switch written := rule.Plan != ra.PlanNone && o.HasDone(); {
	case written && words.done == "":
		return nil
	case written:
		outcome = words.done + "。如非本人办理，请立即联系服务大厅。"
	case rule.Terms == ra.TermsMade:
		outcome = words.bring + "。"
	}
	return b.post(ctx, tx, o, letter{template: done, parameters: params{"outcome": outcome}})
}

func serviceRule(o ra.Order) ra.ServiceRule {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	return rule
}

// Overtaken tells the member that what was ordered for a certificate ended because of another order on it.
func (b *Outbox) Overtaken(ctx context.Context, tx book.MessagesTx, o, by ra.Order) error {
	what := "中相同证书的办理已取消"
	if o.Remaining() == 0 {
		what = "未完成的办理已全部取消"
	}
	return b.post(ctx, tx, o, ending(o, letter{template: overtaken, parameters: params{"by": by.Number, "what": what}}))
}

// SlipCode sends the registered mobile the code, good for so long, with which somebody at a kiosk goes on with an order that they found by
// its paper or number. An older one that still waits to be sent is withdrawn.
func (b *Outbox) SlipCode(ctx context.Context, tx book.MessagesTx, o ra.Order, to book.Told, opens, code string, life time.Duration) error {
	return b.post(ctx, tx, o, letter{template: slipCode, mobile: to.Mobile, addressee: to.Name, opens: opens, withdraws: []template{slipCode}, parameters: params{
		paramCode: code, "minutes": strconv.Itoa(int(life / time.Minute)), paramWhere: place(to.Kiosk)}})
}

// MobileChanged tells the mobile that was registered so far that another one is from now on.
func (b *Outbox) MobileChanged(ctx context.Context, tx book.MessagesTx, o ra.Order, before ra.Membership) error {
	return b.post(ctx, tx, o, letter{template: mobileChanged, addressee: before.Handler.Name, parameters: params{"organisation": before.Organisation.Name}})
}

// Returned tells the member why their materials were sent back.
func (b *Outbox) Returned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.post(ctx, tx, o, letter{template: returned, parameters: params{paramReasons: reasonText(reasons), paramWhere: anyKiosk}})
}

// Account tells the member where to pay their order. One of before that still waits to be sent is withdrawn.
func (b *Outbox) Account(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	p, err := tx.Project(ctx, o.ProjectID)
	if err != nil {
		return err
	}
	return b.post(ctx, tx, o, letter{template: account, withdraws: []template{account}, parameters: params{
		"amount": fmt.Sprintf("%d.%02d", o.AmountFen/100, o.AmountFen%100), paramHolder: p.Bank.Holder, paramBank: p.Bank.Bank, "account": p.Bank.Number,
		paramWhere: "汇款后" + anyKiosk + "扫描银行回单"}})
}

// SlipReturned tells the member why their transfer could not be confirmed.
func (b *Outbox) SlipReturned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.post(ctx, tx, o, letter{template: slipReturned, parameters: params{paramReasons: reasonText(reasons)}})
}

// Cancelled tells the member why their order was rejected.
func (b *Outbox) Cancelled(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.post(ctx, tx, o, ending(o, letter{template: cancelled, parameters: params{paramReasons: reasonText(reasons)}}))
}

// Stopped tells the member why what was not made yet of their order is not made any more.
func (b *Outbox) Stopped(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.post(ctx, tx, o, ending(o, letter{template: stopped, parameters: params{paramReasons: reasonText(reasons)}}))
}

// Takeover sends the member the code, good for so long, with which an operation may go on at another kiosk. An older one that still waits
// to be sent is withdrawn.
func (b *Outbox) Takeover(ctx context.Context, tx book.MessagesTx, o ra.Order, operationID string, k ra.Kiosk, code string, life time.Duration) error {
	return b.post(ctx, tx, o, letter{template: takeover, opens: operationID, withdraws: []template{takeover}, parameters: params{
		paramCode: code, "minutes": strconv.Itoa(int(life / time.Minute)), paramWhere: place(k)}})
}

// TakenOver tells the member that another kiosk goes on with their key.
func (b *Outbox) TakenOver(ctx context.Context, tx book.MessagesTx, o ra.Order, k ra.Kiosk) error {
	return b.post(ctx, tx, o, letter{template: takenOver, parameters: params{"work": works[ra.PlanFor(o.Kind, o.Reason)], paramWhere: place(k)}})
}

func place(k ra.Kiosk) string { return k.Hall.ZH + " " + k.Window.ZH }

// groundWords are why a certificate was suspended, restored or revoked, as its holder is told.
var groundWords = map[ra.Ground]string{
	ra.GroundHolder:             "应贵单位申请",
	ra.GroundLost:               "UKey 已挂失",
	ra.GroundBack:               "UKey 已找回",
	ra.GroundMisuse:             "可能被他人使用",
	ra.GroundAuthority:          "根据有关机关的要求",
	ra.GroundDoubt:              "申请材料需要核实",
	ra.GroundCleared:            "暂停的原因已核实解除",
	ra.GroundMistake:            "此前系误操作暂停",
	ra.GroundOther:              "其他原因，详情请咨询",
	ra.GroundKeyCompromise:      "UKey 遗失或密钥可能泄露",
	ra.GroundAffiliationChanged: "单位信息已变更",
	ra.GroundSuperseded:         "已由新证书替代",
	ra.GroundCessation:          "不再使用",
	ra.GroundPrivilegeWithdrawn: "不再符合使用条件",
}

// CertificateSuspended tells the holder of a certificate, which came from the order, that it is on hold.
func (b *Outbox) CertificateSuspended(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error {
	return b.holders(ctx, tx, o, c, suspended, g)
}

// CertificateRestored tells the holder of a certificate that it is in use again.
func (b *Outbox) CertificateRestored(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error {
	return b.holders(ctx, tx, o, c, restored, g)
}

// CertificateRevoked tells the holder of a certificate that it is over for good.
func (b *Outbox) CertificateRevoked(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error {
	return b.holders(ctx, tx, o, c, revoked, g)
}

// KeyLost tells the holder of a certificate that its key was reported lost at a kiosk.
func (b *Outbox) KeyLost(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, k ra.Kiosk) error {
	return b.everyHolder(ctx, tx, o, c, letter{template: keyLost, parameters: params{"serial": c.Key.Serial, paramWhere: place(k)}})
}

// KeyFound tells the holder of a certificate that its lost key is back, as somebody showed with it at a kiosk.
func (b *Outbox) KeyFound(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, k ra.Kiosk) error {
	return b.everyHolder(ctx, tx, o, c, letter{template: keyFound, parameters: params{"serial": c.Key.Serial, paramWhere: place(k)}})
}

// holders tells everybody who may know of a certificate what became of it, why, and what to do next.
func (b *Outbox) holders(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, t template, g ra.Ground) error {
	return b.everyHolder(ctx, tx, o, c, letter{template: t, parameters: params{"serial": c.Key.Serial, "why": groundWords[g]}})
}

// everyHolder sends a letter to everybody who may know of a certificate.
func (b *Outbox) everyHolder(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, l letter) error {
	mobiles, err := tx.HoldersMobiles(ctx, c.MembershipID)
	if err != nil {
		return err
	}
	for _, l.mobile = range mobiles {
		if err := b.post(ctx, tx, o, l); err != nil {
			return err
		}
	}
	return nil
}

// CertificateEnds tells the holder of a certificate when it ends, and what to do before.
func (b *Outbox) CertificateEnds(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error {
	return b.post(ctx, tx, o, letter{template: ends, withdraws: []template{ends}, parameters: params{
		"serial": c.Key.Serial, "date": c.NotAfter.In(ra.HallTime).Format("2006年1月2日"), paramWhere: "请携带该 UKey 到服务大厅任一终端办理延期"}})
}

// endedWords are why what was ordered for a certificate ended.
var endedWords = map[ra.Code]string{
	ra.CodeCertificateOver: "已吊销或失效",
	ra.CodeWindowOver:      "已过可办理的期限",
}

// LetGo tells the member that what was ordered for a certificate ended, because it is over or past its time.
func (b *Outbox) LetGo(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, because ra.Code) error {
	return b.post(ctx, tx, o, ending(o, letter{template: letGo, parameters: params{"serial": c.Key.Serial, "why": endedWords[because]}}))
}

// MemberConfirmed tells the member that they are a confirmed member now.
func (b *Outbox) MemberConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, m ra.Membership) error {
	return b.post(ctx, tx, o, letter{template: memberConfirmed, addressee: m.Handler.Name, parameters: params{"organisation": m.Organisation.Name}})
}

// ColleagueConfirmed tells another member of the organisation.
func (b *Outbox) ColleagueConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, mobile string, m ra.Membership) error {
	return b.post(ctx, tx, o, letter{template: colleagueConfirmed, mobile: mobile, parameters: params{
		"organisation": m.Organisation.Name, "colleague": ra.MaskName(m.Handler.Name), "mobile": ra.MaskMobile(m.Handler.Mobile)}})
}

var reasonWords = map[ra.ReasonKind]string{
	ra.ReasonUnreadable: "影像不清晰",
	ra.ReasonIncomplete: "材料不完整",
	ra.ReasonNoSeal:     "未加盖公章",
	ra.ReasonDiffers:    "与填写的信息不一致",
	ra.ReasonExpired:    "证件已过期",
	ra.ReasonWrongPaper: "材料种类不符",
	ra.ReasonNoTransfer: "款项未到账",
}

var materialWords = map[ra.MaterialKind]string{
	ra.MaterialLicence:    "营业执照",
	ra.MaterialIdentity:   "经办人身份证",
	ra.MaterialForm:       "业务登记表",
	ra.MaterialRiskNotice: "风险告知函",
	ra.MaterialProof:      "变更证明",
	ra.MaterialRemittance: "汇款凭证",
}

// reasonText is "营业执照影像不清晰（第二页）；汇款凭证款项未到账".
func reasonText(reasons []ra.Reason) string {
	texts := make([]string, 0, len(reasons))
	for _, r := range reasons {
		words := reasonWords[r.Kind]
		switch note := strings.TrimSpace(r.Note); {
		case note != "" && words != "":
			words += "（" + note + "）"
		case note != "":
			words = note
		}
		texts = append(texts, materialWords[r.Material]+words)
	}
	return strings.Join(texts, "；")
}
