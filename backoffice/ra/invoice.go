package ra

// InvoiceKind is ordinary or special VAT.
type InvoiceKind string

// The kinds of invoice.
const (
	InvoiceOrdinary InvoiceKind = "ordinary" // 增值税普通发票
	InvoiceSpecial  InvoiceKind = "special"  // 增值税专用发票
)

// InvoiceKinds are the kinds of invoice with their names, the usual one first.
func InvoiceKinds() []Choice {
	return []Choice{
		{string(InvoiceOrdinary), Text{ZH: "增值税普通发票", EN: "Ordinary VAT invoice"}},
		{string(InvoiceSpecial), Text{ZH: "增值税专用发票", EN: "Special VAT invoice"}},
	}
}

// Invoice details; address to account are needed for a special VAT invoice only.
type Invoice struct {
	Kind      InvoiceKind `json:"kind"`
	Title     string      `json:"title"`
	TaxNumber string      `json:"tax_number"`
	Address   string      `json:"address,omitempty"`
	Phone     string      `json:"phone,omitempty"`
	Bank      string      `json:"bank,omitempty"`
	Account   string      `json:"account,omitempty"`
}

// InvoiceFields is what is entered of an invoice.
func InvoiceFields() Fields[Invoice] {
	special := func(i Invoice) bool { return i.Kind == InvoiceSpecial }
	return Fields[Invoice]{
		{ID: "invoice.kind", Name: Text{ZH: "发票类型", EN: "Kind of invoice"}, At: func(i *Invoice) *string { return (*string)(&i.Kind) },
			Writing: WritingChoice, Choices: InvoiceKinds()},
		{ID: "invoice.title", Name: Text{ZH: "发票抬头", EN: "Invoice title"}, At: func(i *Invoice) *string { return &i.Title }, Check: CheckName},
		{ID: "invoice.tax_number", Name: Text{ZH: "纳税人识别号", EN: "Taxpayer number"}, At: func(i *Invoice) *string { return &i.TaxNumber },
			Writing: WritingUpper, MaxLen: 24, Full: 18, Check: CheckTaxNumber, Normal: NormalCreditCode, Remark: RemarkCreditCode},
		{ID: "invoice.address", Name: Text{ZH: "注册地址", EN: "Registered address"}, At: func(i *Invoice) *string { return &i.Address },
			Check: CheckName, When: special},
		{ID: "invoice.phone", Name: Text{ZH: "注册电话", EN: "Registered phone"}, At: func(i *Invoice) *string { return &i.Phone },
			Writing: WritingPhone, MaxLen: 24, Check: CheckPhone, Normal: NormalPhone, When: special},
		{ID: "invoice.bank", Name: Text{ZH: "开户银行", EN: "Bank"}, At: func(i *Invoice) *string { return &i.Bank }, Check: CheckName, When: special},
		{ID: "invoice.account", Name: Text{ZH: "银行账号", EN: "Account number"}, At: func(i *Invoice) *string { return &i.Account },
			Writing: WritingDigits, MaxLen: 40, Check: CheckBankAccount, Normal: NormalBankAccount, When: special},
	}
}

// DeliveryKind is how the keys reach the customer.
type DeliveryKind string

// The kinds of delivery.
const (
	DeliveryCounter DeliveryKind = "counter"         // at the counter, now
	DeliveryPrepaid DeliveryKind = "courier_prepaid" // 快递寄付
	DeliveryCollect DeliveryKind = "courier_collect" // 快递到付
)

// DeliveryKinds are the kinds of delivery with their names, the usual one first.
func DeliveryKinds() []Choice {
	return []Choice{
		{string(DeliveryCounter), Text{ZH: "现场领取", EN: "At this counter"}},
		{string(DeliveryPrepaid), Text{ZH: "快递寄付", EN: "Courier, prepaid"}},
		{string(DeliveryCollect), Text{ZH: "快递到付", EN: "Courier, pay on receipt"}},
	}
}

// Delivery and, for a courier, where to.
type Delivery struct {
	Kind    DeliveryKind `json:"kind"`
	Name    string       `json:"name,omitempty"`
	Phone   string       `json:"phone,omitempty"`
	Address string       `json:"address,omitempty"`
}

// DeliveryFields is what is entered of a delivery.
func DeliveryFields() Fields[Delivery] {
	courier := func(d Delivery) bool { return d.Kind != DeliveryCounter && d.Kind != "" }
	return Fields[Delivery]{
		{ID: "delivery.kind", Name: Text{ZH: "领取方式", EN: "Delivery"}, At: func(d *Delivery) *string { return (*string)(&d.Kind) },
			Writing: WritingChoice, Choices: DeliveryKinds()},
		{ID: "delivery.name", Name: Text{ZH: "收件人", EN: "Recipient"}, At: func(d *Delivery) *string { return &d.Name }, Writing: WritingName, Check: CheckName, When: courier},
		{ID: "delivery.phone", Name: Text{ZH: "收件人电话", EN: "Recipient's phone"}, At: func(d *Delivery) *string { return &d.Phone },
			Writing: WritingPhone, MaxLen: 24, Check: CheckPhone, Normal: NormalPhone, When: courier},
		{ID: "delivery.address", Name: Text{ZH: "收件地址", EN: "Address"}, At: func(d *Delivery) *string { return &d.Address },
			Check: CheckName, When: courier},
	}
}
