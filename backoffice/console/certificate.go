package console

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

type certificatesPage struct {
	frame
	Query  book.CertificateQuery
	States []ra.CertificateState
	Rows   []ra.Certificate
	More   string
}

// certificateStates are the states in the order in which a certificate goes through them.
var certificateStates = []ra.CertificateState{ra.CertificateActive, ra.CertificateIssued, ra.CertificateSuspended,
	ra.CertificateSuperseded, ra.CertificateRevoked, ra.CertificateExpired}

func (c *console) searchCertificates(w http.ResponseWriter, r *http.Request, v visit) error {
	q := book.CertificateQuery{Text: strings.TrimSpace(r.FormValue("q")), State: ra.CertificateState(r.FormValue("state")),
		Before: r.FormValue("before"), Limit: pageLength + 1}
	rows, err := c.issuing.SearchCertificates(r.Context(), v.staff, q)
	if err != nil {
		return err
	}
	p := certificatesPage{frame: c.frame(r, v, "certificates", "certificates.title"), Query: q, States: certificateStates, Rows: rows}
	if len(rows) > pageLength {
		p.Rows = rows[:pageLength]
		p.More = more("/certificates", q.Text, string(q.State), p.Rows[pageLength-1].ID)
	}
	if fragment(r) {
		return c.render(w, v, http.StatusOK, "certificates", "rows", p)
	}
	return c.render(w, v, http.StatusOK, "certificates", "layout", p)
}

type certificatePage struct {
	frame
	issuing.CertificateFile
	book.Titles
	Days    int // until it ends; negative after
	Parsed  *parsedCertificate
	Order   *ra.Order
	Unit    *ra.Unit
	Proof   *book.StoredProof
	Project ra.Project
	Member  ra.Membership // its holder
	Own     bool          // who looks belongs to the holder
	Held    []heldRow
	Asked   *askedRow // nil: nothing waits for a second person
	Rulings []rulingForm
	Past    []pastRow
	Done    string // what was done before the page came
	Problem string
}

// parsedCertificate is what the certificate says of itself.
type parsedCertificate struct {
	Issuer      string
	Key         string // "RSA 2048"
	Signature   string
	Usage       []string
	Fingerprint string // SHA-256
	PEM         string
}

func parseCertificate(der []byte) (*parsedCertificate, error) {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate in the register: %w", err)
	}
	sum := sha256.Sum256(der)
	p := &parsedCertificate{Issuer: ra.SubjectText(x.RawIssuer), Key: keyTitle(x), Signature: x.SignatureAlgorithm.String(),
		Fingerprint: strings.ToUpper(hex.EncodeToString(sum[:])),
		PEM:         string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
	for _, u := range usages {
		if x.KeyUsage&u.bit != 0 {
			p.Usage = append(p.Usage, u.name)
		}
	}
	return p, nil
}

// keyTitle names a certificate's public key as people compare it.
func keyTitle(x *x509.Certificate) string {
	key, err := pki.KeyOf(x.PublicKey)
	if err != nil { // imported, or of a time when others were issued
		return x.PublicKeyAlgorithm.String()
	}
	return key.Suite.Title
}

var usages = []struct {
	bit  x509.KeyUsage
	name string
}{
	{x509.KeyUsageDigitalSignature, "digitalSignature"},
	{x509.KeyUsageContentCommitment, "nonRepudiation"},
	{x509.KeyUsageKeyEncipherment, "keyEncipherment"},
	{x509.KeyUsageDataEncipherment, "dataEncipherment"},
	{x509.KeyUsageKeyAgreement, "keyAgreement"},
}

func (c *console) showCertificate(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.certificatePage(r, v, r.PathValue("id"))
	if err != nil {
		return err
	}
	p.Done = doneOf(r)
	return c.render(w, v, http.StatusOK, "certificate", "layout", p)
}

func (c *console) certificatePage(r *http.Request, v visit, id string) (certificatePage, error) {
	found, err := c.issuing.CertificateFile(r.Context(), v.staff, id)
	if err != nil {
		return certificatePage{}, err
	}
	p := certificatePage{frame: c.frame(r, v, "certificates", "certificate.title"), CertificateFile: found,
		Days: int(found.NotAfter.Sub(c.now()) / (24 * time.Hour))}
	p.Path = "/certificates/" + found.ID
	if p.Titles, err = c.review.Titles(r.Context()); err != nil {
		return p, err
	}
	if len(found.DER) > 0 {
		if p.Parsed, err = parseCertificate(found.DER); err != nil {
			return p, err
		}
	}
	if err := c.addOrigin(r, v, &p); err != nil {
		return p, err
	}
	return p, c.addRulings(r.Context(), v, &p)
}

// addOrigin adds the order, key and proof that the certificate came from.
func (c *console) addOrigin(r *http.Request, v visit, p *certificatePage) error {
	found, err := c.review.Case(r.Context(), v.staff, p.OrderID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.Order, p.Project, p.Member, p.Own = &found.Order, found.Project, found.Member, found.Own
	for i, u := range found.Order.Units {
		if u.ID == p.UnitID {
			p.Unit = &found.Order.Units[i]
		}
	}
	for i, proof := range found.Proofs {
		if proof.Served == p.OperationID {
			p.Proof = &found.Proofs[i]
		}
	}
	return nil
}

// downloadCertificate sends the certificate as PEM.
func (c *console) downloadCertificate(w http.ResponseWriter, r *http.Request, v visit) error {
	cert, err := c.issuing.ExportCertificate(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return err
	}
	parsed, err := parseCertificate(cert.DER)
	if err != nil {
		return ra.E(ra.CodeNotFound).Because(err)
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", cert.SerialNumber+".pem"))
	_, err = w.Write([]byte(parsed.PEM))
	return err
}
