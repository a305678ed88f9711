package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
)

// Config is the back office's one configuration file. It is read once, in main, and handed down in parts.
type Config struct {
	Data        string `toml:"data"`        // folder of master keys, CA, scans and begun uploads
	Database    string `toml:"database"`    // PostgreSQL, as libpq takes it
	Connections int    `toml:"connections"` // to PostgreSQL, at most, apart from the console's sessions
	// OwnerDatabase is the same as the owner of its tables, for migrate and maintain alone. The program that serves need not know it.
	OwnerDatabase string `toml:"owner_database"`

	Scans    string         `toml:"scans"` // bucket; empty: a folder in Data
	Names    []string       `toml:"names"` // host names and addresses in the server certificate
	Kiosks   ListenConfig   `toml:"kiosks"`
	Console  ConsoleConfig  `toml:"console"`
	PKI      PKIConfig      `toml:"pki"`
	Metrics  ListenConfig   `toml:"metrics"`
	CA       CAConfig       `toml:"ca"`
	Messages MessagesConfig `toml:"messages"`
	Audit    AuditConfig    `toml:"audit"`
	Uploads  UploadsConfig  `toml:"uploads"`
	Log      LogConfig      `toml:"log"`

	Demonstration DemonstrationConfig `toml:"demonstration"`
}

// ListenConfig is where a part listens; an empty address switches it off, where it may be off.
type ListenConfig struct {
	Listen string `toml:"listen"`
}

// ConsoleConfig is the supervisors' web console. Without files of its own it shows a certificate of the back office's CA.
type ConsoleConfig struct {
	Listen      string `toml:"listen"`
	Certificate string `toml:"certificate"` // PEM file, with its chain
	Key         string `toml:"key"`         // PEM file
}

// PKIConfig is the plain HTTP face for revocation list and OCSP.
type PKIConfig struct {
	Listen        string   `toml:"listen"`
	URL           string   `toml:"url"`             // as it stands in certificates; pkiNone: in none
	OCSPMaxAge    duration `toml:"ocsp_max_age"`    // how long caches between may keep an OCSP answer; 0: not at all
	KeepListsDays int      `toml:"keep_lists_days"` // how many days revocation lists stay after they ended; 0: for ever
}

// CAConfig says what the CA becomes when it is founded, and where its key is.
type CAConfig struct {
	Algorithm    string      `toml:"algorithm"`
	CommonName   string      `toml:"common_name"`
	Organisation string      `toml:"organisation"`
	Years        int         `toml:"years"`
	Token        TokenConfig `toml:"token"`
}

// TokenConfig is a PKCS#11 token with the CA's key; without a module the key is in a file.
type TokenConfig struct {
	Module   string   `toml:"module"`
	Label    string   `toml:"label"`
	PINFile  string   `toml:"pin_file"` // or the name of a systemd credential
	KeyLabel string   `toml:"key_label"`
	Deadline duration `toml:"deadline"` // after which it counts as away
}

// MessagesConfig is the gateway of text messages; without an address they wait in the outbox.
type MessagesConfig struct {
	URL       string   `toml:"url"`
	TokenFile string   `toml:"token_file"`
	Timeout   duration `toml:"timeout"`
}

// AuditConfig is where the trail's checkpoints go, and how long its lines are kept.
type AuditConfig struct {
	Checkpoints string `toml:"checkpoints"` // file; empty: in Data
	Archive     string `toml:"archive"`     // folder; empty: in Data, "none": what is dropped is kept nowhere
	KeepMonths  int    `toml:"keep_months"` // whole months that lines are kept; 0: for ever
}

// LogConfig says what goes to standard error.
type LogConfig struct {
	Format string     `toml:"format"` // "text" or "json"
	Level  slog.Level `toml:"level"`
}

// duration reads "3m" from TOML.
type duration struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(b []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(b))
	return err
}

func defaultConfig() Config {
	return Config{
		Data:        "/var/lib/keyhall-backoffice",
		Database:    "host=/run/postgresql user=keyhall dbname=keyhall",
		Connections: 16,
		Names:       []string{"localhost", "127.0.0.1"},
		Kiosks:      ListenConfig{Listen: "127.0.0.1:8443"},
		Console:     ConsoleConfig{Listen: "127.0.0.1:8444"},
		PKI:         PKIConfig{Listen: "127.0.0.1:8080", OCSPMaxAge: duration{time.Minute}, KeepListsDays: 400},
		CA:          CAConfig{Algorithm: local.ECP256, CommonName: "Keyhall CA", Years: 20, Token: TokenConfig{KeyLabel: "keyhall-ca", Deadline: duration{10 * time.Second}}},
		Messages:    MessagesConfig{Timeout: duration{10 * time.Second}},
		Uploads:     defaultUploads(),
		Log:         LogConfig{Format: "text"},
	}
}

// readConfig reads and checks the file; every mistake is told at once.
func readConfig(path string) (Config, error) {
	c := defaultConfig()
	meta, err := toml.DecodeFile(path, &c)
	if err != nil {
		return c, fmt.Errorf("configuration %s: %w", path, err)
	}
	var errs []error
	for _, key := range meta.Undecoded() {
		errs = append(errs, fmt.Errorf("%s: there is no such setting", key))
	}
	if err := errors.Join(append(errs, c.Validate())...); err != nil {
		return c, fmt.Errorf("configuration %s:\n%w", path, err)
	}
	return c, nil
}

// Validate returns every mistake, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(setting, why string) { errs = append(errs, fmt.Errorf("%s: %s", setting, why)) }
	if !filepath.IsAbs(c.Data) {
		bad("data", "the full path of a folder is needed")
	}
	if _, err := pgx.ParseConfig(c.Database); err != nil {
		bad("database", "PostgreSQL's address cannot be read") // err may repeat a password
	}
	if _, err := pgx.ParseConfig(c.OwnerDatabase); err != nil {
		bad("owner_database", "PostgreSQL's address cannot be read")
	}
	if c.Connections < 2 || c.Connections > 500 {
		bad("connections", "2 to 500")
	}
	if u, err := url.Parse(c.Scans); c.Scans != "" && (err != nil || u.Scheme != "file" || !filepath.IsAbs(u.Path)) {
		bad("scans", "file:///folder is needed, or nothing")
	}
	if len(c.Names) == 0 {
		bad("names", "at least one host name or address is needed")
	}
	c.checkListeners(bad)
	c.checkCA(bad)
	c.Uploads.check(bad)
	c.Demonstration.check(bad)
	if c.Messages.URL != "" && !webAddress(c.Messages.URL) {
		bad("messages.url", "an address beginning with http:// or https:// is needed, or nothing")
	}
	if c.Messages.Timeout.Duration < time.Second {
		bad("messages.timeout", "at least 1s")
	}
	if c.Audit.Archive != "" && c.Audit.Archive != archiveNone && !filepath.IsAbs(c.Audit.Archive) {
		bad("audit.archive", "the full path of a folder is needed, or \"none\", or nothing")
	}
	if c.Audit.Checkpoints != "" && !filepath.IsAbs(c.Audit.Checkpoints) {
		bad("audit.checkpoints", "the full path of a file is needed, or nothing")
	}
	if c.Audit.KeepMonths != 0 && c.Audit.KeepMonths < 12 {
		bad("audit.keep_months", "0, which is for ever, or at least 12")
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", `"text" or "json"`)
	}
	return errors.Join(errs...)
}

func (c Config) checkListeners(bad func(setting, why string)) {
	taken := map[string]string{}
	for _, l := range []struct {
		setting, address string
		mayBeOff         bool
	}{
		{"kiosks.listen", c.Kiosks.Listen, false}, {"console.listen", c.Console.Listen, true},
		{"pki.listen", c.PKI.Listen, true}, {"metrics.listen", c.Metrics.Listen, true},
	} {
		if l.address == "" && l.mayBeOff {
			continue
		}
		_, port, err := net.SplitHostPort(l.address)
		if err != nil {
			bad(l.setting, "address:port is needed")
			continue
		}
		if other, ok := taken[l.address]; ok && port != "0" {
			bad(l.setting, "the same as "+other)
		}
		taken[l.address] = l.setting
	}
	if why := c.pointer(); why != "" {
		bad("pki.url", `the address is needed under which everybody reaches pki.listen, beginning with http://: every certificate points there, for ever. `+
			`"none" only where each project's profile says unlinked = true; `+why)
	}
	if c.PKI.OCSPMaxAge.Duration < 0 || c.PKI.OCSPMaxAge.Duration > time.Hour {
		bad("pki.ocsp_max_age", "0s to 1h")
	}
	if c.PKI.KeepListsDays != 0 && c.PKI.KeepListsDays < 30 {
		bad("pki.keep_lists_days", "0, which is for ever, or at least 30")
	}
	if (c.Console.Certificate == "") != (c.Console.Key == "") {
		bad("console.certificate, console.key", "both or neither")
	}
}

func (c Config) checkCA(bad func(setting, why string)) {
	if c.CA.Algorithm != local.ECP256 && c.CA.Algorithm != local.RSA3072 {
		bad("ca.algorithm", fmt.Sprintf("%q or %q", local.ECP256, local.RSA3072))
	}
	if c.CA.Years < 5 || c.CA.Years > 50 {
		bad("ca.years", "5 to 50")
	}
	if c.CA.Token.Module == "" {
		return
	}
	if c.CA.Token.Label == "" {
		bad("ca.token.label", "the label of the token is needed")
	}
	if c.CA.Token.PINFile == "" {
		bad("ca.token.pin_file", "the file with the token's PIN is needed, or the name of a systemd credential")
	}
	if d := c.CA.Token.Deadline.Duration; d < time.Second || d > time.Minute {
		bad("ca.token.deadline", "1s to 1m")
	}
}

// Parts of the data folder.
func (c Config) uploadDir() string { return filepath.Join(c.Data, "uploads") }

func (c Config) bucket() string {
	if c.Scans != "" {
		return c.Scans
	}
	return "file://" + filepath.Join(c.Data, "scans")
}

func (c Config) checkpoints() string {
	if c.Audit.Checkpoints != "" {
		return c.Audit.Checkpoints
	}
	return filepath.Join(c.Data, "audit-checkpoints")
}

// archiveNone as [audit] archive lets lines be dropped for good.
const archiveNone = "none"

// archive is the folder of the trail's archives, "" for none.
func (c Config) archive() string {
	switch c.Audit.Archive {
	case "":
		return filepath.Join(c.Data, "audit-archive")
	case archiveNone:
		return ""
	}
	return c.Audit.Archive
}

// authority says how a CA is opened, or made. The token has the keys of customers' CAs; those of the operations' are in files, so that no
// TLS handshake waits for a token.
func (c Config) authority(a book.Authority) local.Config {
	base, number, _ := strings.Cut(a.Name, "-")
	l := local.Config{Dir: c.Data, Name: a.Name, Algorithm: c.CA.Algorithm, CommonName: c.CA.CommonName, Organisation: c.CA.Organisation, Years: c.CA.Years, Now: c.now}
	if a.Purpose == book.ForOperations {
		l.CommonName += " Operations"
	}
	if number != "" {
		l.CommonName += " " + number
	}
	if t := c.CA.Token; t.Module != "" && a.Purpose == book.ForCustomers {
		l.Token = &local.Token{Module: t.Module, Label: t.Label, PINFile: t.PINFile, Deadline: t.Deadline.Duration, KeyLabel: t.KeyLabel + strings.TrimPrefix(a.Name, base)}
	}
	return l
}
