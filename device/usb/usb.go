// Package usb tells which UKeys are plugged in by what the USB bus shows, without opening them: so the kiosk can say that a
// key is there though no PKCS#11 module sees it, and of which model it is. Reading keys is package ukey's.
package usb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/gousb"
)

// ErrBus is a USB bus that cannot be looked at.
var ErrBus = errors.New("USB bus cannot be read")

// Device is a UKey on the bus. Devices are comparable: one that is pulled and plugged again gets another Address.
type Device struct {
	Model
	Bus, Address int
	Port         string // where it is plugged, as the kernel names it: "1-3.1"
	Serial       string // of the USB device, empty for many models; not always the one that PKCS#11 tells
}

// Scan looks at the bus anew and returns the known UKeys on it by bus and address. ErrBus.
func Scan(ctx context.Context) ([]Device, error) { return scan(ctx, "/sys") }

func scan(ctx context.Context, sysfs string) (devices []Device, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	bus, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bus.Close()) }()
	_, err = bus.OpenDevices(func(d *gousb.DeviceDesc) bool {
		if m, known := lookUp(uint16(d.Vendor), uint16(d.Product)); known {
			port := portName(d)
			devices = append(devices, Device{
				Model: m, Bus: d.Bus, Address: d.Address, Port: port, Serial: serial(sysfs, port),
			})
		}
		return false // never opened: the driver of the key needs it for itself
	})
	if err != nil && len(devices) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrBus, err)
	}
	slices.SortFunc(devices, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.Bus, b.Bus), cmp.Compare(a.Address, b.Address))
	})
	return devices, nil
}

// open starts libusb. gousb panics where there is no bus at all, as in a container.
func open() (bus *gousb.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrBus, r)
		}
	}()
	return gousb.NewContext(), nil
}

func portName(d *gousb.DeviceDesc) string {
	ports := make([]string, len(d.Path))
	for i, p := range d.Path {
		ports[i] = fmt.Sprint(p)
	}
	return fmt.Sprintf("%d-%s", d.Bus, strings.Join(ports, "."))
}

// serial reads what the kernel read when the device came: asking the device itself would need it opened.
func serial(sysfs, port string) string {
	text, err := os.ReadFile(filepath.Join(sysfs, "bus/usb/devices", port, "serial"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(text), "?"))
}
