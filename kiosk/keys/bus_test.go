package keys

import (
	"context"
	"errors"
	"slices"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/usb"
)

func TestDriverless(t *testing.T) {
	t.Parallel()
	epass := usb.Device{Model: usb.Model{Maker: "Feitian"}, Port: "1-1", Serial: "27FB"}
	other := usb.Device{Model: usb.Model{Maker: "Feitian"}, Port: "1-2"}
	gm := usb.Device{Model: usb.Model{Maker: "Longmai"}, Port: "1-3"}
	feitian := ukey.Info{Manufacturer: "Feitian Technologies Co., Ltd.", Serial: "9"}
	for name, c := range map[string]struct {
		devices []usb.Device
		infos   []ukey.Info
		want    []usb.Device
	}{
		"no key":           {[]usb.Device{epass, gm}, nil, []usb.Device{epass, gm}},
		"no device":        {nil, []ukey.Info{feitian}, nil},
		"as many":          {[]usb.Device{gm}, []ukey.Info{feitian}, nil},
		"by serial":        {[]usb.Device{epass, other}, []ukey.Info{{Serial: "27FB"}}, []usb.Device{other}},
		"by maker":         {[]usb.Device{other, gm}, []ukey.Info{feitian}, []usb.Device{gm}},
		"one of two":       {[]usb.Device{epass, other}, []ukey.Info{feitian}, nil},
		"of nobody's make": {[]usb.Device{epass, gm}, []ukey.Info{{Manufacturer: "SoftHSM", Serial: "9"}}, nil},
	} {
		if got := driverless(c.devices, c.infos); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// TestKeyWithoutDriverIsToldAfterAWhile: a module may be slow to see a key, and a failed look shows nothing.
func TestKeyWithoutDriverIsToldAfterAWhile(t *testing.T) {
	t.Parallel()
	b, events := newBench(t), make(chan usb.Event)
	b.cfg.USB = func(context.Context) <-chan usb.Event { return events }
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	device := usb.Device{Model: usb.Model{Maker: "Feitian"}, Bus: 1, Address: 2, Port: "1-2"}
	events <- usb.Event{Device: device, Plugged: true}
	<-news // a look begins when one is plugged
	events <- usb.Event{Err: errors.New("bus is broken")}
	<-news
	b.fault.FailAt("List", ukeytest.Before, ukey.ErrTimeout)
	for range slowness {
		if s := b.tick(news); len(s.NoDriver) > 0 {
			t.Errorf("told too soon: %+v", s.NoDriver)
		}
	}
	if s := b.tick(news); !slices.Equal(s.NoDriver, []usb.Device{device}) {
		t.Errorf("got %+v, want the device", s.NoDriver)
	}
	b.fault.FailAt("List", ukeytest.Before, ukey.ErrTimeout)
	if s := b.tick(news); len(s.NoDriver) != 1 {
		t.Error("a failed look takes it away")
	}
	b.port.plug(one)
	if s := b.tick(news); len(s.NoDriver) > 0 {
		t.Errorf("seen by a driver, and still told: %+v", s.NoDriver)
	}
	b.port.plug()
	b.tick(news)
	events <- usb.Event{Device: device}
	<-news
	close(events)
	for range slowness {
		if s := b.tick(news); len(s.NoDriver) > 0 {
			t.Errorf("pulled, and still told: %+v", s.NoDriver)
		}
	}
}

// TestHiddenKeyHasADriver: a key that was never initialised, and that the configuration hides, is none without a driver; a spare slot
// of software says nothing of a device.
func TestHiddenKeyHasADriver(t *testing.T) {
	t.Parallel()
	device := usb.Device{Model: usb.Model{Maker: "Feitian"}, Port: "1-2", Serial: "27FB"}
	for name, c := range map[string]struct {
		hidden ukey.Info
		want   int
	}{
		"by maker":        {ukey.Info{Manufacturer: "Feitian Technologies Co., Ltd."}, 0},
		"by serial":       {ukey.Info{Manufacturer: "OEM", Serial: "27FB"}, 0},
		"a software slot": {ukey.Info{Manufacturer: "SoftHSM project"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, events := newBench(t), make(chan usb.Event)
			b.port.hidden = []ukey.Info{c.hidden}
			b.cfg.USB = func(context.Context) <-chan usb.Event { return events }
			news, leave := b.Subscribe(Person{})
			defer leave()
			b.run()
			<-news
			events <- usb.Event{Device: device, Plugged: true}
			<-news
			for range slowness {
				b.tick(news)
			}
			if s := b.tick(news); len(s.NoDriver) != c.want || len(s.Keys) > 0 {
				t.Errorf("got %+v, want %d devices without a driver and no key", s, c.want)
			}
		})
	}
}
