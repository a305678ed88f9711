package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

func TestDecodeProblem(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, contentType, body string
		status                  int
		want                    ra.Error
	}{
		{"ours", api.ProblemType, `{"code":"login_wrong","field":"password","args":{"left":"3"},"status":401}`, 401,
			ra.Error{Code: ra.CodeLoginWrong, Field: "password", Args: map[string]string{"left": "3"}}},
		{"ours with a charset", api.ProblemType + "; charset=utf-8", `{"code":"state"}`, 409, ra.Error{Code: ra.CodeState}},
		{"internal stays inside", api.ProblemType, `{"code":"internal"}`, 500, ra.Error{Code: ra.CodeOfficeError}},
		{"the issuer is away", api.ProblemType, `{"code":"issuer_away"}`, 503, ra.Error{Code: ra.CodeIssuerAway}},
		{"a proxy's page", "text/html", `<h1>Bad gateway</h1>`, 502, ra.Error{Code: ra.CodeOfficeError}},
		{"broken JSON", api.ProblemType, `{"code":`, 400, ra.Error{Code: ra.CodeOfficeError}},
		{"no code", api.ProblemType, `{"title":"x"}`, 400, ra.Error{Code: ra.CodeOfficeError}},
		{"a code that is none", api.ProblemType, `{"code":"<script>"}`, 400, ra.Error{Code: ra.CodeOfficeError}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := api.DecodeProblem(c.status, c.contentType, strings.NewReader(c.body))
			if got.Code != c.want.Code || got.Field != c.want.Field || got.Args["left"] != c.want.Args["left"] {
				t.Errorf("got %v, want %v", got, &c.want)
			}
		})
	}
}

func TestProblemSurvivesTheWire(t *testing.T) {
	t.Parallel()
	want := ra.E(ra.CodeLoginWrong, "left", "2").At("password").Because(errors.New("secret cause"))
	b, err := json.Marshal(api.NewProblem(want, 401, "0192-a"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "secret") {
		t.Errorf("the cause went over the wire: %s", b)
	}
	got := api.DecodeProblem(401, api.ProblemType, strings.NewReader(string(b)))
	if got.Code != want.Code || got.Field != want.Field || got.Args["left"] != "2" {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.Contains(got.Error(), "0192-a") {
		t.Errorf("got %v, want the request id in it", got)
	}
}

func TestOfficeAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client, err := api.NewClient(api.ClientConfig{BaseURL: server.URL, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.KeyStatus(t.Context(), "", ra.KeyIdentity{Serial: "SERIAL-1"})
	if got := ra.CodeOf(err); got != ra.CodeOfficeAway {
		t.Errorf("got %q, want %q", got, ra.CodeOfficeAway)
	}
	if strings.Contains(err.Error(), "SERIAL-1") {
		t.Errorf("the key's serial is in the error: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Ping(ctx); !errors.Is(err, context.Canceled) || ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("got %v, want %q because of the context", err, ra.CodeOfficeAway)
	}
}

func TestNewClientRefusesAnAddress(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "office.example", "ftp://office.example", "https://", "https://a b/"} {
		if _, err := api.NewClient(api.ClientConfig{BaseURL: url}); err == nil {
			t.Errorf("NewClient(%q): got no error", url)
		}
	}
}

func FuzzDecodeProblem(f *testing.F) {
	f.Add(400, api.ProblemType, []byte(`{"code":"required","field":"login","args":{"a":"b"}}`))
	f.Add(502, "text/html", []byte(`<html>`))
	f.Add(200, "application/problem+json;;", []byte(`{"args":null,"code":"a"}`))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		got := api.DecodeProblem(status, contentType, strings.NewReader(string(body)))
		if got == nil || got.Code == "" || len(got.Code) > 64 || len(got.Args) > 16 || got.Code == ra.CodeInternal {
			t.Errorf("got %v", got)
		}
		_ = got.Error()
	})
}
