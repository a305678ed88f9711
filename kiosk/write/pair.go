package write

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// usages are what a pair is made for, by what the project wants.
var usages = map[ra.Usage]ukey.Usage{ra.UsageSign: ukey.UsageSign, ra.UsageDecrypt: ukey.UsageSign | ukey.UsageEncrypt}

// generate makes the key pair; the key itself knows by the id whether it has it, and clears away half a pair that a former
// round left.
func (r *run) generate(ctx context.Context) error {
	rel := r.job.release
	usage, known := usages[rel.Profile.Usage]
	if !known {
		return ra.E(ra.CodeOfficeError).Because(fmt.Errorf("usage %q is not known", rel.Profile.Usage))
	}
	_, err := r.token.GenerateKey(ctx, ukey.Pair{ID: r.id, Label: rel.Label, Algorithm: ukey.Algorithm(rel.Profile.Algorithm), Usage: usage})
	if errors.Is(err, ukey.ErrExists) {
		return nil
	}
	return err
}

// request signs the PKCS#10 on the key, unless the stored one is for this pair. It is stored with the next step, which sends it.
func (r *run) request(ctx context.Context) error {
	public, err := r.token.PublicKey(ctx, r.id)
	if err != nil {
		return err
	}
	w := &r.job.Write
	if old, err := x509.ParseCertificateRequest(w.Request); err == nil && bytes.Equal(old.RawSubjectPublicKeyInfo, public) {
		return nil
	}
	signer, err := ukey.Signer(ctx, r.token, r.id)
	if err != nil {
		return err
	}
	template := &x509.CertificateRequest{RawSubject: r.job.release.Subject}
	if w.Request, err = x509.CreateCertificateRequest(rand.Reader, template, signer); err != nil {
		return err
	}
	w.Certificate, w.Chain, w.CertificateID = nil, nil, ""
	r.unsaved = true
	return nil
}

// certificate sends the request, unless the certificate is stored. The answer, which comes again, is stored with the next step.
func (r *run) certificate(ctx context.Context) error {
	w := &r.job.Write
	public, err := r.token.PublicKey(ctx, r.id)
	if err != nil {
		return err
	}
	if leaf, err := x509.ParseCertificate(w.Certificate); err == nil && bytes.Equal(leaf.RawSubjectPublicKeyInfo, public) {
		return nil
	}
	issued, err := r.cfg.Office.Certify(ctx, r.job.hold(), w.Request, w.AdminPIN)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(issued.Certificate)
	if err != nil || !bytes.Equal(leaf.RawSubjectPublicKeyInfo, public) {
		return ra.E(ra.CodeOfficeError).Because(fmt.Errorf("certificate is not for this key: %w", err))
	}
	if want := r.job.release.Profile.Usage; leaf.KeyUsage != want.Bits() {
		return ra.E(ra.CodeOfficeError).Because(fmt.Errorf("certificate is not for %q: key usage %b", want, leaf.KeyUsage))
	}
	r.first = issued.Challenge
	w.Certificate, w.Chain, w.CertificateID = issued.Certificate, issued.Chain, issued.CertificateID
	r.unsaved = true
	return nil
}

// fetch takes the certificate as the register has it, for the pair that is on the key.
func (r *run) fetch(context.Context) error {
	w := &r.job.Write
	r.id = w.Target.KeyID
	w.Certificate, w.Chain, w.CertificateID = w.Target.Certificate, w.Target.Chain, w.Target.CertificateID
	return nil
}

// write puts certificate and chain onto the key where they are not there. A chain serves all certificates of the key.
func (r *run) write(ctx context.Context) error {
	there, err := r.token.Certificates(ctx)
	if err != nil {
		return err
	}
	w := r.job.Write
	for i, der := range slices.Concat([][]byte{w.Certificate}, w.Chain) {
		id, label := r.certificateID(i), r.job.release.Label
		if i > 0 {
			label = fmt.Sprintf("CA %d", i)
		}
		if slices.ContainsFunc(there, func(o ukey.Object) bool { return (i > 0 || bytes.Equal(o.ID, id)) && bytes.Equal(o.Value, der) }) {
			continue
		}
		if err := r.token.WriteCertificate(ctx, id, label, der); err != nil {
			return err
		}
	}
	return nil
}

// certificateID is the operation's id for the leaf, and with the place behind it for the chain.
func (r *run) certificateID(place int) []byte {
	if place == 0 {
		return r.id
	}
	return append(slices.Clone(r.id), byte(place))
}

// leftOver names an object that this write did not make, for the proof.
func leftOver(o ukey.Object) string {
	return string(o.Kind) + " " + hex.EncodeToString(o.ID) + " " + o.Label
}
