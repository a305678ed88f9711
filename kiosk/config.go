package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"

	"keyhall/kiosk/safe"
	"keyhall/printer/ipp"
)

// Config is the kiosk's one configuration file. It is read once, in main, and handed down in parts.
type Config struct {
	Data    string        `toml:"data"` // folder of journal and secrets
	Secrets SecretsConfig `toml:"secrets"`
	Office  OfficeConfig  `toml:"office"`
	Screen  ScreenConfig  `toml:"screen"`
	UKeys   []UKeyConfig  `toml:"ukey"`
	Scanner ScannerConfig `toml:"scanner"`
	Printer PrinterConfig `toml:"printer"`
	Pinyin  PinyinConfig  `toml:"pinyin"`
	Speech  SpeechConfig  `toml:"speech"`
	Staff   StaffConfig   `toml:"staff"`
}

// SecretsConfig says who keeps the key of the secrets, where systemd does not hand it over.
type SecretsConfig struct {
	TPM string `toml:"tpm"` // "auto", "off", or the path of a device or socket
}

// OfficeConfig says where the back office is.
type OfficeConfig struct {
	URL     string   `toml:"url"` // https://…
	CA      string   `toml:"ca"`  // PEM file of the certification authority that the back office shows
	Timeout duration `toml:"timeout"`
}

// ScreenConfig says how the window looks.
type ScreenConfig struct {
	Fullscreen bool     `toml:"fullscreen"`
	Width      int      `toml:"width"`  // px, when not full screen
	Height     int      `toml:"height"` // px
	Idle       duration `toml:"idle"`   // until everything personal is cleared
}

// ScannerConfig is a SANE device.
type ScannerConfig struct {
	Device  string   `toml:"device"`
	Options []string `toml:"options"`
	Env     []string `toml:"env"`
	Timeout duration `toml:"timeout"`
	DPI     int      `toml:"dpi"`
}

// PrinterConfig is an IPP printer.
type PrinterConfig struct {
	URI string `toml:"uri"`
	// Which certificate an ipps printer may show that no authority of this machine signed.
	Fingerprint string `toml:"fingerprint"` // its SHA-256
	Certificate string `toml:"certificate"` // PEM file of itself, or of its authority
}

// open does not touch the printer.
func (c PrinterConfig) open() (*ipp.Printer, error) {
	trust := ipp.Trust{Fingerprint: c.Fingerprint}
	if c.Certificate != "" {
		var err error
		if trust.PEM, err = os.ReadFile(c.Certificate); err != nil {
			return nil, err
		}
	}
	return ipp.New(ipp.Config{URI: c.URI, Trust: trust})
}

// mistakes tells what is wrong, by setting.
func (c PrinterConfig) mistakes(bad func(setting, why string)) {
	u, err := url.Parse(c.URI)
	if err != nil || u.Scheme != "ipp" && u.Scheme != "ipps" {
		bad("uri", "an address beginning with ipp:// or ipps:// is needed")
		return
	}
	if u.Scheme == "ipp" && (c.Fingerprint != "" || c.Certificate != "") {
		bad("uri", "a certificate is shown on ipps:// only")
	}
	if err := (ipp.Trust{Fingerprint: c.Fingerprint}).Validate(); err != nil {
		bad("fingerprint", err.Error())
	}
	if _, err := (PrinterConfig{URI: c.URI, Certificate: c.Certificate}).open(); err != nil {
		bad("certificate", err.Error())
	}
}

// StaffConfig is what staff do at the kiosk itself.
type StaffConfig struct {
	PINHash string `toml:"pin_hash"` // of the maintenance PIN, as "keyhall-kiosk staff-pin" tells it; "" for none
}

// PinyinConfig is the pinyin engine's program.
type PinyinConfig struct {
	Command []string `toml:"command"`
}

// SpeechConfig is the daemon that reads aloud.
type SpeechConfig struct {
	Socket string `toml:"socket"` // of speech-dispatcher; "" for none
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
		Data:    "/var/lib/keyhall-kiosk",
		Secrets: SecretsConfig{TPM: safe.TPMAuto},
		Office:  OfficeConfig{Timeout: duration{20 * time.Second}},
		Screen:  ScreenConfig{Fullscreen: true, Width: 1920, Height: 1080, Idle: duration{5 * time.Minute}},
		Scanner: ScannerConfig{Timeout: duration{time.Minute}, DPI: 200},
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
	if c.Data == "" {
		bad("data", "a folder is needed")
	}
	if t := c.Secrets.TPM; t != safe.TPMAuto && t != safe.TPMOff && !filepath.IsAbs(t) {
		bad("secrets.tpm", `"auto", "off", or the full path of a TPM's device or socket`)
	}
	if u, err := url.Parse(c.Office.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		bad("office.url", "an address beginning with https:// is needed")
	}
	if c.Office.CA == "" {
		bad("office.ca", "the certificate file of the back office's authority is needed")
	}
	if c.Screen.Idle.Duration < 20*time.Second {
		bad("screen.idle", "at least 20s")
	}
	if !c.Screen.Fullscreen && (c.Screen.Width < 800 || c.Screen.Height < 800) {
		bad("screen.width, screen.height", "at least 800 each when not full screen")
	}
	for i, k := range c.UKeys {
		k.mistakes(func(setting, why string) { bad(fmt.Sprintf("ukey[%d].%s", i, setting), why) })
	}
	if len(c.UKeys) == 0 {
		bad("ukey", "at least one key driver is needed")
	}
	if c.Scanner.DPI < 100 || c.Scanner.DPI > 600 {
		bad("scanner.dpi", "100 to 600")
	}
	if c.Staff.PINHash != "" && checkHash(c.Staff.PINHash) != nil {
		bad("staff.pin_hash", "what `keyhall-kiosk staff-pin` tells is needed")
	}
	if c.Speech.Socket != "" && !filepath.IsAbs(c.Speech.Socket) {
		bad("speech.socket", "the full path of speech-dispatcher's socket is needed")
	}
	c.Printer.mistakes(func(setting, why string) { bad("printer."+setting, why) })
	return errors.Join(errs...)
}

func (c Config) file(name string) string { return filepath.Join(c.Data, name) }

// Files in the data folder.
func (c Config) journalFile() string   { return c.file("journal.db") }
func (c Config) secretsFolder() string { return c.file("secrets") }
func (c Config) makeDataFolder() error { return os.MkdirAll(c.Data, 0o700) }
