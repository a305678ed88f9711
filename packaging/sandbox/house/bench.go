package house

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed bench.html
var benchHTML string

var benchPage = template.Must(template.New("bench").Parse(benchHTML))

// benchView is what the bench page shows.
type benchView struct {
	Console      string
	Kiosks       []benchKiosk
	Logins       string
	Keys         []benchKey
	Customers    []benchCustomer
	Documents    []benchDocument
	Prints       []string
	PrinterOn    bool
	PrinterTurns []printerTurn
	Messages     []benchMessage
	Version      string
}

// benchKiosk is a hall's kiosk; Number counts from 1.
type benchKiosk struct {
	Number    int
	Name, URL string
}

// benchKey is a key of the hub; At is the number of the kiosk that it is plugged into, 0 for none.
type benchKey struct {
	Number, At int
	Owner      string
}

// benchCustomer is who may stand at the kiosk.
type benchCustomer struct {
	Resident
	Number int
	Here   bool
}

type benchDocument struct {
	Name, Title string
	Lying       bool
}

type printerTurn struct{ To, Title string }

var printerTurns = []printerTurn{{"empty", "缺纸 No paper"}, {"fill", "装纸 Fill"}, {"jam", "卡纸 Jam"}, {"mend", "排除 Mend"}}

type benchMessage struct{ At, Mobile, Text string }

// serveBench starts the bench page: the hall's hardware and its mobile network, for one person to play with.
func (h *House) serveBench(l net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.showBench)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, h.benchVersion()) })
	mux.HandleFunc("POST /keys/{number}/{action}", h.handleKey)
	mux.HandleFunc("POST /keys/{number}/plug/{kiosk}", h.handlePlug)
	mux.HandleFunc("POST /customers/{number}", h.handleCustomer)
	mux.HandleFunc("POST /glass/{document}", h.handleGlass)
	mux.HandleFunc("POST /printer/{switch}", h.handlePrinter)
	mux.HandleFunc("GET /documents/{document}", h.showDocument)
	mux.HandleFunc("GET /prints/{file}", h.showPrint)
	mux.HandleFunc("POST /messages", h.handleMessage)
	// The page is for this machine's own browser only: no other site may press its buttons.
	guard := http.NewCrossOriginProtection()
	h.bench = &http.Server{Handler: guard.Handler(mux), ReadHeaderTimeout: 10 * time.Second}
	go h.bench.Serve(l)
}

func (h *House) showBench(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := benchPage.Execute(w, h.benchView(r.Context())); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (h *House) benchView(ctx context.Context) benchView {
	v := benchView{Console: h.ConsoleURL(), Logins: h.Logins(), Keys: h.benchKeys(), Customers: h.benchCustomers(),
		PrinterOn: h.printerOn(), PrinterTurns: printerTurns, Version: h.benchVersion()}
	for i, t := range h.Terminals() {
		v.Kiosks = append(v.Kiosks, benchKiosk{i + 1, t.Name(), t.URL()})
	}
	for _, d := range h.documents(ctx) {
		v.Documents = append(v.Documents, benchDocument{d.Name, d.Title, d.Name == h.lying()})
	}
	for _, p := range h.Prints() {
		v.Prints = append(v.Prints, filepath.Base(p))
	}
	for _, m := range h.Messages.All() {
		v.Messages = append(v.Messages, benchMessage{m.SentAt.Format("15:04:05"), m.Mobile, m.Text})
	}
	return v
}

// benchVersion changes whenever something on the page does.
func (h *House) benchVersion() string {
	sum := fnv.New64a()
	fmt.Fprint(sum, h.benchKeys(), len(h.Residents()), h.AtKiosk().Handler.Mobile, h.Prints(), h.lying(), h.printerOn(), len(h.Messages.All()))
	return strconv.FormatUint(sum.Sum64(), 36)
}

func (h *House) handleKey(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	switch r.PathValue("action") {
	case "pull":
		for _, t := range h.Terminals() {
			err = errors.Join(err, t.Hub.Pull(n))
		}
	case "replace":
		err = h.Hub.Replace(r.Context(), n)
	default:
		http.NotFound(w, r)
		return
	}
	back(w, r, err)
}

// handlePlug plugs a key into a kiosk, wherever it was.
func (h *House) handlePlug(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("number"))
	kiosk, wrong := strconv.Atoi(r.PathValue("kiosk"))
	if err != nil || wrong != nil || kiosk < 1 || kiosk > len(h.Terminals()) {
		http.NotFound(w, r)
		return
	}
	back(w, r, h.Terminals()[kiosk-1].Hub.Plug(n))
}

// handleCustomer lets a customer stand at the kiosk: 0 is the one who has never been there.
func (h *House) handleCustomer(w http.ResponseWriter, r *http.Request) {
	all := h.benchCustomers()
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 0 || n >= len(all) {
		http.NotFound(w, r)
		return
	}
	back(w, r, errors.Join(h.Comes(all[n].Company), h.Lay(r.Context(), "-")))
}

func (h *House) handleGlass(w http.ResponseWriter, r *http.Request) {
	back(w, r, h.Lay(r.Context(), r.PathValue("document")))
}

func (h *House) handlePrinter(w http.ResponseWriter, r *http.Request) {
	err := h.TurnPrinter(context.WithoutCancel(r.Context()), r.PathValue("switch"))
	back(w, r, err)
}

func (h *House) showDocument(w http.ResponseWriter, r *http.Request) {
	b, err := h.document(r.Context(), r.PathValue("document"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(b))
	w.Write(b)
}

// showPrint serves a printed PDF, or its first page as a picture for NAME.pdf.png.
func (h *House) showPrint(w http.ResponseWriter, r *http.Request) {
	file, picture := strings.CutSuffix(r.PathValue("file"), ".png")
	i := slices.IndexFunc(h.Prints(), func(p string) bool { return filepath.Base(p) == file })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	path := h.Prints()[i]
	if !picture {
		w.Header().Set("Content-Type", "application/pdf")
		http.ServeFile(w, r, path)
		return
	}
	png, err := drawnPage(r.Context(), path, 1, 60)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(png)
}

func (h *House) handleMessage(w http.ResponseWriter, r *http.Request) {
	var m Message
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := h.Messages.add(m); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func back(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Prints lists what the printer printed, oldest first.
func (h *House) Prints() []string {
	files, _ := filepath.Glob(filepath.Join(h.spool(), "*.pdf"))
	slices.SortFunc(files, func(a, b string) int { return modified(a).Compare(modified(b)) })
	return files
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
