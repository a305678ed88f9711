package ippeve

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// ippeveprinter insists on announcing itself by Avahi. These few answers, on a message bus of the sandbox's own,
// satisfy it: no daemon of the machine is needed and nothing is announced to anybody's network.

const (
	avahiName        = "org.freedesktop.Avahi"
	serverInterface  = avahiName + ".Server"
	groupInterface   = avahiName + ".EntryGroup"
	groupPath        = dbus.ObjectPath("/group")
	apiVersion       = uint32(0x0201)
	serverRunning    = int32(2)
	groupEstablished = int32(2)
)

type avahiServer struct{}

func (avahiServer) GetAPIVersion() (uint32, *dbus.Error)                        { return apiVersion, nil }
func (avahiServer) GetState() (int32, *dbus.Error)                              { return serverRunning, nil }
func (avahiServer) GetHostName() (string, *dbus.Error)                          { return "localhost", nil }
func (avahiServer) GetHostNameFqdn() (string, *dbus.Error)                      { return "localhost", nil }
func (avahiServer) GetDomainName() (string, *dbus.Error)                        { return "local", nil }
func (avahiServer) GetVersionString() (string, *dbus.Error)                     { return "avahi 0.8", nil }
func (avahiServer) EntryGroupNew() (dbus.ObjectPath, *dbus.Error)               { return groupPath, nil }
func (avahiServer) GetAlternativeServiceName(name string) (string, *dbus.Error) { return name, nil }

type entryGroup struct{ bus *dbus.Conn }

func (entryGroup) Free() *dbus.Error              { return nil }
func (entryGroup) Reset() *dbus.Error             { return nil }
func (entryGroup) GetState() (int32, *dbus.Error) { return groupEstablished, nil }
func (entryGroup) IsEmpty() (bool, *dbus.Error)   { return false, nil }

// Commit tells the caller what it waits for: its name is free and announced.
func (g entryGroup) Commit() *dbus.Error {
	if err := g.bus.Emit(groupPath, groupInterface+".StateChanged", groupEstablished, ""); err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

func (entryGroup) AddService(_, _ int32, _ uint32, _, _, _, _ string, _ uint16, _ [][]byte) *dbus.Error {
	return nil
}

func (entryGroup) AddServiceSubtype(_, _ int32, _ uint32, _, _, _, _ string) *dbus.Error { return nil }

func (entryGroup) UpdateServiceTxt(_, _ int32, _ uint32, _, _, _ string, _ [][]byte) *dbus.Error {
	return nil
}

func (entryGroup) AddRecord(_, _ int32, _ uint32, _ string, _, _ uint16, _ uint32, _ []byte) *dbus.Error {
	return nil
}

// serveAvahi answers on the bus until the connection is closed.
func serveAvahi(address string) (*dbus.Conn, error) {
	bus, err := dbus.Connect(address)
	if err != nil {
		return nil, fmt.Errorf("message bus of the printer: %w", err)
	}
	err = bus.Export(avahiServer{}, "/", serverInterface)
	if err == nil {
		err = bus.Export(entryGroup{bus}, groupPath, groupInterface)
	}
	if err == nil {
		_, err = bus.RequestName(avahiName, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		bus.Close()
		return nil, fmt.Errorf("name on the printer's message bus: %w", err)
	}
	return bus, nil
}
