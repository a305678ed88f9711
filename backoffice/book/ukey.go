package book

import "keyhall/backoffice/ra"

// UKey is the record of a key.
type UKey struct {
	Key      ra.KeyIdentity   `json:"key"`
	Model    string           `json:"model"` // UKeyModel.ID, from when it was first seen
	Life     ra.KeyLife       `json:"life"`
	PIN      ra.TokenPINState `json:"pin"` // the customer's, as the key told last
	Custody  ra.Custody       `json:"custody"`
	AdminPIN int              `json:"admin_pin"`         // version known to open it
	Pending  int              `json:"pending,omitempty"` // version being set, 0 when none
	Look     ra.BlankLook     `json:"look,omitempty"`
}

// AdminPINRule is what the back office alone knows of a model: the factory's PINs, the shape of our administrator PIN, and how
// many wrong ones lock the key.
type AdminPINRule struct {
	Factory  []byte
	Customer []byte // the factory's customer PIN, empty where the maker sets none
	Length   int
	Alphabet string // the characters that may stand in it
	Tries    int    // wrong attempts in a row that lock it
	Tells    bool   // its flags say truly whether a wrong attempt was made since the last right one
}

// String keeps the factory PIN out of logs.
func (AdminPINRule) String() string { return "[administrator PIN rule]" }

// GoString keeps the factory PIN out of %#v.
func (AdminPINRule) GoString() string { return "[administrator PIN rule]" }

// ModelRecord is a model of key with what the back office alone knows of it.
type ModelRecord struct {
	ra.UKeyModel
	Rule AdminPINRule
}

// ModelUse is what keys of a model have of its rule.
type ModelUse struct {
	OwnPINs     bool // administrator PINs of ours were made by it
	FactoryPINs bool // one of them is being set on a key that may have the factory's still
}

// AdminPINRecord is what the back office keeps of a version of a key's administrator PIN: never the PIN.
type AdminPINRecord struct {
	Key     ra.KeyIdentity
	Model   string // UKeyModel.ID
	Version int    // from 1
	Master  int    // version of the master key that it comes from
	Check   []byte // keyed hash of the PIN
}
