package safe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// tpmPatience bounds one conversation with a TPM behind a socket; the kernel bounds those with its own.
const tpmPatience = 30 * time.Second

// blob is a key that only one TPM can open.
type blob struct {
	Parent  []byte `json:"parent"` // name of the TPM's storage root key
	Public  []byte `json:"public"`
	Private []byte `json:"private"`
}

// sealWithTPM gives the key to the TPM. It is bound to the TPM alone and not to what was booted (PCRs): a new kernel or
// firmware would lock the hall out of its own journal in the middle of the day. What it keeps safe is a disk without its
// machine; against a changed system on the same machine stand secure boot and whoever guards the hall.
func (c Config) sealWithTPM(ctx context.Context, key []byte) (b *blob, err error) {
	err = c.withTPM(ctx, func(t transport.TPM, root storageRoot) error {
		made, err := tpm2.Create{
			ParentHandle: root.authorize(root.session(tpm2.AESEncryption(128, tpm2.EncryptIn))),
			InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
				Data: tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: key}),
			}},
			InPublic: tpm2.New2B(tpm2.TPMTPublic{
				Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256,
				// NoDA: somebody's wrong guesses at other things in the TPM must not lock the kiosk out.
				ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true},
			}),
		}.Execute(t)
		if err != nil {
			return err
		}
		b = &blob{Parent: root.name.Buffer, Public: made.OutPublic.Bytes(), Private: made.OutPrivate.Buffer}
		return nil
	})
	return b, err
}

// unsealWithTPM opens what sealWithTPM gave. ErrNoTPM, ErrOtherTPM, ErrDamaged.
func (c Config) unsealWithTPM(ctx context.Context, b blob) (key []byte, err error) {
	err = c.withTPM(ctx, func(t transport.TPM, root storageRoot) error {
		if !bytes.Equal(root.name.Buffer, b.Parent) {
			return fmt.Errorf("%w: put this disk back into its machine, or %s", ErrOtherTPM, anew)
		}
		loaded, err := tpm2.Load{
			ParentHandle: root.authorize(tpm2.PasswordAuth(nil)),
			InPrivate:    tpm2.TPM2BPrivate{Buffer: b.Private},
			InPublic:     tpm2.BytesAs2B[tpm2.TPMTPublic](b.Public),
		}.Execute(t)
		if wrong := (tpm2.TPMFmt1Error{}); errors.As(err, &wrong) { // of this TPM, but not what it gave
			return fmt.Errorf("%w: sealed key in %s: %w", ErrDamaged, recordFile, err)
		}
		if err != nil {
			return err
		}
		defer flush(t, loaded.ObjectHandle)
		opened, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name,
			Auth: root.session(tpm2.AESEncryption(128, tpm2.EncryptOut))}}.Execute(t)
		if err != nil {
			return err
		}
		if key = opened.OutData.Buffer; len(key) != KeyBytes {
			return fmt.Errorf("%w: sealed key in %s has %d bytes", ErrDamaged, recordFile, len(key))
		}
		return nil
	})
	return key, err
}

// storageRoot is the TPM's storage root key: made anew each time, always the same until the TPM is cleared.
type storageRoot struct {
	handle tpm2.TPMHandle
	name   tpm2.TPM2BName
	public tpm2.TPMTPublic
}

func (r storageRoot) authorize(s tpm2.Session) tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: r.handle, Name: r.name, Auth: s}
}

// session encrypts the key on its way to or from the TPM, whose wires can be listened to.
func (r storageRoot) session(way tpm2.AuthOption) tpm2.Session {
	return tpm2.HMAC(tpm2.TPMAlgSHA256, 16, way, tpm2.Salted(r.handle, r.public))
}

func makeStorageRoot(t transport.TPM) (r storageRoot, err error) {
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(t)
	if err != nil {
		return r, fmt.Errorf("storage root key: %w", err)
	}
	public, err := made.OutPublic.Contents()
	if err == nil {
		var name *tpm2.TPM2BName
		if name, err = tpm2.ObjectName(public); err == nil { // not as it is told: the session's salt goes to this key
			return storageRoot{handle: made.ObjectHandle, name: *name, public: *public}, nil
		}
	}
	flush(t, made.ObjectHandle)
	return r, fmt.Errorf("storage root key: %w", err)
}

func flush(t transport.TPM, handle tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: handle}.Execute(t) // what stays behind goes with the connection or the next start
}

// withTPM opens the TPM and its storage root key for one conversation.
func (c Config) withTPM(ctx context.Context, talk func(transport.TPM, storageRoot) error) error {
	path := c.tpmPath()
	t, err := openTPM(ctx, path)
	if err != nil {
		return noTPM(path, err)
	}
	defer t.Close()
	root, err := makeStorageRoot(t)
	if err == nil {
		err = talk(t, root)
		flush(t, root.handle)
	}
	var code tpm2.TPMRC
	switch {
	case err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrOtherTPM):
		return err
	case errors.As(err, &code): // it answers, but no
		return fmt.Errorf("safe: TPM %s: %w", path, err)
	}
	return noTPM(path, err)
}

func (c Config) tpmPath() string {
	if c.TPM == TPMAuto || c.TPM == "" {
		return defaultTPM
	}
	return c.TPM
}

// openTPM opens the kernel's device, or the socket of a TPM in software.
func openTPM(ctx context.Context, path string) (transport.TPMCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return linuxtpm.Open(path)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(tpmPatience)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return transport.FromReadWriteCloser(conn), nil
}

func noTPM(path string, err error) error {
	return fmt.Errorf("%w: %s: switch it on in the firmware and let the kiosk's user reach it (group tss): %w", ErrNoTPM, path, err)
}
