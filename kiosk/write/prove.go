package write

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
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
	challenge, err := r.cfg.Office.Challenge(ctx, r.job.hold())
	if err != nil {
		return err
	}
	digest := sha256.Sum256(ra.ProofMessage(challenge))
	signature, err := r.token.Sign(ctx, r.id, ukey.Algorithm(r.job.release.Profile.Algorithm).Signature(), digest[:])
	if err != nil {
		return err
	}
	if err := checkSignature(read.leaf.PublicKey, digest[:], signature); err != nil {
		return ra.E(ra.CodeProofBad).Because(err)
	}
	w := &r.job.Write
	w.Proof = &ra.Proof{
		OperationID: w.ID, Challenge: challenge, Signature: signature, Certificate: read.leaf.Raw,
		Inside: true, LeftOvers: read.leftOvers, AdminPIN: w.AdminPIN, Durations: w.Laps,
	}
	w.Step = ra.StepConfirm
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
	left := []string{}
	for _, o := range objects {
		if !r.own(o) {
			left = append(left, leftOver(o))
		}
	}
	return readBack{leaf: leaf, leftOvers: left}, nil
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

// confirm sends the proof; one that got too old on the way is made once more.
func (r *run) confirm(ctx context.Context) (Made, error) {
	if err := r.begin(ctx, ra.StepConfirm); err != nil {
		return Made{}, err
	}
	made, err := r.sendProof(ctx, r.job)
	if ra.CodeOf(err) == ra.CodeChallengeStale {
		if err := r.prove(ctx); err != nil {
			return Made{}, err
		}
		made, err = r.sendProof(ctx, r.job)
	}
	if err != nil {
		return Made{}, fmt.Errorf("%s: %w", ra.StepConfirm, err)
	}
	return made, r.hook(ra.StepConfirm, true)
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
