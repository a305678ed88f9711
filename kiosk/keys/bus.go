package keys

import (
	"slices"
	"strings"

	"keyhall/device/ukey"
	"keyhall/device/usb"
)

// slowness is how many looks, a tick apart, may miss a UKey that is on the USB: modules take a while to see one.
const slowness = 3

// bus is what the USB shows of UKeys.
type bus []plugged

type plugged struct {
	device usb.Device
	missed int // looks in a row that missed it
}

// change takes in an event that is no failure.
func (b bus) change(e usb.Event) bus {
	if e.Plugged {
		return append(b, plugged{device: e.Device})
	}
	return slices.DeleteFunc(b, func(p plugged) bool { return p.device == e.Device })
}

// compare holds a look against the bus and returns the UKeys that no driver sees, and has not for a while. Hidden are the keys that
// drivers see and the look left out.
func (b bus) compare(infos, hidden []ukey.Info, ticked bool) (unseen []usb.Device) {
	var devices []usb.Device
	for _, p := range b {
		devices = append(devices, p.device)
	}
	left := slices.DeleteFunc(driverless(devices, infos), func(d usb.Device) bool {
		return slices.ContainsFunc(hidden, func(i ukey.Info) bool { return d.Serial != "" && d.Serial == i.Serial || makes(d, i) })
	})
	for i := range b {
		p := &b[i]
		switch {
		case !slices.Contains(left, p.device):
			p.missed = 0
		case ticked:
			p.missed++
		}
		if p.missed >= slowness {
			unseen = append(unseen, p.device)
		}
	}
	return unseen
}

// driverless are the devices that are none of the keys. Bus and drivers name a key each in their own way: where a key may be one of
// two devices neither is called driverless, since its person would pull the good one.
func driverless(devices []usb.Device, infos []ukey.Info) (left []usb.Device) {
	var keys []ukey.Info
	devices = slices.Clone(devices)
	for _, i := range infos {
		at := slices.IndexFunc(devices, func(d usb.Device) bool { return d.Serial != "" && d.Serial == i.Serial })
		if at < 0 {
			keys = append(keys, i)
			continue
		}
		devices = slices.Delete(devices, at, at+1)
	}
	if len(keys) >= len(devices) {
		return nil
	}
	for _, d := range devices {
		if !slices.ContainsFunc(keys, func(i ukey.Info) bool { return makes(d, i) || madeByNone(devices, i) }) {
			left = append(left, d)
		}
	}
	return left
}

// makes tells whether a key names the maker of a device as its own.
func makes(d usb.Device, i ukey.Info) bool {
	return strings.Contains(strings.ToLower(i.Manufacturer), strings.ToLower(d.Maker))
}

func madeByNone(devices []usb.Device, i ukey.Info) bool {
	return !slices.ContainsFunc(devices, func(d usb.Device) bool { return makes(d, i) })
}
