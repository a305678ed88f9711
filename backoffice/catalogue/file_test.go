package catalogue_test

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/catalogue"
	"keyhall/backoffice/ra"
)

// example is the file that explains the format.
func example(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../../packaging/examples/catalogue.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func read(t testing.TB, text string) catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func textOf(t testing.TB, c catalogue.Catalogue) string {
	t.Helper()
	text, err := c.Text()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExampleSaysWhatItExplains(t *testing.T) {
	t.Parallel()
	c := read(t, example(t))
	if len(c.Halls) != 1 || len(c.Models) != 1 || len(c.Projects) != 1 {
		t.Fatalf("got %d halls, %d models, %d projects", len(c.Halls), len(c.Models), len(c.Projects))
	}
	p := c.Projects[0]
	want := []ra.Service{{ID: "change-name", Kind: ra.KindChange, Reason: ra.ReasonName,
		Name: ra.Text{ZH: "单位名称或代码变更", EN: "Change of the organisation's name or number"}}}
	if got := p.ServicesFor(ra.KindChange, ra.ReasonName); !slices.Equal(got, want) {
		t.Errorf("services for a change of name: got %+v, want %+v", got, want)
	}
	if !p.NeedsSecond(ra.ActRevoke) || p.NeedsSecond(ra.ActSuspend) {
		t.Errorf("acts for a second person: got %q", p.SecondPerson)
	}
	first := ra.Requirement{Material: ra.MaterialRiskNotice, MinPages: 1, MaxPages: 3}
	if got := p.RequiredFor(ra.KindChange, ra.ReasonName); len(got) != 4 || got[0] != first {
		t.Errorf("materials for a change of name: got %+v, want four, the first %+v", got, first)
	}
	if got, want := p.Agreements[0].Body.ZH, "第一段。\n\n第二段。"; got != want {
		t.Errorf("agreement: got %q, want %q", got, want)
	}
	notice := ra.Notice{Kind: ra.KindChange, Reason: ra.ReasonName, Version: 1, Title: ra.Text{ZH: "证书业务风险告知函", EN: "Notice of risks"}, Body: ra.Text{
		ZH: "一、新证书写入 UKey 并通过验证后，原证书即被吊销。\n\n二、用原证书加密的文件，请先行解密。",
		EN: "1. Once the new certificate is proven, the old one is revoked.\n\n2. Decrypt first what was encrypted for the old one."}}
	if got, has := p.NoticeFor(ra.KindChange, ra.ReasonName); got != notice || !has {
		t.Errorf("notice: got %+v, want %+v", got, notice)
	}
	if got, has := p.NoticeFor(ra.KindNew, ra.ReasonNone); has {
		t.Errorf("notice for new keys: %+v", got)
	}
	if got := read(t, strings.Replace(example(t), "[projects.window]\nbefore_days = 90\nafter_days = 30\n", "", 1)).Projects[0].Window; got != ra.DefaultWindow() || p.Window != got {
		t.Errorf("window: got %+v without a word, %+v with it, want %+v", got, p.Window, ra.DefaultWindow())
	}
	if !reflect.DeepEqual(p.Models, []ra.UKeyModel{c.Models[0].UKeyModel}) {
		t.Errorf("models of the project: got %+v", p.Models)
	}
	if r := c.Models[0].Rule; string(r.Factory) != "12345678" || len(r.Customer) != 0 || r.Length != 16 || r.Tries != 3 || !r.Tells {
		t.Errorf("the model's rule was misread")
	}
}

func TestTextIsReadAsItWas(t *testing.T) {
	t.Parallel()
	c := read(t, strings.ReplaceAll(example(t), "\n", "\r\n"))
	c.Projects[0].Agreements[0].Body = ra.Text{ZH: `他说"""好""" \ 。` + "\n\n" + `"`, EN: "tabs and \"quotes\""}
	text := textOf(t, c)
	again := read(t, text)
	if !reflect.DeepEqual(again, c) {
		t.Errorf("read again: got %+v, want %+v", again.Projects, c.Projects)
	}
	if got := textOf(t, again); got != text {
		t.Errorf("written again: got\n%s\nwant\n%s", got, text)
	}
	for _, line := range []string{`name = { zh = "西湖服务大厅", en = "West Lake Hall" }`, "他说\\\"\\\"\\\"好"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

// mistakes are what Read says is wrong.
func mistakes(t *testing.T, text string) []string {
	t.Helper()
	_, err := catalogue.Read([]byte(text))
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v, want mistakes", err)
	}
	var said []string
	for _, err := range all.Unwrap() {
		said = append(said, strings.Split(err.Error(), "\n")...)
	}
	return said
}

func TestEveryMistakeIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	good := example(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"a setting there is not": {"price_fen = 20000 #", "price = 20000 #", "projects.services.price: there is no such setting"},
		"id":                     {`id = "org-1y"`, `id = "Org 1"`, `project eseal, service 1: id: 1 to 40 of a-z, 0-9 and - are needed, not "Org 1"`},
		"two of one id":          {`id = "change-name"`, `id = "org-1y"`, "project eseal, service org-1y: id: there are two of them"},
		"unknown kind":           {`kind = "new"` + "\nname", `kind = "newish"` + "\nname", `project eseal, service org-1y: kind: one of ["new" "renew" "extend" "change" "reissue" "unlock"] is needed, not "newish"`},
		"reason of another kind": {`reason = "name"` + "\nname", `reason = "lost"` + "\nname", `project eseal, service change-name: reason: change goes with one of ["legal" "name" "data"], not "lost"`},
		"no reason":              {`reason = "name"` + "\nname", "name", `project eseal, service change-name: reason: change goes with one of ["legal" "name" "data"], not ""`},
		"a word missing":         {`, en = "Organisation certificate, 1 year"`, "", "project eseal, service org-1y: name.en: it is missing"},
		"half a description":     {`, en = "With one UKey"`, "", "project eseal, service org-1y: about.en: it is missing"},
		"a text missing":         {"en = \"\"\"\nThe first paragraph.\n\nThe second one.\n\"\"\"", "", "project eseal, agreement service: body.en: it is missing"},
		"price":                  {"price_fen = 20000", "price_fen = -1", "project eseal, service org-1y: price_fen: 0 to 100000000 is needed"},
		"no term":                {"term_months = 12", "", "project eseal, service org-1y: term_months: 1 to 120 is needed"},
		"a term too many":        {"price_fen = 0", "price_fen = 0\nterm_months = 12", "project eseal, service change-name: term_months: change has no term"},
		"a price beside another": {"price_fen = 0", "price_fen = 0\n\n[[projects.services]]\nid = \"cheaper\"\nkind = \"change\"\nreason = \"name\"\nname = { zh = \"更名\", en = \"Name\" }\nprice_fen = 1",
			"project eseal, service cheaper: kind: there is another of this kind and reason, and nobody would pay the higher price"},
		"unknown material":          {`material = "proof_of_change"`, `material = "passport"`, `project eseal, required for change name: material: one of ["business_licence" "handler_identity" "registration_form" "risk_notice" "proof_of_change"] is needed, not "passport"`},
		"material twice":            {`material = "handler_identity", min_pages = 2`, `material = "business_licence", min_pages = 2`, "project eseal, required for new: material business_licence stands there twice"},
		"pages":                     {"min_pages = 2, max_pages = 2", "min_pages = 2, max_pages = 1", "project eseal, required for new, material handler_identity: max_pages: 2 to 20 is needed"},
		"papers twice":              {"[[projects.required]]\nkind = \"change\"\nreason = \"name\"", "[[projects.required]]\nkind = \"new\"", "project eseal, required for new: it stands there twice"},
		"papers for no service":     {"[[projects.required]]\nkind = \"change\"\nreason = \"name\"", "[[projects.required]]\nkind = \"unlock\"", "project eseal, required for unlock: the project has no such service"},
		"unknown model":             {`models = ["maker-token"]`, `models = ["maker-token", "other"]`, `project eseal: models: the catalogue has no model "other"`},
		"model twice":               {`models = ["maker-token"]`, `models = ["maker-token", "maker-token"]`, `project eseal: models: "maker-token" stands there twice`},
		"PIN":                       {"pin_max = 16", "pin_max = 5", "model maker-token: pin_max: 6 to 64 is needed"},
		"alphabet":                  {`"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"`, `"AAAAAAAAAAAA"`, "model maker-token: admin_pin_alphabet: 10 or more different characters of ASCII are needed"},
		"algorithm":                 {`algorithm = "rsa-2048"`, `algorithm = "rsa"`, `project eseal: profile.algorithm: algorithm "rsa" is not known`},
		"usage":                     {`usage = "sign_decrypt"`, `usage = "decrypt"`, `project eseal: profile.usage: usage "decrypt" is not known`},
		"usage of the algorithm":    {`algorithm = "rsa-2048"`, `algorithm = "ec-p256"`, `project eseal: profile.usage: keys of algorithm "ec-p256" do not decrypt`},
		"address":                   {`web = "https://eseal.example"`, `web = "eseal.example"`, "project eseal: contact.web: an address beginning with https:// is needed, or nothing"},
		"what PostgreSQL refuses":   {`phone = "0571-88880000"`, `phone = "0571\u0000"`, "project eseal: contact.phone: one line without spaces around it is needed"},
		"a text with a NUL":         {"The second one.", `The second\u0000`, "project eseal, agreement service: body.en: it holds a character that nobody sees"},
		"version":                   {"id = \"service\"\nversion = 1", "id = \"service\"\nversion = 0", "project eseal, agreement service: version: 1 or more is needed"},
		"version of a notice":       {"version = 1", "version = 10000", "project eseal, notice for change name: version: 1 to 9999 is needed"},
		"half a notice":             {"en = \"\"\"\n1. Once the", "fr = \"\"\"\n1. Once the", "project eseal, notice for change name: body.en: it is missing"},
		"a notice for nobody":       {"    { material = \"risk_notice\", min_pages = 1, max_pages = 3 },\n", "", "project eseal, notice for change name: nobody would see it: the service does not require risk_notice"},
		"no notice to hand in":      {"    { material = \"registration_form\", min_pages = 1, max_pages = 3 },\n]\n\n[[projects.required]]\nkind = \"change\"", "    { material = \"risk_notice\", min_pages = 1, max_pages = 3 },\n]\n\n[[projects.required]]\nkind = \"change\"", "project eseal, required for new: material risk_notice: the project has no such notice"},
		"no name of a hall":         {`name = { zh = "西湖服务大厅", en = "West Lake Hall" }`, "", "hall xihu: name.zh: it is missing"},
		"days":                      {"before_days = 90", "before_days = -1", "project eseal: window.before_days: 0 to 366 is needed"},
		"a second for a suspension": {`["restore", "revoke"]`, `["suspend"]`, `project eseal: second_person: some of ["restore" "revoke"] are needed, not "suspend"; a suspension counts at once`},
		"the same act twice":        {`["restore", "revoke"]`, `["revoke", "revoke"]`, `project eseal: second_person: "revoke" stands there twice`},
		"no unit":                   {"max_units = 10", "max_units = 0", "project eseal: max_units: 1 to 1000 is needed"},
		"no account for transfers":  {`number = "6222000011112222"`, "", "project eseal: bank.number: it is missing"},
		"usage for mail":            {`"document_signing"`, `"email_protection"`, `project eseal: profile.extended_usages: one of ["client_auth" "document_signing" "ms_document_signing"] is needed, not "email_protection"`},
		"policy":                    {"1.3.6.1.4.1.32473.1.1", "1.3.x", `project eseal: profile.policies: "1.3.x" is no object identifier, or has a number over 2147483647, which many programs cannot read`},
		"practice statement":        {"https://eseal.example/cps", "eseal.example/cps", `project eseal: profile.policies: cps: a web address is needed, or nothing, not "eseal.example/cps"`},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Errorf("%s: the example has no %q", name, c.from)
			continue
		}
		if got := mistakes(t, text); !slices.Contains(got, c.want) || len(got) > 3 {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), c.want)
		}
	}
	all := mistakes(t, strings.NewReplacer("price_fen = 20000", "price_fen = -1", "pin_max = 16", "pin_max = 5").Replace(good))
	if len(all) != 2 {
		t.Errorf("two mistakes at once: got %q", all)
	}
	if empty := mistakes(t, ""); !slices.Equal(empty, []string{"halls: at least one is needed", "models: at least one is needed", "projects: at least one is needed"}) {
		t.Errorf("an empty file: got %q", empty)
	}
}

func TestWhatIsNoTOMLIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]string{"\n\nid = @\n": "line 3", "[[projects]]\nmax_units = \"ten\"\n": "line 2"} {
		if _, err := catalogue.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: got %v, want %s", text, err, line)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(example(f)))
	f.Add([]byte("[[halls]]\nid = \"a\"\nname = { zh = \"\\u4e00\" }"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := catalogue.Read(content)
		if err != nil {
			return
		}
		text := textOf(t, c)
		again, err := catalogue.Read([]byte(text))
		if err != nil {
			t.Fatalf("%v in what was written:\n%s", err, text)
		}
		if got := textOf(t, again); !bytes.Equal([]byte(got), []byte(text)) {
			t.Fatalf("written again: got\n%s\nwant\n%s", got, text)
		}
	})
}
