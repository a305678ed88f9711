package console

import (
	"errors"
	"io"
	"net/http"

	"keyhall/backoffice/ra"
)

// staffKeyRow is a key of a member of staff with the names of what stands in it.
type staffKeyRow struct {
	ra.StaffKey
	Holder           ra.Staff
	Asker, Confirmer string // names, "" for a command at the server
	Mine             bool   // asked for by or for who looks: another administrator confirms it
}

func rowOfKey(k ra.StaffKey, holder ra.Staff, all []ra.Staff, me ra.Staff) staffKeyRow {
	return staffKeyRow{StaffKey: k, Holder: holder, Asker: nameOf(all, k.AskedBy), Confirmer: nameOf(all, k.ConfirmedBy),
		Mine: k.AskedBy == me.ID || k.StaffID == me.ID}
}

// waitingKeys are a member's keys that a second administrator is to confirm.
func waitingKeys(m ra.Staff, all []ra.Staff, me ra.Staff) (rows []staffKeyRow) {
	for _, k := range m.Keys {
		if !k.Live() {
			rows = append(rows, rowOfKey(k, m, all, me))
		}
	}
	return rows
}

// bindKey keeps the name that was entered when it, or the file, is refused; a browser gives no file back.
func (c *console) bindKey(w http.ResponseWriter, r *http.Request, v visit) error {
	k := ra.StaffKey{ID: r.FormValue("key"), StaffID: r.PathValue("id"), Name: r.FormValue("name")}
	file, err := fileIn(r, "file")
	if err == nil && len(file) == 0 {
		err = ra.E(ra.CodeRequired).At("file")
	}
	if err == nil {
		err = c.people.BindKey(r.Context(), v.staff, k, file)
	}
	if e := asError(err); err != nil && e.Code != ra.CodeInternal && e.Code != ra.CodeNotFound {
		return c.renderMember(w, r, v, statusOf(err), k.StaffID, func(p *memberPage) {
			p.Key.Name, p.KeyWrong, p.KeyField = k.Name, v.words.problem(e), e.Field
		})
	}
	return c.toMember(w, r, err)
}

// fileIn is a file that came with a form, or its text that was typed in there; nil for none.
func fileIn(r *http.Request, field string) ([]byte, error) {
	f, _, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return []byte(r.FormValue(field)), nil
	}
	if err != nil {
		return nil, ra.E(ra.CodeInvalid).At(field).Because(err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxForm))
}

func (c *console) confirmKey(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toGrant(w, r, c.people.ConfirmKey(r.Context(), v.staff, r.PathValue("key")))
}

func (c *console) removeKey(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toGrant(w, r, c.people.RemoveKey(r.Context(), v.staff, r.PathValue("key")))
}
