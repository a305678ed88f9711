package worker

import "testing"

func TestTunablesStandBehindThoseThatAreThere(t *testing.T) {
	t.Parallel()
	last := func(env []string) string { return env[len(env)-1] }
	if got, want := last(environment([]string{"A=1"}, nil)), "GLIBC_TUNABLES="+tunables; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	own, added := []string{"GLIBC_TUNABLES=a=1", "A=1"}, []string{"GLIBC_TUNABLES=b=2", "B=1"}
	if got, want := last(environment(own, nil)), "GLIBC_TUNABLES=a=1:"+tunables; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := last(environment(own, added)), "GLIBC_TUNABLES=b=2:"+tunables; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
