// Package port reserves loopback ports for programs that are told where to listen and may be restarted there.
//
// Asking the system for "any port", closing it and handing on its number is a race: until the program listens, and again
// whenever it is restarted, somebody's outgoing connection or another test may be given the same one. So a port is chosen
// below the range from which the system gives ports by itself (Linux: net.ipv4.ip_local_port_range, 32768 and up), and its
// number is reserved by an abstract socket that ends with the process which holds it, however it ends.
package port

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// The numbers to choose from: above what services are registered at, below what the system gives away.
const (
	first = 20000
	count = 12000
)

// errNone means that hardly anything is free here.
var errNone = errors.New("no free loopback port")

// held keeps the reservations of this process.
var held struct {
	sync.Mutex
	names []net.Listener
}

// Reserve returns the number of a loopback port on which nobody listens and which nobody else who asks here gets while
// this process lives.
func Reserve() (int, error) {
	var last error
	for range 200 {
		port := first + rand.IntN(count)
		name, err := reserve(port)
		if err != nil {
			last = err
			continue
		}
		held.Lock()
		held.names = append(held.names, name)
		held.Unlock()
		return port, nil
	}
	return 0, errors.Join(errNone, last)
}

// reserve takes the number's name, then looks whether somebody who does not ask here listens on it already.
func reserve(port int) (net.Listener, error) {
	name, err := net.Listen("unix", fmt.Sprintf("@keyhall-port-%d", port))
	if err != nil {
		return nil, err
	}
	probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, errors.Join(err, name.Close())
	}
	return name, probe.Close()
}
