package write

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// prove opens the key anew, as its customer will, reads everything back and signs a fresh challenge. The proof is stored
// before it is sent.
func (r *run) prove(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.token.Login(ctx, ukey.Customer, r.pin); err != nil {
		return err
	}
	read, err := r.readBack(ctx)
	if err != nil {
		return err
	}
	proof := ra.Proof{Certificate: read.leaf.Raw, Inside: true, LeftOvers: read.leftOvers}
	if proof.Challenge, err = r.challenge(ctx); err != nil {
		return err
	}
	if proof.Signature, err = r.sign(ctx, r.id, read.leaf, ra.ProofMessage(proof.Challenge)); err != nil {
		return err
	}
	return r.keepProof(ctx, proof)
}

// challenge is one that was not signed yet.
func (r *run) challenge(ctx context.Context) ([]byte, error) {
	if first := r.first; first != nil {
		r.first = nil
		return first, nil
	}
	return r.cfg.Office.Challenge(ctx, r.job.hold())
}

// provePIN opens the key anew with the customer's PIN, and signs a fresh challenge with the pair that the register knows of, where
// the key has it.
func (r *run) provePIN(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.token.Login(ctx, ukey.Customer, r.pin); err != nil {
		return err
	}
	proof := ra.Proof{PINOpens: true}
	var err error
	if proof.Challenge, err = r.challenge(ctx); err != nil {
		return err
	}
	if err := r.signForTarget(ctx, &proof); err != nil {
		return err
	}
	return r.keepProof(ctx, proof)
}

// signForTarget signs with the pair that the register knows of. A key that lacks it, or does not keep it inside, is noted.
func (r *run) signForTarget(ctx context.Context, p *ra.Proof) error {
	t := r.job.Write.Target
	if t == nil || t.Certificate == nil {
		return nil
	}
	leaf, err := x509.ParseCertificate(t.Certificate)
	if err != nil {
		return ra.E(ra.CodeOfficeError).Because(err)
	}
	has, err := r.hasPair(ctx, t.KeyID)
	if err != nil {
		return err
	}
	if !has {
		r.note("no pair for certificate %s", t.CertificateID)
		return nil
	}
	signature, err := r.sign(ctx, t.KeyID, leaf, ra.ProofMessage(p.Challenge))
	if errors.Is(err, ukey.ErrReadable) {
		r.note("the pair of certificate %s can be read out", t.CertificateID)
		return nil
	}
	p.Signature, p.Certificate = signature, t.Certificate
	return err
}

// hasPair tells, as the customer, whether a whole pair is there under an id.
func (r *run) hasPair(ctx context.Context, id []byte) (bool, error) {
	if id == nil {
		return false, nil
	}
	_, err := r.token.PublicKey(ctx, id)
	switch {
	case errors.Is(err, ukey.ErrNotFound):
		return false, nil
	case errors.Is(err, ukey.ErrReadable): // others made it
		return true, nil
	}
	return err == nil, err
}

// sign signs a message and looks whether the certificate's key did: CodeProofBad.
func (r *run) sign(ctx context.Context, id []byte, leaf *x509.Certificate, message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	signature, err := r.token.Sign(ctx, id, signatureOf(leaf), digest[:])
	if err != nil {
		return nil, err
	}
	if err := checkSignature(leaf.PublicKey, digest[:], signature); err != nil {
		return nil, ra.E(ra.CodeProofBad).Because(err)
	}
	return signature, nil
}

// keepProof stores a proof with the step that sends it.
func (r *run) keepProof(ctx context.Context, p ra.Proof) error {
	w := &r.job.Write
	p.OperationID, p.AdminPIN, p.Durations = w.ID, w.AdminPIN, w.Laps
	p.LeftOvers, p.Notes = ra.Remarks(p.LeftOvers), ra.Remarks(r.notes)
	w.Proof, w.Step = &p, ra.StepConfirm
	return r.cfg.Journal.SaveWrite(ctx, *w)
}

type readBack struct {
	leaf      *x509.Certificate
	leftOvers []string
}

// readBack compares what is on the key with what was issued: CodeProofBad.
func (r *run) readBack(ctx context.Context) (readBack, error) {
	objects, err := r.token.Objects(ctx)
	if err != nil {
		return readBack{}, err
	}
	w := r.job.Write
	i := slices.IndexFunc(objects, func(o ukey.Object) bool { return o.Kind == ukey.KindCertificate && bytes.Equal(o.ID, r.id) })
	if i < 0 || !bytes.Equal(objects[i].Value, w.Certificate) {
		return readBack{}, ra.E(ra.CodeProofBad).Because(fmt.Errorf("certificate read back differs from the one issued"))
	}
	leaf, err := x509.ParseCertificate(objects[i].Value)
	if err != nil {
		return readBack{}, ra.E(ra.CodeProofBad).Because(err)
	}
	public, err := r.token.PublicKey(ctx, r.id) // as the customer: it is refused where the private key does not stay inside
	if err != nil {
		return readBack{}, err
	}
	if !bytes.Equal(leaf.RawSubjectPublicKeyInfo, public) {
		return readBack{}, ra.E(ra.CodeProofBad).Because(fmt.Errorf("public key on the key differs from the certificate's"))
	}
	if err := r.serves(objects, leaf); err != nil {
		return readBack{}, err
	}
	left := []string{}
	for _, o := range objects {
		if !r.own(o) {
			left = append(left, leftOver(o))
		}
	}
	return readBack{leaf: leaf, leftOvers: left}, nil
}

// serves wants the private key to be for what its certificate promises, where it tells: CodeProofBad.
func (r *run) serves(objects []ukey.Object, leaf *x509.Certificate) error {
	for _, o := range objects {
		if o.Kind != ukey.KindPrivateKey || !bytes.Equal(o.ID, r.id) || o.Usage == 0 {
			continue
		}
		if leaf.KeyUsage&x509.KeyUsageKeyEncipherment != 0 && o.Usage&ukey.UsageEncrypt == 0 {
			return ra.E(ra.CodeProofBad).Because(fmt.Errorf("the certificate is for decryption, its pair is only to %s", o.Usage))
		}
	}
	return nil
}

func checkSignature(public crypto.PublicKey, digest, signature []byte) error {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(k, digest, signature) {
			return nil
		}
		return fmt.Errorf("signature does not verify")
	}
	return fmt.Errorf("unknown kind of public key %T", public)
}

// confirm sends the proof.
func (r *run) confirm(ctx context.Context) (err error) {
	r.made, err = r.sendProof(ctx, r.job)
	return err
}

// sendProof sends the stored proof and closes the write. It needs no key.
func (x *Executor) sendProof(ctx context.Context, j *Job) (Made, error) {
	w := &j.Write
	completion, err := x.cfg.Office.Confirm(ctx, j.hold(), *w.Proof)
	if err != nil {
		return Made{}, err
	}
	w.State = ra.WriteDone
	if err := x.cfg.Journal.SaveWrite(ctx, *w); err != nil {
		return Made{}, err
	}
	return Made{Completion: completion, Certificate: w.Certificate, Proof: *w.Proof, Laps: w.Laps}, nil
}

// proofUseless says that a stored proof has to be made again.
func proofUseless(err error) bool {
	code := ra.CodeOf(err)
	return code == ra.CodeChallengeStale || code == ra.CodeProofBad
}

// signatureOf is the way in which the pair of a certificate signs.
func signatureOf(leaf *x509.Certificate) ukey.Signature {
	if leaf.PublicKeyAlgorithm == x509.ECDSA {
		return ukey.ECDSASHA256
	}
	return ukey.RSASHA256
}
