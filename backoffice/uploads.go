package main

import (
	"fmt"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
)

// UploadsConfig bounds what kiosks may fill the disk with; MB are 1,048,576 bytes.
type UploadsConfig struct {
	KioskScans int `toml:"kiosk_scans"` // of a kiosk, that belong to no order yet
	KioskMB    int `toml:"kiosk_mb"`
	OrderPages int `toml:"order_pages"`
	OrderMB    int `toml:"order_mb"`
}

// quotas are the rules' limits.
func (u UploadsConfig) quotas() intake.Quotas {
	return intake.Quotas{KioskScans: u.KioskScans, KioskBytes: int64(u.KioskMB) << 20, OrderPages: u.OrderPages, OrderBytes: int64(u.OrderMB) << 20}
}

func defaultUploads() UploadsConfig {
	d := intake.DefaultQuotas()
	return UploadsConfig{KioskScans: d.KioskScans, KioskMB: int(d.KioskBytes >> 20), OrderPages: d.OrderPages, OrderMB: int(d.OrderBytes >> 20)}
}

func (u UploadsConfig) check(bad func(setting, why string)) {
	for _, c := range []struct {
		name     string
		n, least int
	}{{"kiosk_scans", u.KioskScans, 10}, {"kiosk_mb", u.KioskMB, ra.MaxPageBytes >> 20}, {"order_pages", u.OrderPages, 10}, {"order_mb", u.OrderMB, ra.MaxPageBytes >> 20}} {
		if c.n < c.least {
			bad("uploads."+c.name, fmt.Sprintf("at least %d", c.least))
		}
	}
}
