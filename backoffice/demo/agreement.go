package demo

import "keyhall/backoffice/ra"

// agreements are the texts that a customer opens before agreeing. They are patterns, not legal advice.
func agreements(zh, en string) []ra.Agreement {
	return []ra.Agreement{
		{
			ID: "service", Version: 1, Title: ra.Text{ZH: "数字证书服务协议", EN: "Certificate service agreement"},
			Body: ra.Text{
				ZH: "本协议由申请机构（以下称“用户”）与" + zh + "（以下称“服务方”）订立。\n\n" +
					"一、用户应提供真实、完整、有效的申请资料，并对资料的真实性负责。资料变更后，用户应及时办理证书变更。\n\n" +
					"二、证书及其私钥存放于 UKey 中，私钥在 UKey 内生成，不会离开 UKey。用户应妥善保管 UKey 和口令，不得转借他人。\n\n" +
					"三、使用证书作出的电子签名与手写签名或者盖章具有同等的法律效力，用户对使用其证书进行的操作负责。\n\n" +
					"四、UKey 遗失、损坏或者口令泄露时，用户应立即通知服务方办理吊销或者补办。通知之前产生的后果由用户承担。\n\n" +
					"五、证书有效期届满前，用户应办理续期或者延期。逾期未办理的，证书自动失效。\n\n" +
					"六、服务方按照法律规定保存申请资料和业务记录，并对用户的信息保密。",
				EN: "This agreement is made between the applying organisation (the user) and " + en + " (the provider).\n\n" +
					"1. The user provides true, complete and valid application data and answers for them. When data change, the user has the certificate changed without delay.\n\n" +
					"2. Certificate and private key are kept on the UKey. The private key is made on the UKey and never leaves it. The user keeps UKey and PIN safe and lends them to nobody.\n\n" +
					"3. An electronic signature made with the certificate has the same legal effect as a signature by hand or a seal. The user answers for what is done with the certificate.\n\n" +
					"4. When the UKey is lost or damaged, or the PIN becomes known, the user tells the provider at once and has the certificate revoked or reissued.\n\n" +
					"5. Before the certificate ends, the user has it renewed or extended; otherwise it becomes invalid.\n\n" +
					"6. The provider keeps application data and records as the law asks and keeps the user's data confidential.",
			},
		},
		{
			ID: "privacy", Version: 1, Title: ra.Text{ZH: "个人信息处理告知书", EN: "Notice on personal data"},
			Body: ra.Text{
				ZH: "为核验申请机构和经办人的身份、签发并管理数字证书，" + zh + "需要处理以下个人信息：法定代表人和经办人的姓名、身份证件号码、手机号码、电子邮箱，以及身份证件影像。\n\n" +
					"上述信息仅用于办理数字证书业务，按照《中华人民共和国电子签名法》的要求保存，至少保存至证书失效后五年。\n\n" +
					"您可以查阅、更正您的个人信息。不提供上述信息的，无法办理数字证书业务。",
				EN: "To verify the organisation and its handler and to issue and look after the certificate, " + en + " processes these personal data: names, identity numbers, mobile numbers and e-mail addresses of the legal representative and the handler, and images of the identity card.\n\n" +
					"They are used for certificate services only and kept as the Electronic Signature Law asks, for at least five years after the certificate has ended.\n\n" +
					"You may see and correct your data. Without them no certificate can be issued.",
			},
		},
	}
}
