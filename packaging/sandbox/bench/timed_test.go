package bench

import (
	"context"
	"crypto"
	"reflect"
	"sync"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
)

func TestMain(m *testing.M) {
	pkcs11.ServeIfWorker()
	m.Run()
}

// TestTimeInsideKeys compares the wrapper's account with what the driver says of itself, on a real software key.
func TestTimeInsideKeys(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	watch := &stopwatch{}
	var mu sync.Mutex
	var waited time.Duration
	keys, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: hub.Env(), HideUninitialized: true,
		Observe: func(method string, w, module time.Duration) {
			watch.observe(method, w, module)
			mu.Lock()
			defer mu.Unlock()
			waited += w
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	timed := timedReader{keys, watch}
	start := time.Now()
	token, err := timed.Open(t.Context(), hub.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)); err != nil {
		t.Fatal(err)
	}
	id := []byte("id")
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: id, Label: "l", Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	signer, err := ukey.Signer(t.Context(), token, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Sign(nil, make([]byte, 32), crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	if err := token.Close(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(start)
	spent, calls := watch.take()
	if calls[partKeys] != 6 { // Open, Login, GenerateKey, PublicKey, Sign, Close
		t.Errorf("%d calls counted, want 6", calls[partKeys])
	}
	if spent[partKeys] > whole || spent[partKeys] < waited || waited < spent[partModule] || spent[partModule] <= 0 {
		t.Errorf("whole %v, inside %v, waiting for workers %v, in the module %v: want each at least the next, all above 0",
			whole, spent[partKeys], waited, spent[partModule])
	}
	if spent, calls := watch.take(); spent != [parts]time.Duration{} || calls != [parts]int{} {
		t.Errorf("after it was taken, %v and %v are left", spent, calls)
	}
}

// TestEveryCallIsTimed calls every method of the wrappers, whose insides are missing and panic.
func TestEveryCallIsTimed(t *testing.T) {
	t.Parallel()
	watch := &stopwatch{}
	for want, wrapper := range map[part][]any{
		partKeys: {timedReader{nil, watch}, timedToken{nil, watch}}, partOffice: {timedLine{nil, watch}}, partJournal: {timedJournal{nil, watch}},
	} {
		for _, w := range wrapper {
			v := reflect.ValueOf(w)
			for i := range v.NumMethod() {
				callZero(t.Context(), v.Method(i))
				if _, calls := watch.take(); calls[want] != 1 {
					t.Errorf("%s.%s: counted %v", v.Type(), v.Type().Method(i).Name, calls)
				}
			}
		}
	}
}

func callZero(ctx context.Context, method reflect.Value) {
	defer func() { _ = recover() }() // there is nothing inside to call
	var args []reflect.Value
	for i := range method.Type().NumIn() {
		if in := method.Type().In(i); in == reflect.TypeFor[context.Context]() {
			args = append(args, reflect.ValueOf(ctx))
		} else {
			args = append(args, reflect.Zero(in))
		}
	}
	method.Call(args)
}
