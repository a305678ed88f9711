package catalogue

import (
	"cmp"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// catalogue is what the file says, in the words of the vocabulary. A model that the file does not list is nothing but its id.
func (f file) catalogue() Catalogue {
	c := Catalogue{Halls: each(f.Halls, hall.hall), Models: each(f.Models, model.record)}
	models := map[string]ra.UKeyModel{}
	for _, m := range c.Models {
		models[m.ID] = m.UKeyModel
	}
	c.Projects = each(f.Projects, func(p project) ra.Project { return p.project(models) })
	return c
}

// fileOf is the file that says the same.
func fileOf(c Catalogue) file {
	f := file{Halls: each(c.Halls, hallOf), Models: each(c.Models, modelOf), Projects: each(c.Projects, projectOf)}
	slices.SortFunc(f.Models, func(a, b model) int { return cmp.Compare(a.ID, b.ID) })
	return f
}

func each[A, B any](all []A, turn func(A) B) []B {
	turned := make([]B, len(all))
	for i, a := range all {
		turned[i] = turn(a)
	}
	return turned
}

func (h hall) hall() ra.Hall { return ra.Hall{ID: h.ID, Name: ra.Text(h.Name)} }

func hallOf(h ra.Hall) hall { return hall{ID: h.ID, Name: words(h.Name)} }

func (m model) record() book.ModelRecord {
	return book.ModelRecord{
		UKeyModel: ra.UKeyModel{ID: m.ID, Name: ra.Text(m.Name), Manufacturer: m.Manufacturer, Model: m.Model, PINMin: m.PINMin, PINMax: m.PINMax},
		Rule: book.AdminPINRule{Factory: []byte(m.FactoryAdminPIN), Customer: []byte(m.FactoryCustomerPIN), Length: m.AdminPINLength,
			Alphabet: m.AdminPINAlphabet, Tries: m.AdminPINTries, Tells: m.Tells},
	}
}

func modelOf(m book.ModelRecord) model {
	return model{
		ID: m.ID, Name: words(m.Name), Manufacturer: m.Manufacturer, Model: m.Model, PINMin: m.PINMin, PINMax: m.PINMax,
		FactoryAdminPIN: string(m.Rule.Factory), FactoryCustomerPIN: string(m.Rule.Customer), AdminPINLength: m.Rule.Length,
		AdminPINAlphabet: m.Rule.Alphabet, AdminPINTries: m.Rule.Tries, Tells: m.Rule.Tells,
	}
}

func (p project) project(models map[string]ra.UKeyModel) ra.Project {
	days := ra.DefaultWindow()
	if p.Window != nil {
		days = ra.Window(*p.Window)
	}
	return ra.Project{
		ID: p.ID, Name: ra.Text(p.Name), MaxUnits: p.MaxUnits, SecondPerson: p.Second,
		Contact: ra.Contact{Hours: ra.Text(p.Contact.Hours), Web: p.Contact.Web, Phone: p.Contact.Phone, Chat: p.Contact.Chat,
			Address: ra.Text(p.Contact.Address)},
		Bank: ra.BankAccount(p.Bank), Profile: p.Profile.profile(), Window: days, MobileCountries: p.MobileCountries, ProveMobile: p.ProveMobile,
		Services: each(p.Services, service.service), Required: each(p.Required, requirements.requirements), Notices: each(p.Notices, notice.notice),
		Agreements: each(p.Agreements, agreement.agreement),
		Models: each(p.Models, func(id string) ra.UKeyModel {
			m := models[id]
			m.ID = id
			return m
		}),
	}
}

func projectOf(p ra.Project) project {
	days := window(p.Window)
	return project{
		ID: p.ID, Name: words(p.Name), MaxUnits: p.MaxUnits, Second: p.SecondPerson,
		Contact: contact{Hours: words(p.Contact.Hours), Web: p.Contact.Web, Phone: p.Contact.Phone, Chat: p.Contact.Chat,
			Address: words(p.Contact.Address)},
		Bank: bank(p.Bank), Profile: profileOf(p.Profile), Window: &days, MobileCountries: p.MobileCountries, ProveMobile: p.ProveMobile,
		Services: each(p.Services, serviceOf), Required: each(p.Required, requirementsOf), Notices: each(p.Notices, noticeOf), Agreements: each(p.Agreements, agreementOf),
		Models: each(p.Models, func(m ra.UKeyModel) string { return m.ID }),
	}
}

func (p profile) profile() ra.SubjectProfile {
	s := ra.SubjectProfile{Algorithm: p.Algorithm, Usage: p.Usage, Country: p.Country, Handler: p.Handler, Extended: p.Extended, Unlinked: p.Unlinked}
	for _, one := range p.Policies {
		s.Policies = append(s.Policies, ra.Policy(one))
	}
	return s
}

func profileOf(s ra.SubjectProfile) profile {
	p := profile{Algorithm: s.Algorithm, Usage: s.Usage, Country: s.Country, Handler: s.Handler, Extended: s.Extended, Unlinked: s.Unlinked}
	for _, one := range s.Policies {
		p.Policies = append(p.Policies, policy(one))
	}
	return p
}

func (s service) service() ra.Service {
	return ra.Service{ID: s.ID, Kind: s.Kind, Reason: s.Reason, Name: ra.Text(s.Name), About: ra.Text(s.About), PriceFen: s.PriceFen,
		TermMonths: s.TermMonths}
}

func serviceOf(s ra.Service) service {
	return service{ID: s.ID, Kind: s.Kind, Reason: s.Reason, Name: words(s.Name), About: words(s.About), PriceFen: s.PriceFen,
		TermMonths: s.TermMonths}
}

func (r requirements) requirements() ra.Requirements {
	return ra.Requirements{Kind: r.Kind, Reason: r.Reason,
		Materials: each(r.Materials, func(m requirement) ra.Requirement { return ra.Requirement(m) })}
}

func requirementsOf(r ra.Requirements) requirements {
	return requirements{Kind: r.Kind, Reason: r.Reason,
		Materials: each(r.Materials, func(m ra.Requirement) requirement { return requirement(m) })}
}

func (n notice) notice() ra.Notice {
	return ra.Notice{Kind: n.Kind, Reason: n.Reason, Version: n.Version, Title: ra.Text(n.Title), Body: n.Body.trimmed()}
}

func noticeOf(n ra.Notice) notice {
	return notice{Kind: n.Kind, Reason: n.Reason, Version: n.Version, Title: words(n.Title), Body: textOf(n.Body)}
}

func (a agreement) agreement() ra.Agreement {
	return ra.Agreement{ID: a.ID, Version: a.Version, Title: ra.Text(a.Title), Body: a.Body.trimmed()}
}

// trimmed leaves out the empty lines that stand around a text in a file.
func (t text) trimmed() ra.Text {
	return ra.Text{ZH: strings.TrimSpace(string(t.ZH)), EN: strings.TrimSpace(string(t.EN))}
}

func textOf(t ra.Text) text { return text{ZH: paragraphs(t.ZH), EN: paragraphs(t.EN)} }

func agreementOf(a ra.Agreement) agreement {
	return agreement{ID: a.ID, Version: a.Version, Title: words(a.Title), Body: textOf(a.Body)}
}
