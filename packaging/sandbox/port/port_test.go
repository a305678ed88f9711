package port

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestReservedOnce asks for many ports: none comes twice, and each can be listened on again and again.
func TestReservedOnce(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 100 {
		port, err := Reserve()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was reserved twice", port)
		}
		seen[port] = true
		for range 2 {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
		}
	}
}

// TestTakenPortIsLeft holds a port as a stranger does, and as another who asks here does: neither is given away.
func TestTakenPortIsLeft(t *testing.T) {
	t.Parallel()
	port, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	if name, err := reserve(port); err == nil {
		name.Close()
		t.Errorf("port %d is reserved already and was given away again", port)
	}
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	taken := stranger.Addr().(*net.TCPAddr).Port
	if name, err := reserve(taken); err == nil {
		name.Close()
		t.Errorf("somebody listens on port %d and it was given away", taken)
	}
}

// TestOutsideTheSystemsRange compares the numbers with those which the system gives away by itself.
func TestOutsideTheSystemsRange(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skip(err)
	}
	lowest, err := strconv.Atoi(strings.Fields(string(b))[0])
	if err != nil {
		t.Fatal(err)
	}
	if first+count > lowest {
		t.Skipf("this machine gives away ports from %d on: a reserved one may be taken", lowest)
	}
}
