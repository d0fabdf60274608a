package engine

import (
	"errors"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

func TestSplitPortTakesOlderAddressesApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, address string
		port        int
		refused     bool
	}{
		{"172.28.93.97", "172.28.93.97", 5000, false},
		{"172.28.93.97:8080", "172.28.93.97", 8080, false},
		{"[fd00::1]:8080", "fd00::1", 8080, false},
		{"fd00::1", "fd00::1", 5000, false},
		{"172.28.93.97:0", "", 0, true},
		{"172.28.93.97:65536", "", 0, true},
		{"172.28.93.97:80x", "", 0, true},
	} {
		o := RegisterOptions{Spec: platform.EngineSpec{ServerAddress: tt.in, Port: 5000}}
		err := o.splitPort()
		var usage *toolbox.UsageError
		if tt.refused {
			if !errors.As(err, &usage) {
				t.Errorf("%s: got %v", tt.in, err)
			}
			continue
		}
		if err != nil || o.Spec.ServerAddress != tt.address || o.Spec.Port != tt.port {
			t.Errorf("%s: got %s and %d, %v", tt.in, o.Spec.ServerAddress, o.Spec.Port, err)
		}
	}
}

func TestSameAddressComparesAddressesNotSpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"10.0.0.1", "10.0.0.1", true}, {"10.0.0.1", "10.0.0.2", false}, {"::1", "0:0:0:0:0:0:0:1", true},
		{"::ffff:10.0.0.1", "10.0.0.1", true}, {"", "", false}, {"host", "host", false},
	} {
		if got := sameAddress(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: got %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestTheAddressTowardsThePlatformIsOneOfThisMachine(t *testing.T) {
	t.Parallel()
	got, err := towards(t.Context(), "http://127.0.0.1:8001")
	if err != nil || got != "127.0.0.1" {
		t.Errorf("got %q, %v", got, err)
	}
}
