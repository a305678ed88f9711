package workflow

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

func TestFaultOfKnowsEveryDeviceError(t *testing.T) {
	t.Parallel()
	for _, d := range deviceCodes {
		f := FaultOf(fmt.Errorf("call: %w", d.err))
		if f == nil || f.Code != d.code {
			t.Errorf("%v: got %+v, want %s", d.err, f, d.code)
		}
	}
	if f := FaultOf(fmt.Errorf("call: %w", ukey.ErrRemoved)); f == nil || f.Code != ra.CodeKeyPulled {
		t.Errorf("a pulled key: got %+v, want key_pulled", f)
	}
	if f := FaultOf(errors.New("disk on fire")); f == nil || f.Code != ra.CodeInternal {
		t.Errorf("got %+v, want internal", f)
	}
	if FaultOf(nil) != nil || FaultOf(context.Canceled) != nil {
		t.Error("a fault out of nothing")
	}
}
