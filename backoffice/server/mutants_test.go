package server_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// odd is what stands in a body in place of what belongs there.
var odd = []string{`"a\u0000b"`, `"\ud800"`, `""`, `"` + strings.Repeat("中", 3000) + `"`, `"' OR 1=1 --"`, `"../../etc/passwd"`, `-1`, `1.5`, `1e400`,
	`4294967296`, `9223372036854775807`, `-9223372036854775808`, `null`, `true`, `[]`, `{}`}

// mutants calls each with a body in which one place has something odd, and says which.
func mutants(t *testing.T, body any, each func(what string, mutant []byte)) {
	t.Helper()
	text, err := json.Marshal(body)
	servicetest.Must(t, err)
	var root any
	servicetest.Must(t, json.Unmarshal(text, &root))
	var walk func(path string, here any, put func(any))
	walk = func(path string, here any, put func(any)) {
		for _, o := range odd {
			put(json.RawMessage(o))
			mutant, err := json.Marshal(root)
			servicetest.Must(t, err)
			each(path+" "+o[:min(len(o), 20)], mutant)
		}
		put(here)
		switch node := here.(type) {
		case map[string]any:
			for name, value := range node {
				walk(path+"."+name, value, func(v any) { node[name] = v })
			}
		case []any:
			for i, value := range node {
				walk(fmt.Sprintf("%s[%d]", path, i), value, func(v any) { node[i] = v })
			}
		}
	}
	walk("", root, func(v any) { root = v })
}

// TestOddValuesAreRefused: nothing that stands in a body is too odd for the server and the database; the kiosk hears what is wrong with
// it, and the register stays sound.
func TestOddValuesAreRefused(t *testing.T) {
	t.Parallel()
	hall, b := realBench(t)
	who := hall.IdentityAt(t, "XH05", servicetest.HallID)
	hall.Kiosk = who.Kiosk
	transport := &http.Transport{TLSClientConfig: b.tls(&tls.Certificate{Certificate: [][]byte{who.Key.Certificate}, PrivateKey: who.Key.Private})}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	member, certificates := hall.Holder(t, 1)
	hall.Clock.Advance(hall.CertificateEnd(t, certificates[0]).Sub(hall.Clock.Now()) - 40*24*time.Hour)
	token := hall.LoggedIn(t, hall.Kiosk, member.Login, servicetest.Password, member.ID)
	order, code := hall.Approved(t, member, 1)
	key := servicetest.NewKey(t)
	release := hall.Reserved(t, member, order, code, key)
	hall.Certified(t, release, key)
	proof := hall.Proof(t, release, key)
	proof.Signature = []byte("none")
	attempt := servicetest.Attempt(t)
	attempt.Last = &ra.AttemptResult{ID: servicetest.ID(t), Outcome: ra.AttemptVoid}
	open := hall.Placed(t, member, 1)
	_, page := servicetest.Scan(t, 7)
	extension := hall.On(t, ra.KindExtend, ra.ReasonNone, certificates...)
	operation := "/v1/operations/" + release.Operation.ID
	for _, c := range []struct {
		at   string // method and path
		body any
	}{
		{"POST /v1/orders", hall.Application(t, 1)},
		{"POST /v1/orders", extension},
		{"POST /v1/orders", hall.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })},
		{"PUT /v1/mandates/" + open.ID, ra.Mandate{OrderID: open.ID, SessionID: servicetest.ID(t), MembershipID: member.ID, Application: &extension,
			Pages: []ra.MandatePage{{Material: ra.MaterialLicence, Page: page}}, Seal: []byte("x")}},
		{"POST " + operation + "/administrator", attempt},
		{"PUT " + operation + "/proof", proof},
	} {
		method, path, _ := strings.Cut(c.at, " ")
		mutants(t, c.body, func(what string, mutant []byte) {
			r, err := http.NewRequestWithContext(t.Context(), method, b.http.URL+path, bytes.NewReader(mutant))
			servicetest.Must(t, err)
			for name, value := range map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token,
				api.TicketHeader: release.Ticket, api.PresenceHeader: release.Presence} {
				r.Header.Set(name, value)
			}
			answer, err := client.Do(r)
			servicetest.Must(t, err)
			servicetest.Must(t, answer.Body.Close())
			if answer.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s with %s: %s", c.at, what, answer.Status)
			}
		})
	}
	hall.Sound(t)
}
