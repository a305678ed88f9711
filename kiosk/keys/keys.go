// Package keys is what a kiosk knows of the UKeys that are plugged in: which they are, which of them can be told apart, what is on
// them and waits for them, and what their errors mean in the vocabulary's codes.
package keys

import (
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Plugged tells whether a key is there.
func Plugged(infos []ukey.Info, key ukey.Identity) bool {
	return slices.ContainsFunc(infos, func(i ukey.Info) bool { return i.Identity() == key })
}

// Several tells whether two keys that say the same of themselves are plugged in.
func Several(infos []ukey.Info, key ukey.Identity) bool {
	n := 0
	for _, i := range infos {
		if i.Identity() == key {
			n++
		}
	}
	return n > 1
}

// Apart names two keys so that a person can tell them apart: by their serials, which are printed on them, where that does it.
func Apart(a, b ukey.Identity) (string, string) {
	if a.Serial != b.Serial {
		return a.Serial, b.Serial
	}
	return a.String(), b.String()
}

// Missing says that a key is not there, and which one is there instead: CodeKeyNone, CodeKeyWrong (args: expected, found).
func Missing(infos []ukey.Info, key ukey.Identity) error {
	if len(infos) == 0 {
		return ra.E(ra.CodeKeyNone).Because(ukey.ErrRemoved)
	}
	expected, found := Apart(key, infos[0].Identity())
	return ra.E(ra.CodeKeyWrong, "expected", expected, "found", found).Because(ukey.ErrRemoved)
}
