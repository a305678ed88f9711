package notify_test

import (
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// said is the text of the message that a call puts into the outbox, "" where it puts none.
func said(t *testing.T, h *servicetest.Hall, send func(tx book.MessagesTx) error) string {
	t.Helper()
	before := len(h.Sender.Sent())
	servicetest.Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error { return send(tx) }))
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	sent := h.Sender.Sent()
	if len(sent) == before {
		return ""
	}
	return sent[len(sent)-1].Text
}

// TestWordsOfEachService: what the customer of each service reads once it is approved, and once its keys are written.
func TestWordsOfEachService(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	h.Project.Contact.Phone = "400-000-0000"
	h.PutProject(t, 1, h.Project)
	o := h.Submitted(t, h.Registered(t), 1)
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	if len(ra.ServiceRules()) != len(serviceTexts) {
		t.Errorf("%d services have words here, want %d", len(serviceTexts), len(ra.ServiceRules()))
	}
	whole := func(text string) string {
		return "【" + h.Project.Name.ZH + "】" + ra.MaskName(o.Applicant.Handler.Name) + "您好，您的" + text + "咨询电话：400-000-0000。"
	}
	for _, c := range serviceTexts {
		o.Kind, o.Reason, o.Units[0].State = c.kind, c.reason, ra.UnitDone
		rule, ok := ra.RuleOf(c.kind, c.reason)
		if !ok {
			t.Errorf("%s %s is no service", c.kind, c.reason)
		}
		approved := func(tx book.MessagesTx) error { return h.Outbox.Ready(t.Context(), tx, o) }
		if rule.Code {
			now := h.Clock.Now()
			servicetest.Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error {
				return tx.PutAuthorizationCode(t.Context(), book.AuthorizationCode{Opens: o.ID, OrderID: o.ID, Hash: []byte{1}, CreatedAt: now, ExpiresAt: now.Add(30 * 24 * time.Hour)})
			}))
			approved = func(tx book.MessagesTx) error {
				return h.Outbox.Approved(t.Context(), tx, o, "12345678", 30*24*time.Hour)
			}
		}
		if rule.Plan != ra.PlanNone {
			if got, want := said(t, h, approved), whole(c.name+"业务 "+o.Number+" 已审核通过"+c.approved); got != want {
				t.Errorf("%s %s, approved\ngot  %s\nwant %s", c.kind, c.reason, got, want)
			}
		}
		want := ""
		if c.done != "" {
			want = whole(c.name + "业务 " + o.Number + " 已办理完成。" + c.done)
		}
		if got := said(t, h, func(tx book.MessagesTx) error { return h.Outbox.Done(t.Context(), tx, o) }); got != want {
			t.Errorf("%s %s, done\ngot  %s\nwant %s", c.kind, c.reason, got, want)
		}
	}
}

const (
	withCode = "，授权码 12345678，30 天内有效。"
	keepCode = "，勿将授权码告知他人。"
	withPIN  = "，凭该 UKey 的 PIN 办理，不需要授权码。"
	notYours = "如非本人办理，请立即联系服务大厅。"
)

var serviceTexts = []struct {
	kind                 ra.Kind
	reason               ra.ServiceReason
	name, approved, done string
}{
	{ra.KindNew, ra.ReasonNone, "新领证书", withCode + "请携带授权码到服务大厅任一终端制作证书" + keepCode, ""},
	{ra.KindRenew, ra.ReasonNone, "证书续期", "", "请携带相应的 UKey 到服务大厅任一终端办理延期，延期后有效期才会顺延。"},
	{ra.KindExtend, ra.ReasonNone, "证书延期", "。请携带相应的 UKey 到服务大厅任一终端办理延期" + withPIN, "新证书已写入 UKey，旧证书不再使用。" + notYours},
	{ra.KindChange, ra.ReasonLegal, "法定代表人变更", "。请携带相应的 UKey 到服务大厅任一终端办理变更" + withPIN, "新证书已写入 UKey，旧证书已吊销。" + notYours},
	{ra.KindChange, ra.ReasonName, "名称变更", "。请携带相应的 UKey 到服务大厅任一终端办理变更" + withPIN, "新证书已写入 UKey，旧证书已吊销。" + notYours},
	{ra.KindChange, ra.ReasonData, "信息变更", "。请携带相应的 UKey 到服务大厅任一终端办理变更" + withPIN, "新证书已写入 UKey，旧证书不再使用。" + notYours},
	{ra.KindReissue, ra.ReasonLost, "遗失补办", withCode + "原证书已吊销，请携带授权码到服务大厅任一终端制作证书" + keepCode, "新 UKey 已启用，原 UKey 即使找回也不能再使用。" + notYours},
	{ra.KindReissue, ra.ReasonDamaged, "损坏补办", withCode + "原证书已停用，请携带授权码到服务大厅任一终端制作证书" + keepCode, "新 UKey 已启用，原 UKey 不能再使用。" + notYours},
	{ra.KindUnlock, ra.ReasonNone, "UKey 解锁", withCode + "请携带需要解锁的 UKey 和授权码到服务大厅任一终端解锁" + keepCode, "UKey 已解锁，请使用新的 PIN。" + notYours},
}

// TestWordsOfWhatEnds: what is told of orders that end, with the money where some was paid.
func TestWordsOfWhatEnds(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	o := h.Submitted(t, member, 1)
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	by := ra.Order{Number: "XH03-000777-1", Kind: ra.KindReissue, Reason: ra.ReasonLost}
	certificate := ra.Certificate{Key: ra.KeyIdentity{Serial: "0000000000000042"}}
	reasons := []ra.Reason{{Kind: ra.ReasonNoSeal, Material: ra.MaterialForm}, {Kind: ra.ReasonOther, Note: "请补章"}}
	const money = "相应的已付款项将为您退还或抵用，工作人员会与您联系。"
	ctx := t.Context()
	for what, c := range map[string]struct {
		send  func(tx book.MessagesTx) error
		text  string
		money bool
	}{
		"sent back": {func(tx book.MessagesTx) error { return h.Outbox.Returned(ctx, tx, o, reasons) },
			"您的新领证书业务 " + o.Number + " 的材料需要补正：业务登记表未加盖公章；请补章。请到服务大厅任一终端重新提交。", false},
		"slip sent back": {func(tx book.MessagesTx) error {
			return h.Outbox.SlipReturned(ctx, tx, o, []ra.Reason{{Kind: ra.ReasonNoTransfer}})
		},
			"您的新领证书业务 " + o.Number + " 的汇款未能确认：款项未到账。请核对后重新提交汇款凭证。", false},
		"rejected": {func(tx book.MessagesTx) error { return h.Outbox.Cancelled(ctx, tx, o, reasons) },
			"您的新领证书业务 " + o.Number + " 未通过审核，已取消：业务登记表未加盖公章；请补章。", true},
		"stopped": {func(tx book.MessagesTx) error { return h.Outbox.Stopped(ctx, tx, o, reasons[1:]) },
			"您的新领证书业务 " + o.Number + " 中尚未办理的部分已停止办理：请补章。已办理完成的不受影响。", true},
		"overtaken": {func(tx book.MessagesTx) error { return h.Outbox.Overtaken(ctx, tx, o, by) },
			"因业务 XH03-000777-1 已通过，您的新领证书业务 " + o.Number + " 中相同证书的办理已取消。", true},
		"its certificate is over": {func(tx book.MessagesTx) error { return h.Outbox.LetGo(ctx, tx, o, certificate, ra.CodeCertificateOver) },
			"因证书（UKey 0000000000000042）已吊销或失效，您的新领证书业务 " + o.Number + " 中该证书的办理已取消。", true},
		"its window is over": {func(tx book.MessagesTx) error { return h.Outbox.LetGo(ctx, tx, o, certificate, ra.CodeWindowOver) },
			"因证书（UKey 0000000000000042）已过可办理的期限，您的新领证书业务 " + o.Number + " 中该证书的办理已取消。", true},
		"another mobile": {func(tx book.MessagesTx) error { return h.Outbox.MobileChanged(ctx, tx, o, member) },
			member.Organisation.Name + " 经办人的登记手机号已变更（业务 " + o.Number + "）。如非本人办理，请立即联系服务大厅。", false},
	} {
		for _, o.Payment = range []ra.PaymentState{ra.PaymentPaid, ra.PaymentUnpaid} {
			want := "【" + h.Project.Name.ZH + "】" + ra.MaskName(o.Applicant.Handler.Name) + "您好，" + c.text
			if c.money && o.Payment == ra.PaymentPaid {
				want += money
			}
			if got := said(t, h, c.send); got != want {
				t.Errorf("%s, %s\ngot  %s\nwant %s", what, o.Payment, got, want)
			}
		}
	}
}
