package workflow

import (
	"testing"

	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
)

func TestMain(m *testing.M) {
	pkcs11.ServeIfWorker()
	ukeytest.Main(m)
}
