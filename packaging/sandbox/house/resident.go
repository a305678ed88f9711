package house

import (
	"cmp"
	"encoding/json"
	"os"

	"keyhall/packaging/sandbox/document"
)

// Resident is a made-up customer who has been at the hall before.
type Resident struct {
	Company         document.Company // as their papers say it now
	Story, StoryEN  string           // what is the matter, and what to try
	Login, Password string
	Keys            []int  // of the hub
	PIN             string // of the keys
}

// Residents are the customers of before, in the order in which they came.
func (h *House) Residents() []Resident {
	var all []Resident
	h.recall("residents.json", &all)
	return all
}

// Settles adds one.
func (h *House) Settles(r Resident) error { return h.note("residents.json", append(h.Residents(), r)) }

// AtKiosk is whose papers are laid on the glass, and whose seal is on a form.
func (h *House) AtKiosk() document.Company {
	c := Customer()
	h.recall("at-kiosk.json", &c)
	return c
}

// Comes lets another customer stand at the kiosk.
func (h *House) Comes(c document.Company) error { return h.note("at-kiosk.json", c) }

// lying is what lies on the glass, "" for nothing.
func (h *House) lying() (name string) {
	h.recall("on-glass.json", &name)
	return name
}

// note keeps a value in the house's folder, recall reads it; what was never noted stays as it is.
func (h *House) note(file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return writeWhole(h.path(file), text)
}

func (h *House) recall(file string, to any) {
	text, err := os.ReadFile(h.path(file))
	if os.IsNotExist(err) {
		return
	}
	if err = cmp.Or(err, json.Unmarshal(text, to)); err != nil {
		h.Log.Warn("a note of the hall cannot be read", "file", file, "err", err)
	}
}

// benchCustomers are the one who has never been at the hall and then the residents.
func (h *House) benchCustomers() []benchCustomer {
	fresh := Customer()
	all := []benchCustomer{{Resident: Resident{Company: fresh, Login: fresh.Handler.Mobile, Story: "第一次来：新领证书", StoryEN: "has never been here: a new certificate"}}}
	for i, r := range h.Residents() {
		all = append(all, benchCustomer{Resident: r, Number: i + 1})
	}
	for i := range all {
		all[i].Here = all[i].Login == h.AtKiosk().Handler.Mobile
	}
	return all
}

// benchKeys are the keys with whose they are, and the kiosk that each is plugged into.
func (h *House) benchKeys() []benchKey {
	var all []benchKey
	for i, t := range h.Terminals() {
		for n, k := range t.Hub.Keys() {
			if i == 0 {
				all = append(all, benchKey{Number: k.Number})
			}
			if k.Plugged {
				all[n].At = i + 1
			}
		}
	}
	for _, r := range h.Residents() {
		for _, n := range r.Keys {
			if n <= len(all) {
				all[n-1].Owner = r.Company.Handler.Name + " · " + r.Company.Name
			}
		}
	}
	return all
}
