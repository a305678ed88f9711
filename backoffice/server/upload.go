package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/filestore"
	tus "github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	"golang.org/x/exp/slog"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

var hashShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// uploads receives scans by the tus protocol. A kiosk names an upload by the SHA-256 of its bytes, so that it finds a
// broken one again after a restart; on disk the kiosk's id stands before it.
type uploads struct {
	server *Server
	dir    string
	store  filestore.FileStore
	tus    *tus.Handler
}

func newUploads(s *Server, dir string) (*uploads, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory for uploads: %w", err)
	}
	u := &uploads{server: s, dir: dir, store: filestore.New(dir)}
	u.store.DirModePerm, u.store.FileModePerm = 0o700, 0o600
	composer := tus.NewStoreComposer()
	composer.UseCore(u.store)
	memorylocker.New().UseIn(composer)
	var err error
	u.tus, err = tus.NewHandler(tus.Config{
		StoreComposer:             composer,
		BasePath:                  api.PathUploads,
		DisableDownload:           true,
		DisableTermination:        true,
		DisableConcatenation:      true,
		Cors:                      &tus.CorsConfig{Disable: true},
		PreUploadCreateCallback:   u.begin,
		PreFinishResponseCallback: u.finish,
		NetworkTimeout:            30 * time.Second,
		// It logs every chunk; the request's own line says enough.
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return u, nil
}

func (u *uploads) routes(mux *layout) {
	inner := http.StripPrefix(strings.TrimSuffix(api.PathUploads, "/"), u.tus)
	mux.Handle("POST "+api.PathUploads+"{$}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upload-Defer-Length") != "" { // nobody knows whether there is room for it
			writeError(w, r, ra.E(ra.CodeInvalid).At("size"))
			return
		}
		inner.ServeHTTP(w, r)
	}))
	mux.Handle(api.PathUploads+"{sha256}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// tus answers a POST with the name on disk as the place to go on.
		hash := strings.TrimPrefix(r.PathValue("sha256"), u.id(r.Context(), ""))
		if !hashShape.MatchString(hash) {
			writeError(w, r, ra.E(ra.CodeNotFound).At("sha256"))
			return
		}
		id := u.id(r.Context(), hash)
		if r.Method == http.MethodHead && u.complete(w, r, id) {
			return
		}
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = api.PathUploads+id, ""
		inner.ServeHTTP(w, r)
	}))
}

func (u *uploads) id(ctx context.Context, hash string) string { return kioskOf(ctx).ID + "-" + hash }

// begin refuses early what would be refused at the end.
func (u *uploads) begin(hook tus.HookEvent) (tus.HTTPResponse, tus.FileInfoChanges, error) {
	hash, size := hook.Upload.MetaData["sha256"], hook.Upload.Size
	var err error
	switch {
	case !hashShape.MatchString(hash):
		err = ra.E(ra.CodeInvalid).At("sha256")
	case size == 0:
		err = ra.E(ra.CodeScanEmpty)
	case size > ra.MaxPageBytes:
		err = ra.E(ra.CodeScanTooLarge, "max_mb", strconv.Itoa(ra.MaxPageBytes>>20))
	default:
		err = u.mayBegin(hook.Context, hash, size)
	}
	if err != nil {
		return tus.HTTPResponse{}, tus.FileInfoChanges{}, tusError(hook.Context, err)
	}
	return tus.HTTPResponse{}, tus.FileInfoChanges{ID: u.id(hook.Context, hash)}, nil
}

// mayBegin asks the rules whether the kiosk may bring one more.
func (u *uploads) mayBegin(ctx context.Context, hash string, size int64) error {
	begun, bytes, err := u.begun(ctx, u.id(ctx, ""), u.id(ctx, hash))
	if err != nil {
		return err
	}
	return u.server.intake.MayBring(ctx, kioskOf(ctx), size, begun, bytes)
}

// begun counts the unfinished uploads whose ids begin so, but for one, and the bytes that were announced for them.
func (u *uploads) begun(ctx context.Context, prefix, but string) (n int, bytes int64, err error) {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("uploads: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || e.Name() == but || strings.HasSuffix(e.Name(), ".info") {
			continue
		}
		n++
		upload, err := u.store.GetUpload(ctx, e.Name())
		if err != nil {
			continue // ended meanwhile
		}
		if info, err := upload.GetInfo(ctx); err == nil {
			bytes += info.Size
		}
	}
	return n, bytes, nil
}

// finish hands a complete upload to the rules, in the request that completed it.
func (u *uploads) finish(hook tus.HookEvent) (tus.HTTPResponse, error) {
	if err := u.keep(hook.Context, hook.Upload); err != nil {
		return tus.HTTPResponse{}, tusError(hook.Context, err)
	}
	return tus.HTTPResponse{}, nil
}

// complete answers for an upload whose bytes are all here but which a crash kept from being handed on.
func (u *uploads) complete(w http.ResponseWriter, r *http.Request, id string) bool {
	upload, err := u.store.GetUpload(r.Context(), id)
	if err != nil {
		return false // tus says so itself
	}
	info, err := upload.GetInfo(r.Context())
	if err != nil || info.Offset != info.Size {
		return false
	}
	if err := u.keep(r.Context(), info); err != nil {
		writeError(w, r, err)
		return true
	}
	w.Header().Set("Tus-Resumable", "1.0.0")
	w.Header().Set("Upload-Offset", strconv.FormatInt(info.Offset, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(info.Size, 10))
	w.WriteHeader(http.StatusOK)
	return true
}

// keep hands the bytes to the rules and then forgets the upload, also when they are no scan: sending them again would
// not help. Any other failure leaves it for the next try.
func (u *uploads) keep(ctx context.Context, info tus.FileInfo) error {
	f, err := os.Open(filepath.Join(u.dir, info.ID))
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	defer f.Close()
	err = u.server.intake.StoreBlob(ctx, kioskOf(ctx), f, info.MetaData["sha256"], info.Size)
	var known *ra.Error
	if err != nil && (!errors.As(err, &known) || known.Code == ra.CodeInternal || known.Code == ra.CodeStoreFull) {
		return err
	}
	upload, gone := u.store.GetUpload(ctx, info.ID)
	if gone == nil {
		gone = u.store.AsTerminatableUpload(upload).Terminate(ctx)
	}
	if gone != nil && !errors.Is(gone, tus.ErrNotFound) {
		u.server.log.WarnContext(ctx, "upload stays behind", "err", gone)
	}
	return err
}

// tusError makes tusd answer with our problem details.
func tusError(ctx context.Context, err error) error {
	p := asProblem(ctx, err)
	body, marshalErr := json.Marshal(p.Problem)
	if marshalErr != nil {
		return marshalErr
	}
	e := tus.NewError(string(p.Code), "", p.Status)
	e.HTTPResponse.Body = string(body)
	e.HTTPResponse.Header = tus.HTTPHeader{"Content-Type": api.ProblemType}
	return e
}

// SweepUploads removes uploads that nobody has touched since before and returns how many files went.
func (s *Server) SweepUploads(ctx context.Context, before time.Time) (int, error) {
	entries, err := os.ReadDir(s.uploads.dir)
	if err != nil {
		return 0, fmt.Errorf("uploads: %w", err)
	}
	n := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.IsDir() || !info.ModTime().Before(before) || s.uploads.fresh(e.Name(), before) {
			continue
		}
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err := os.Remove(filepath.Join(s.uploads.dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return n, fmt.Errorf("uploads: %w", err)
		}
		n++
	}
	return n, nil
}

// fresh tells whether the bytes beside an .info file, which itself is written only once, are still arriving.
func (u *uploads) fresh(name string, before time.Time) bool {
	data, ok := strings.CutSuffix(name, ".info")
	if !ok {
		return false
	}
	info, err := os.Stat(filepath.Join(u.dir, data))
	return err == nil && !info.ModTime().Before(before)
}
