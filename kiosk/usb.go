package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"keyhall/device/usb"
)

// ukeyUSBCmd tells which known UKeys are on the USB, whether a module for them is there or not: the first question of a
// technician before whose kiosk a key does nothing.
type ukeyUSBCmd struct{}

// Run prints a table of the devices.
func (ukeyUSBCmd) Run(ctx context.Context, k *kong.Context) error {
	devices, err := usb.Scan(ctx)
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		_, _ = fmt.Fprintln(k.Stdout, "No UKey of a known model is on the USB.")
		return nil
	}
	w := tabwriter.NewWriter(k.Stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PORT\tVENDOR:PRODUCT\tMAKER\tMODEL\tSERIAL")
	for _, d := range devices {
		_, _ = fmt.Fprintf(w, "%s\t%04x:%04x\t%s\t%s\t%s\n", d.Port, d.Vendor, d.Product, d.Maker, d.Name, plain(d.Serial))
	}
	return w.Flush()
}
