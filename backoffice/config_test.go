package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestExampleConfigIsTrue: the example names every setting and shows the defaults.
func TestExampleConfigIsTrue(t *testing.T) {
	t.Parallel()
	got, err := readConfig("../packaging/examples/backoffice.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.PKI.URL = "http://pki.keyhall.example" // there is no default that would do
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example's values are not the defaults: got %+v, want %+v", got, want)
	}
	var all map[string]any
	meta, err := toml.DecodeFile("../packaging/examples/backoffice.toml", &all)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range settings(reflect.TypeFor[Config](), nil) {
		if !meta.IsDefined(setting...) {
			t.Errorf("the example lacks %s", strings.Join(setting, "."))
		}
	}
}

// settings lists the names of all settings of a configuration struct.
func settings(of reflect.Type, above []string) (all [][]string) {
	for i := range of.NumField() {
		name := append(above[:len(above):len(above)], of.Field(i).Tag.Get("toml"))
		if of.Field(i).Type.Kind() == reflect.Struct && of.Field(i).Type != reflect.TypeFor[duration]() {
			all = append(all, settings(of.Field(i).Type, name)...)
		} else {
			all = append(all, name)
		}
	}
	return all
}

func TestConfigTellsEveryMistake(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "backoffice.toml")
	text := `colour = "red"
data = "here"
database = "port=many password=s3cret"
scans = "s3://bucket"
names = []
[kiosks]
listen = ""
[console]
listen = "127.0.0.1:1"
key = "x"
[pki]
listen = "127.0.0.1:1"
url = "ftp://x"
keep_lists_days = 3
[metrics]
listen = "nowhere"
[ca]
algorithm = "rot13"
years = 1
[ca.token]
module = "x.so"
[messages]
url = "gateway"
timeout = "1ms"
[audit]
archive = "here"
checkpoints = "there"
[uploads]
kiosk_scans = 0
kiosk_mb = 1
order_pages = -1
order_mb = 19
[log]
format = "xml"
[demonstration]
days_ago = -1
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	if err == nil {
		t.Fatal("a wrong file was accepted")
	}
	for _, want := range []string{"colour", "data", "database", "scans", "names", "kiosks.listen", "console.certificate", "pki.listen",
		"pki.url", "metrics.listen", "ca.algorithm", "ca.years", "ca.token.label", "ca.token.pin_file", "messages.url",
		"messages.timeout", "audit.archive", "audit.checkpoints", "log.format", "pki.keep_lists_days", "uploads.kiosk_scans", "uploads.kiosk_mb", "uploads.order_pages", "uploads.order_mb", "demonstration.days_ago"} {
		if !strings.Contains(err.Error(), want+":") && !strings.Contains(err.Error(), want+",") {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the password: %v", err)
	}
}

// TestPointersThatLeadNowhere: an address that would stand uselessly in every certificate is refused before the first.
func TestPointersThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for address, fine := range map[string]bool{
		"http://pki.keyhall.example": true, "http://pki.keyhall.example/": true, "http://pki.keyhall.example:8080/pki": true, "http://10.1.2.3": true,
		"http://[2001:db8::1]:80": true, "HTTP://PKI.example": true, "none": true,
		"": false, "https://pki.keyhall.example": false, "pki.keyhall.example": false, "ldap://pki.keyhall.example": false, "http://": false,
		"http:///crl": false, "http://pki hall.example": false, "http://pki.keyhall.example/a b": false, "http://pki.keyhall.example ": false,
		" http://pki.keyhall.example": false, "http://pki.keyhall.example:": false, "http://pki.keyhall.example:0": false, "http://pki.keyhall.example:70000": false,
		"http://pki.keyhall.example?x=1": false, "http://pki.keyhall.example#x": false, "http://me:secret@pki.keyhall.example": false,
		"http://证书.example": false, "http://pki.keyhall.example/证书": false, "http://pki..example": false, "http://-pki.example": false, "http://pki_hall.example": false,
		"http://localhost": false, "http://127.0.0.1:8080": false, "http://[::1]": false, "http://0.0.0.0:8080": false, "http://169.254.1.1": false, "http://pki.localhost": false,
	} {
		c := defaultConfig()
		c.Names, c.PKI.URL = []string{"office.keyhall.example"}, address
		if err := c.Validate(); (err == nil) != fine || err != nil && !strings.Contains(err.Error(), "pki.url: ") {
			t.Errorf("%q: %v, want it accepted: %v", address, err, fine)
		}
	}
	c := defaultConfig() // a hall that is on one machine as a whole
	c.PKI.URL = "http://127.0.0.1:8080"
	if err := c.Validate(); err != nil {
		t.Errorf("all on one machine: %v", err)
	}
}
