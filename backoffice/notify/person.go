package notify

import (
	"context"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Messages about a person, whatever they are here for.
var (
	passwordCode  = template{"password_code", "{addressee}您好，您正在 {where} 重新设置登录密码，验证码 {code}，{minutes} 分钟内有效，仅可使用一次。如非本人操作，请勿告知他人。"}
	mobileCode    = template{"mobile_code", "{addressee}您好，您正在 {where} 登记，手机验证码 {code}，{minutes} 分钟内有效，仅可使用一次。如非本人操作，请勿告知他人。"}
	passwordReset = template{"password_reset", "{addressee}您好，您的登录密码已在 {where} 通过短信验证码重新设置，此前的登录和授权码均已失效，24 小时内不能制作证书。如非本人操作，请立即联系服务大厅。"}

	passwordAtDesk = template{"password_at_desk", "{addressee}您好，您的登录密码经 {where} 核验材料后将重新设置，此前的登录和授权码均已失效。如非本人办理，请立即联系服务大厅。"}
	mobileAtDesk   = template{"mobile_at_desk", "{addressee}您好，您的登记手机号经 {where} 核验材料后已变更为 {mobile}，此前的登录和授权码均已失效。如非本人办理，请立即联系服务大厅。"}

	memberByKey    = template{"member_by_key", "{addressee}您好，您作为 {organisation} 经办人的身份已在 {where} 用该单位的 UKey（{serial}）确认。如非本人办理，请立即联系服务大厅。"}
	colleagueByKey = template{"colleague_by_key", "您好，{organisation} 新增一位用该单位的 UKey（{serial}）确认的经办人（{colleague}，{mobile}）。如有疑问，请联系服务大厅。"}
)

// PasswordCode sends the code, good for so long, with which somebody sets a password that they forgot. An older one that still waits to be
// sent is withdrawn.
func (b *Outbox) PasswordCode(ctx context.Context, tx book.MessagesTx, to book.Told, code string, life time.Duration) error {
	return b.tell(ctx, tx, to, letter{template: passwordCode, opens: to.PersonID, withdraws: []template{passwordCode}, parameters: params{
		paramCode: code, "minutes": strconv.Itoa(int(life / time.Minute)), paramWhere: place(to.Kiosk)}})
}

// MobileCode sends the code, good for so long, with which somebody who registers shows that the mobile is theirs. An older one that still
// waits to be sent is withdrawn.
func (b *Outbox) MobileCode(ctx context.Context, tx book.MessagesTx, to book.Told, opens, code string, life time.Duration) error {
	return b.tell(ctx, tx, to, letter{template: mobileCode, opens: opens, withdraws: []template{mobileCode}, parameters: params{
		paramCode: code, "minutes": strconv.Itoa(int(life / time.Minute)), paramWhere: place(to.Kiosk)}})
}

// PasswordReset tells somebody that their password was set anew by a code.
func (b *Outbox) PasswordReset(ctx context.Context, tx book.MessagesTx, to book.Told) error {
	return b.tell(ctx, tx, to, letter{template: passwordReset, parameters: params{paramWhere: place(to.Kiosk)}})
}

// PasswordAtDesk tells somebody that two officers at the desk let them set their password anew.
func (b *Outbox) PasswordAtDesk(ctx context.Context, tx book.MessagesTx, to book.Told) error {
	return b.tell(ctx, tx, to, letter{template: passwordAtDesk, parameters: params{paramWhere: place(to.Kiosk)}})
}

// MobileAtDesk tells somebody that two officers at the desk made another mobile the registered one.
func (b *Outbox) MobileAtDesk(ctx context.Context, tx book.MessagesTx, to book.Told, mobile string) error {
	return b.tell(ctx, tx, to, letter{template: mobileAtDesk, parameters: params{paramWhere: place(to.Kiosk), "mobile": ra.MaskMobile(mobile)}})
}

// MemberByKey tells a member that a key of their organisation confirmed them.
func (b *Outbox) MemberByKey(ctx context.Context, tx book.MessagesTx, to book.Told, m ra.Membership, key ra.KeyIdentity) error {
	return b.tell(ctx, tx, to, letter{template: memberByKey, parameters: params{
		"organisation": m.Organisation.Name, "serial": key.Serial, paramWhere: place(to.Kiosk)}})
}

// ColleagueByKey tells another member of it.
func (b *Outbox) ColleagueByKey(ctx context.Context, tx book.MessagesTx, to book.Told, m ra.Membership, key ra.KeyIdentity) error {
	return b.tell(ctx, tx, to, letter{template: colleagueByKey, parameters: params{"organisation": m.Organisation.Name, "serial": key.Serial,
		"colleague": ra.MaskName(m.Handler.Name), "mobile": ra.MaskMobile(m.Handler.Mobile)}})
}

// tell puts a message to a person into the outbox.
func (b *Outbox) tell(ctx context.Context, tx book.MessagesTx, to book.Told, l letter) error {
	project, err := tx.Project(ctx, to.ProjectID)
	if err != nil {
		return err
	}
	for _, older := range l.withdraws {
		if err := tx.WithdrawTold(ctx, to.Mobile, older.name, b.clerk.Now()); err != nil {
			return err
		}
	}
	l.mobile, l.addressee = to.Mobile, to.Name
	return b.put(ctx, tx, project, book.OutboxRow{HallID: to.Kiosk.HallID}, l, nil)
}
