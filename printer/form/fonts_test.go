package form_test

import (
	"testing"

	"keyhall/printer/form"
)

// U+A7F0 is of no script that a hall's fonts have; what a certificate's holder may be called, they have.
func TestFonts(t *testing.T) {
	t.Parallel()
	f := form.NewFonts()
	for _, name := range []string{"张三", "𠮷野", "䶮", "㛃", "𬱖", "O'Neil", "艾力·买买提", ""} {
		if r, lacks := f.Lacks(name); lacks {
			t.Errorf("%s lacks %U", name, r)
		}
	}
	const nobodys = "\U0003FFFD" // no character, now or ever
	for range 2 {
		if r, lacks := f.Lacks("张" + nobodys); !lacks || r != []rune(nobodys)[0] {
			t.Errorf("got %U, %v", r, lacks)
		}
	}
}

// What no font has stands on the paper as its number, and takes no more room than words do.
func TestRegistrationWithoutGlyph(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext", "pdfinfo")
	o := order()
	o.Applicant.Legal.Name = "张\U0003FFFD"
	pdf, err := form.Draw(form.PaperRegistration, project(), o, member())
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "registration-without-glyph", pdf)
	wants(t, words(t, file), "张〔U+3FFFD〕")
	if got := pages(t, file); got != "1" {
		t.Errorf("got %s pages, want 1", got)
	}
}
