package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// word is what a row of the register becomes with a statement, told beforehand by who holds the row (see become): in Go what key and value
// of its register are in SQL. The database compares the two, so one that drifts from the other is refused and never kept.
type word struct{ kind, key, value string }

func orderWord(o ra.Order) word {
	return word{"order", o.ID, spaced(strconv.Itoa(o.Version), string(o.State), string(o.Payment), string(o.Materials))}
}

func unitWord(id string, state ra.UnitState, operationID string) word {
	return word{"unit", id, spaced(string(state), operationID)}
}

func operationWord(p book.OperationRecord) word {
	return word{"operation", p.ID, spaced(string(p.State), p.SerialNumber)}
}

func proofWord(p book.StoredProof) word {
	return word{"proof", p.OperationID, hex.EncodeToString(p.Challenge)}
}

func certificateWord(c ra.Certificate) word {
	reason, sum := "", ""
	if c.RevocationReason != 0 {
		reason = strconv.Itoa(c.RevocationReason)
	}
	if c.DER != nil {
		sum = hexSum(c.DER)
	}
	return word{"certificate", c.ID, spaced(c.SerialNumber, string(c.State), reason, sum, c.MembershipID, nameOfKey(c.Key))}
}

func keyWord(k book.UKey) word {
	value := ""
	if k.Life != ra.KeyBlank || k.Pending > 0 || k.Look != "" {
		value = spaced(string(k.Life), string(k.Custody), strconv.Itoa(k.AdminPIN), strconv.Itoa(k.Pending), string(k.Look))
	}
	return word{"key", nameOfKey(k.Key), value}
}

func adminPINWord(p book.AdminPINRecord) word {
	return word{"admin_pin", nameOfKey(p.Key) + "/" + strconv.Itoa(p.Version), spaced(strconv.Itoa(p.Master), hex.EncodeToString(p.Check))}
}

// nameOfKey is keyColumns.
func nameOfKey(k ra.KeyIdentity) string {
	return strings.Join([]string{k.Manufacturer, k.Model, k.Serial}, "/")
}

// spaced is concat_ws(' ', …) of columns that are NULL where they would be empty.
func spaced(columns ...string) string {
	var some []string
	for _, c := range columns {
		if c != "" {
			some = append(some, c)
		}
	}
	return strings.Join(some, " ")
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
