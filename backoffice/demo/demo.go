// Package demo is a made-up hall for demonstrations and the sandbox: two projects with catalogue, prices, agreements and
// required materials, one UKey model, one hall and five members of staff. Nothing in it is real.
package demo

import (
	"context"
	"fmt"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Catalogue is what a back office sells and which keys it knows.
type Catalogue struct {
	Halls    []ra.Hall    `json:"halls"`
	Models   []Model      `json:"models"`
	Projects []ra.Project `json:"projects"`
}

// Model is a model of key and what only the back office knows of it.
type Model struct {
	ra.UKeyModel
	FactoryAdminPIN    string `json:"factory_admin_pin"`
	FactoryCustomerPIN string `json:"factory_customer_pin"` // "" where the maker sets none
	AdminPINTries      int    `json:"admin_pin_tries"`      // wrong ones in a row that lock the key
	Tells              bool   `json:"tells"`                // the key's flags say truly whether a wrong PIN was tried
	AdminPINLength     int    `json:"admin_pin_length"`
	AdminPINAlphabet   string `json:"admin_pin_alphabet"`
}

// Shelf is where a catalogue is stored.
type Shelf interface {
	PutHall(ctx context.Context, position int, h ra.Hall) error
	PutUKeyModel(ctx context.Context, m ra.UKeyModel, r book.AdminPINRule) error
	PutProject(ctx context.Context, position int, p ra.Project) error
}

// Store stores a catalogue; storing it again changes nothing.
func Store(ctx context.Context, s Shelf, c Catalogue) error {
	for i, h := range c.Halls {
		if err := s.PutHall(ctx, i+1, h); err != nil {
			return fmt.Errorf("hall %s: %w", h.ID, err)
		}
	}
	for _, m := range c.Models {
		rule := book.AdminPINRule{Factory: []byte(m.FactoryAdminPIN), Customer: []byte(m.FactoryCustomerPIN), Length: m.AdminPINLength,
			Alphabet: m.AdminPINAlphabet, Tries: m.AdminPINTries, Tells: m.Tells}
		if err := s.PutUKeyModel(ctx, m.UKeyModel, rule); err != nil {
			return fmt.Errorf("model %s: %w", m.ID, err)
		}
	}
	for i, p := range c.Projects {
		if err := s.PutProject(ctx, i+1, p); err != nil {
			return fmt.Errorf("project %s: %w", p.ID, err)
		}
	}
	return nil
}

// Member is a member of staff with roles everywhere.
type Member struct {
	ID, Login, Name string
	Roles           []ra.Role
}

// Staff are a supervisor who also reviews and handles money, as in a small hall, a counter clerk, two administrators, since
// one confirms what the other grants, and an auditor.
func Staff() []Member {
	return []Member{
		{"01920000-0000-7000-8000-0000000000a1", "supervisor", "王主管", []ra.Role{ra.RoleSupervisor, ra.RoleReviewer, ra.RoleFinance}},
		{"01920000-0000-7000-8000-0000000000a2", "counter", "赵柜员", []ra.Role{ra.RoleCounter}},
		{"01920000-0000-7000-8000-0000000000a3", "administrator", "刘管理", []ra.Role{ra.RoleAdministrator}},
		{"01920000-0000-7000-8000-0000000000a4", "administrator2", "陈管理", []ra.Role{ra.RoleAdministrator}},
		{"01920000-0000-7000-8000-0000000000a5", "auditor", "孙审计", []ra.Role{ra.RoleAuditor}},
	}
}

// Example is the demonstration's catalogue.
func Example() Catalogue {
	softHSM := Model{
		UKeyModel: ra.UKeyModel{
			ID: "softhsm", Name: ra.Text{ZH: "演示用软件 UKey（SoftHSM v2）", EN: "Demonstration software UKey (SoftHSM v2)"},
			Manufacturer: "SoftHSM project", Model: "SoftHSM v2", PINMin: 6, PINMax: 16,
		},
		FactoryAdminPIN: "12345678", FactoryCustomerPIN: "12345678", AdminPINTries: 3, Tells: true, AdminPINLength: 16, AdminPINAlphabet: "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
	}
	hall := ra.Hall{ID: "xihu", Name: ra.Text{ZH: "数字证书服务大厅", EN: "Certificate Service Hall"}}
	return Catalogue{Halls: []ra.Hall{hall}, Models: []Model{softHSM}, Projects: []ra.Project{eseal(softHSM.UKeyModel), trading(softHSM.UKeyModel)}}
}

func eseal(model ra.UKeyModel) ra.Project {
	return ra.Project{
		ID: "eseal", Name: ra.Text{ZH: "示例电子印章中心", EN: "Example E-Seal Centre"}, MaxUnits: 10, Window: ra.DefaultWindow(),
		Contact: contact("0571-88880000", "eseal.example", "示例电子印章"),
		Bank:    ra.BankAccount{Holder: "示例电子印章中心", Bank: "示例银行西湖支行", Number: "6222000011112222"},
		Services: []ra.Service{
			{ID: "org-1y", Kind: ra.KindNew, Name: ra.Text{ZH: "机构证书 1 年", EN: "Organisation certificate, 1 year"},
				About: ra.Text{ZH: "含 UKey 一把，用于签章与登录", EN: "With one UKey, for sealing and logging in"}, PriceFen: 20000, TermMonths: 12},
			{ID: "org-2y", Kind: ra.KindNew, Name: ra.Text{ZH: "机构证书 2 年", EN: "Organisation certificate, 2 years"},
				About: ra.Text{ZH: "含 UKey 一把，用于签章与登录", EN: "With one UKey, for sealing and logging in"}, PriceFen: 36000, TermMonths: 24},
			{ID: "org-3y", Kind: ra.KindNew, Name: ra.Text{ZH: "机构证书 3 年", EN: "Organisation certificate, 3 years"},
				About: ra.Text{ZH: "含 UKey 一把，用于签章与登录", EN: "With one UKey, for sealing and logging in"}, PriceFen: 48000, TermMonths: 36},
		},
		Agreements: agreements("示例电子印章中心", "the Example E-Seal Centre"),
		Required:   []ra.Requirements{{Kind: ra.KindNew, Materials: required()}},
		Models:     []ra.UKeyModel{model},
		Profile:    ra.SubjectProfile{Algorithm: "rsa-2048", Usage: ra.UsageDecrypt, Country: "CN"},
	}
}

func trading(model ra.UKeyModel) ra.Project {
	return ra.Project{
		ID: "trading", Name: ra.Text{ZH: "示例公共资源交易中心", EN: "Example Public Resources Trading Centre"}, MaxUnits: 5, Window: ra.DefaultWindow(),
		Contact: contact("0571-88880001", "trading.example", "示例交易中心"),
		Bank:    ra.BankAccount{Holder: "示例公共资源交易中心", Bank: "示例银行滨江支行", Number: "6222000033334444"},
		Services: []ra.Service{
			{ID: "bidder-1y", Kind: ra.KindNew, Name: ra.Text{ZH: "投标证书 1 年", EN: "Bidder certificate, 1 year"},
				About: ra.Text{ZH: "经办人签名证书，用于网上投标", EN: "The handler's signing certificate, for bidding online"}, PriceFen: 30000, TermMonths: 12},
			{ID: "bidder-2y", Kind: ra.KindNew, Name: ra.Text{ZH: "投标证书 2 年", EN: "Bidder certificate, 2 years"},
				About: ra.Text{ZH: "经办人签名证书，用于网上投标", EN: "The handler's signing certificate, for bidding online"}, PriceFen: 52000, TermMonths: 24},
		},
		Agreements: agreements("示例公共资源交易中心", "the Example Public Resources Trading Centre"),
		Required:   []ra.Requirements{{Kind: ra.KindNew, Materials: required()}},
		Models:     []ra.UKeyModel{model},
		Profile:    ra.SubjectProfile{Algorithm: "ec-p256", Usage: ra.UsageSign, Country: "CN", Handler: true},
	}
}

func contact(phone, domain, chat string) ra.Contact {
	return ra.Contact{
		Hours: ra.Text{ZH: "周一至周五 9:00–17:00（法定节假日除外）", EN: "Monday to Friday, 9:00–17:00, except public holidays"},
		Web:   "https://" + domain, Phone: phone, Chat: chat,
		Address: ra.Text{ZH: "浙江省杭州市西湖区示例路 1 号，310000", EN: "1 Shili Road, Xihu District, Hangzhou, Zhejiang 310000"},
	}
}

func required() []ra.Requirement {
	return []ra.Requirement{
		{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2},
		{Material: ra.MaterialIdentity, MinPages: 2, MaxPages: 2},
		{Material: ra.MaterialForm, MinPages: 1, MaxPages: 3},
	}
}
