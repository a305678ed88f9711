package screen

import "testing"

func TestSurnamesFirst(t *testing.T) {
	t.Parallel()
	got := surnamesFirst([]Candidate{{"章为", 8}, {"张为", 8}, {"张伟", 8}, {"仗", 5}, {"章", 5}, {"张", 5}})
	want := []string{"张为", "张伟", "章为", "张", "章", "仗"}
	for i, c := range got {
		if c.Text != want[i] {
			t.Errorf("%d: %s, want %s", i, c.Text, want[i])
		}
	}
}
