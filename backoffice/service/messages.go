package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// How messages are sent.
const (
	messageBatch = 20
	messageLease = time.Minute // how long one attempt may take before another sender tries
	messageSlow  = time.Hour   // the longest wait between two attempts
)

// message puts a text message to the registered mobile of the order's member into the outbox.
func (s *Service) message(ctx context.Context, tx Tx, o ra.Order, template, text string) error {
	mobile, err := tx.RegisteredMobile(ctx, o.MembershipID)
	if err != nil {
		return err
	}
	return s.messageTo(ctx, tx, o.ID, mobile, template, text)
}

// messageTo puts a text message about an order into the outbox. Its words are sealed: they may hold a code.
func (s *Service) messageTo(ctx context.Context, tx Tx, orderID, mobile, template, text string) error {
	id, err := s.newID()
	if err != nil {
		return err
	}
	body, err := s.vault.Seal("outbox", []byte(text), []byte(id))
	if err != nil {
		return fmt.Errorf("sealing a message: %w", err)
	}
	return tx.InsertMessage(ctx, book.OutboxRow{ID: id, OrderID: orderID, Mobile: mobile, Template: template,
		Body: body, CreatedAt: s.time()})
}

// DeliverMessages sends what waits in the outbox and returns how many went out. A message goes out at least once; a
// failed one is tried again later and later, up to an hour apart. The error tells of those that failed now.
func (s *Service) DeliverMessages(ctx context.Context) (n int, err error) {
	if s.sender == nil {
		return 0, errors.New("service: no sender of text messages")
	}
	var failed []error
	for {
		now := s.time()
		rows, err := s.store.LeaseMessages(ctx, now, now.Add(messageLease), messageBatch)
		if err != nil || len(rows) == 0 {
			return n, errors.Join(append(failed, err)...)
		}
		for _, m := range rows {
			if err := s.deliver(ctx, m); err != nil {
				failed = append(failed, fmt.Errorf("message %s: %w", m.ID, err))
				continue
			}
			n++
		}
	}
}

func (s *Service) deliver(ctx context.Context, m book.OutboxRow) error {
	text, err := s.vault.Open("outbox", m.Body, []byte(m.ID))
	if err == nil {
		err = s.sender.Send(ctx, book.Message{ID: m.ID, Mobile: m.Mobile, Template: m.Template, Text: string(text)})
	}
	now := s.time()
	if err != nil {
		wait := min(time.Duration(1<<min(m.Attempts, 10))*5*time.Second, messageSlow)
		return errors.Join(err, s.store.PutOffMessage(ctx, m.ID, now.Add(wait)))
	}
	return s.store.MessageSent(ctx, m.ID, now)
}

// The words of the text messages. They go to mobiles of mainland China and are Chinese only.

func approvedText(o ra.Order, code string) string {
	return fmt.Sprintf("【数字证书服务大厅】您的业务 %s 已审核通过，授权码 %s，%d 天内有效。请携带授权码到服务大厅任一终端制作证书，勿告知他人。",
		o.Number, code, int(AuthCodeLifetime/(24*time.Hour)))
}

func returnedText(o ra.Order, reasons []ra.Reason) string {
	return fmt.Sprintf("【数字证书服务大厅】您的业务 %s 的材料需要补正：%s。请到服务大厅任一终端重新提交。", o.Number, reasonText(reasons))
}

func slipReturnedText(o ra.Order, reasons []ra.Reason) string {
	return fmt.Sprintf("【数字证书服务大厅】您的业务 %s 的汇款未能确认：%s。请核对后重新提交汇款凭证。", o.Number, reasonText(reasons))
}

func cancelledText(o ra.Order, reasons []ra.Reason) string {
	return fmt.Sprintf("【数字证书服务大厅】您的业务 %s 未通过审核，已取消：%s。", o.Number, reasonText(reasons))
}

func takenOverText(o ra.Order, k ra.Kiosk) string {
	return fmt.Sprintf("【数字证书服务大厅】您的业务 %s 未完成的证书制作已改在 %s %s 继续。如非本人操作，请立即联系服务大厅。", o.Number, k.Hall.ZH, k.Window.ZH)
}

func memberConfirmedText(m ra.Membership) string {
	return fmt.Sprintf("【数字证书服务大厅】您作为 %s 经办人的身份已经审核确认。如非本人办理，请立即联系服务大厅。", m.Organisation.Name)
}

func colleagueConfirmedText(m ra.Membership) string {
	return fmt.Sprintf("【数字证书服务大厅】%s 新增一位经审核确认的经办人（%s，%s）。如有疑问，请联系服务大厅。", m.Organisation.Name,
		ra.MaskName(m.Handler.Name), ra.MaskMobile(m.Handler.Mobile))
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
