package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// The words of the text messages. They go to mobiles of mainland China and are Chinese only.

// templateCode and templateReady name the text messages that an order may be worked on, with an authorization code and without;
// templateTakeover those with a code for going on at another kiosk.
const (
	templateCode     = "approved"
	templateReady    = "ready"
	templateTakeover = "takeover"
)

// works are the words for the work of a plan: what to bring for it, and what it is called.
var works = map[ra.Plan]struct{ bring, name string }{
	ra.PlanMake:   {"请携带授权码到服务大厅任一终端制作证书", "证书制作"},
	ra.PlanExtend: {"请携带相应的 UKey 到服务大厅任一终端办理延期", "证书延期"},
	ra.PlanChange: {"请携带相应的 UKey 到服务大厅任一终端办理变更", "证书变更"},
	ra.PlanUnlock: {"请携带需要解锁的 UKey 和授权码到服务大厅任一终端解锁", "UKey 解锁"},
}

// Approved tells the member that their order was approved, with the code that is good for so long. An older code that still waits
// to be sent is withdrawn: the customer would type it in vain.
func (b *Outbox) Approved(ctx context.Context, tx book.MessagesTx, o ra.Order, code string, life time.Duration) error {
	if err := tx.WithdrawMessages(ctx, o.ID, templateCode); err != nil {
		return err
	}
	return b.member(ctx, tx, o, templateCode, fmt.Sprintf("您的业务 %s 已审核通过，授权码 %s，%d 天内有效。%s，勿将授权码告知他人。",
		o.Number, code, int(life/(24*time.Hour)), works[ra.PlanFor(o.Kind, o.Reason)].bring))
}

// Ready tells the member that their order was approved, where the key's PIN opens the work.
func (b *Outbox) Ready(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	return b.member(ctx, tx, o, templateReady, fmt.Sprintf("您的业务 %s 已审核通过。%s。", o.Number, works[ra.PlanFor(o.Kind, o.Reason)].bring))
}

// withdrawReady takes back what still waits to be sent of an order that has ended.
func (b *Outbox) withdrawReady(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	if o.Remaining() > 0 {
		return nil
	}
	for _, template := range []string{templateCode, templateReady} {
		if err := tx.WithdrawMessages(ctx, o.ID, template); err != nil {
			return err
		}
	}
	return nil
}

// Done tells the member that their order is done, where nothing is written.
func (b *Outbox) Done(ctx context.Context, tx book.MessagesTx, o ra.Order) error {
	return b.member(ctx, tx, o, "done", fmt.Sprintf("您的业务 %s 已办理完成。", o.Number))
}

// Overtaken tells the member that what was ordered for a certificate ended because of another order on it.
func (b *Outbox) Overtaken(ctx context.Context, tx book.MessagesTx, o, by ra.Order) error {
	if err := b.withdrawReady(ctx, tx, o); err != nil {
		return err
	}
	what := "中相同证书的办理已取消"
	if o.Remaining() == 0 {
		what = "未完成的办理已全部取消"
	}
	return b.member(ctx, tx, o, "overtaken", fmt.Sprintf("因业务 %s 已通过，您的业务 %s %s。如已付款，请联系服务大厅。", by.Number, o.Number, what))
}

// MobileChanged tells the mobile that was registered so far that another one is from now on.
func (b *Outbox) MobileChanged(ctx context.Context, tx book.MessagesTx, o ra.Order, before ra.Membership) error {
	return b.member(ctx, tx, o, "mobile_changed", fmt.Sprintf("%s 经办人的登记手机号已变更（业务 %s）。如非本人办理，请立即联系服务大厅。",
		before.Organisation.Name, o.Number))
}

// Returned tells the member why their materials were sent back.
func (b *Outbox) Returned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.member(ctx, tx, o, "returned", fmt.Sprintf("您的业务 %s 的材料需要补正：%s。请到服务大厅任一终端重新提交。", o.Number, reasonText(reasons)))
}

// SlipReturned tells the member why their transfer could not be confirmed.
func (b *Outbox) SlipReturned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	return b.member(ctx, tx, o, "slip_returned", fmt.Sprintf("您的业务 %s 的汇款未能确认：%s。请核对后重新提交汇款凭证。", o.Number, reasonText(reasons)))
}

// Cancelled tells the member why their order was rejected.
func (b *Outbox) Cancelled(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	if err := b.withdrawReady(ctx, tx, o); err != nil {
		return err
	}
	return b.member(ctx, tx, o, "cancelled", fmt.Sprintf("您的业务 %s 未通过审核，已取消：%s。", o.Number, reasonText(reasons)))
}

// Stopped tells the member why what was not made yet of their order is not made any more.
func (b *Outbox) Stopped(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error {
	if err := b.withdrawReady(ctx, tx, o); err != nil {
		return err
	}
	return b.member(ctx, tx, o, "stopped", fmt.Sprintf("您的业务 %s 中尚未办理的部分已停止办理：%s。已办理完成的不受影响。", o.Number, reasonText(reasons)))
}

// Takeover sends the member the code, good for so long, with which their key may go on at another kiosk. An older one that still waits
// to be sent is withdrawn.
func (b *Outbox) Takeover(ctx context.Context, tx book.MessagesTx, o ra.Order, k ra.Kiosk, code string, life time.Duration) error {
	if err := tx.WithdrawMessages(ctx, o.ID, templateTakeover); err != nil {
		return err
	}
	return b.member(ctx, tx, o, templateTakeover, fmt.Sprintf("您的业务 %s 将改由 %s %s 继续办理，授权码 %s，%d 分钟内有效，仅可使用一次。如非本人操作，请勿告知他人并立即联系服务大厅。",
		o.Number, k.Hall.ZH, k.Window.ZH, code, int(life/time.Minute)))
}

// TakenOver tells the member that another kiosk goes on with their key.
func (b *Outbox) TakenOver(ctx context.Context, tx book.MessagesTx, o ra.Order, k ra.Kiosk) error {
	return b.member(ctx, tx, o, "taken_over", fmt.Sprintf("您的业务 %s 未完成的%s已改在 %s %s 继续。如非本人操作，请立即联系服务大厅。",
		o.Number, works[ra.PlanFor(o.Kind, o.Reason)].name, k.Hall.ZH, k.Window.ZH))
}

// CertificateSuspended tells the holder of a certificate, which came from the order, that it is on hold.
func (b *Outbox) CertificateSuspended(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error {
	return b.member(ctx, tx, o, "certificate_suspended", fmt.Sprintf("您的证书（业务 %s，UKey %s）已暂停使用，恢复前请勿使用。如有疑问，请联系服务大厅。", o.Number, c.Key.Serial))
}

// CertificateRestored tells the holder of a certificate that it is in use again.
func (b *Outbox) CertificateRestored(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error {
	return b.member(ctx, tx, o, "certificate_restored", fmt.Sprintf("您的证书（业务 %s，UKey %s）已恢复使用。如有疑问，请联系服务大厅。", o.Number, c.Key.Serial))
}

// CertificateRevoked tells the holder of a certificate that it is over for good.
func (b *Outbox) CertificateRevoked(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error {
	return b.member(ctx, tx, o, "certificate_revoked", fmt.Sprintf("您的证书（业务 %s，UKey %s）已吊销，不能再使用。如有疑问，请联系服务大厅。", o.Number, c.Key.Serial))
}

// LetGo tells the member that what was ordered for a certificate ended with it.
func (b *Outbox) LetGo(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error {
	if err := b.withdrawReady(ctx, tx, o); err != nil {
		return err
	}
	return b.member(ctx, tx, o, "let_go", fmt.Sprintf("因证书（UKey %s）已吊销，您的业务 %s 中该证书的办理已取消。如已付款，请联系服务大厅。", c.Key.Serial, o.Number))
}

// MemberConfirmed tells the member that they are a confirmed member now.
func (b *Outbox) MemberConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, m ra.Membership) error {
	return b.member(ctx, tx, o, "member_confirmed", fmt.Sprintf("您作为 %s 经办人的身份已经审核确认。如非本人办理，请立即联系服务大厅。", m.Organisation.Name))
}

// ColleagueConfirmed tells another member of the organisation.
func (b *Outbox) ColleagueConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, mobile string, m ra.Membership) error {
	return b.put(ctx, tx, o, mobile, "colleague_confirmed", fmt.Sprintf("%s 新增一位经审核确认的经办人（%s，%s）。如有疑问，请联系服务大厅。", m.Organisation.Name,
		ra.MaskName(m.Handler.Name), ra.MaskMobile(m.Handler.Mobile)))
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
