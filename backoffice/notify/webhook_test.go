package notify_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/notify"
)

var message = book.Message{ID: "m1", Mobile: "13800138000", Template: "approved", Text: "授权码 12345678",
	Signature: "示范", Parameters: map[string]string{"code": "12345678"}}

func setup(t *testing.T, h http.HandlerFunc) *notify.Webhook {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	w, err := notify.New(notify.Config{URL: server.URL + "/messages?key=s3cret", Token: "tok", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSend(t *testing.T) {
	t.Parallel()
	var got struct {
		ID, Mobile, Template, Text, Signature string
		Parameters                            map[string]string
	}
	var header http.Header
	w := setup(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := w.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if want := message; got.ID != "m1" || got.Mobile != want.Mobile || got.Template != "approved" || got.Text != want.Text || got.Signature != "示范" || got.Parameters["code"] != "12345678" {
		t.Errorf("got %+v", got)
	}
	if header.Get("Idempotency-Key") != "m1" || header.Get("Authorization") != "Bearer tok" {
		t.Errorf("got headers %v", header)
	}
}

func TestFailuresTellNothingSecret(t *testing.T) {
	t.Parallel()
	cases := map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, message.Text, http.StatusInternalServerError)
		},
		"redirected": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			panic(http.ErrAbortHandler)
		},
		"slow": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the caller hung up
			<-r.Context().Done()
		},
	}
	for name, h := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := setup(t, h).Send(t.Context(), message)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, secret := range []string{message.Mobile, "12345678", "s3cret", "tok"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
}

func TestForGood(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{301: false, 400: true, 401: true, 404: true, 408: false, 422: true, 425: false, 429: false, 500: false, 503: false} {
		err := setup(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }).Send(t.Context(), message)
		var refused *notify.RefusedError
		if !errors.As(err, &refused) || refused.Status != status || errors.Is(err, book.ErrForGood) != want {
			t.Errorf("%d: %v, for good: want %v", status, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "gateway.example", "ftp://gateway.example", "https://"} {
		if _, err := notify.New(notify.Config{URL: url}); err == nil {
			t.Errorf("New(%q): got no error", url)
		}
	}
}
