package password

import "testing"

func TestHash(t *testing.T) {
	t.Parallel()
	g := New(Config{})
	hash, err := g.Hash("hangzhou2026")
	if err != nil {
		t.Fatal(err)
	}
	if !g.Fits(hash, "hangzhou2026") || g.Fits(hash, "hangzhou2027") {
		t.Errorf("%q fits the wrong passwords", hash)
	}
	for _, bad := range []string{"", "-", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$2y$10$abc"} {
		if g.Fits(bad, "") {
			t.Errorf("%q fits", bad)
		}
	}
}
