package pki

import (
	"bytes"
	"testing"

	"keyhall/backoffice/ra"
)

// TestCarries: a profile says of just those fields that its certificates carry them whose change is another subject.
func TestCarries(t *testing.T) {
	t.Parallel()
	before := ra.Applicant{Organisation: ra.Organisation{Name: "甲公司", CreditCode: "91330106MA2B1X2C3D", Address: "一号"},
		Legal: ra.Person{Name: "张三", IDNumber: "1"}, Handler: ra.Person{Name: "李四", IDNumber: "2", Mobile: "13800001234", Email: "a@example.org"}}
	all := ra.Applicant{Organisation: ra.Organisation{Name: "乙公司", ShortName: "乙", CreditCode: "91330106MA2B1X2C4B", Address: "二号"},
		Legal: ra.Person{Name: "王五", Document: ra.DocumentPassport, IDNumber: "3"}, Handler: ra.Person{Name: "赵六", Document: ra.DocumentPassport, IDNumber: "4", Mobile: "13900001234", Email: "b@example.org"}}
	for _, profile := range []ra.SubjectProfile{{Country: "CN"}, {Country: "CN", Handler: true}} {
		was, err := Subject(profile, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range before.Changes(all) {
			is, err := Subject(profile, before.Take([]string{id}, all))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := profile.Carries([]string{id}), !bytes.Equal(was, is); got != want {
				t.Errorf("handler %v: %s: got %v, want %v", profile.Handler, id, got, want)
			}
		}
	}
}
