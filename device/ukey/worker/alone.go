package worker

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"keyhall/device/ukey"
)

// aloneWait bounds how long a worker waits for another one to leave its key; the kiosk's own deadline comes earlier.
const aloneWait = time.Minute

// alone waits until no other kiosk's worker works on the key, and marks it as this kiosk's. A worker whose kiosk died
// finishes the call it is in; the next kiosk's must not generate a pair beside it. Workers of the same kiosk know of each
// other: then the mark is nil. The mark is a socket's name, which goes with its process, however that ends; who connects
// is told the kiosk's process id.
func alone(key ukey.Identity) (io.Closer, error) {
	called := strings.Join([]string{key.Manufacturer, key.Model, key.Serial}, "\x00") // none of which holds a NUL
	name := fmt.Sprintf("@keyhall-ukey-%x", sha256.Sum256([]byte(called)))
	kiosk := strconv.Itoa(os.Getppid())
	for end := time.Now().Add(aloneWait); ; time.Sleep(10 * time.Millisecond) {
		mark, err := net.Listen("unix", name)
		switch {
		case err == nil:
			go tell(mark, kiosk)
			return mark, nil
		case !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(end):
			return nil, &ukey.DeviceError{Call: "open", Code: "key is in use: " + err.Error()}
		case markedBy(name) == kiosk:
			return nil, nil
		}
	}
}

// tell answers until the mark is closed.
func tell(mark net.Listener, kiosk string) {
	for {
		conn, err := mark.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, kiosk)
		_ = conn.Close()
	}
}

// markedBy asks who holds the mark; "" when it just went.
func markedBy(name string) string {
	conn, err := net.DialTimeout("unix", name, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	kiosk, _ := io.ReadAll(conn) // half an answer is nobody's
	return string(kiosk)
}
