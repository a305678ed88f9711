// Package demo is a made-up hall for demonstrations and the sandbox: a catalogue of two projects with all services, one UKey
// model and one hall, and five members of staff. Nothing in it is real.
package demo

import (
	_ "embed"
	"fmt"

	"keyhall/backoffice/catalogue"
	"keyhall/backoffice/ra"
)

//go:embed catalogue.toml
var file []byte

// Catalogue is what the demonstration offers.
func Catalogue() (catalogue.Catalogue, error) {
	c, err := catalogue.Read(file)
	if err != nil {
		return c, fmt.Errorf("demonstration: %w", err)
	}
	return c, nil
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
