package status

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/health"
)

func TestNewPushRefusesWhatMeansNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--status", "sleeping"}, {"--load", "-1"}, {"--capacity", "-5"}, {"--camera-active", "maybe"}, {"--remote-access", "1"},
		{"--last-maintenance", "yesterday"}, {"--no-metrics"}, {"now"},
	} {
		box := toolbox.New(nil, toolbox.Version{}, toolbox.System{}, func(error) {})
		cmd := NewPush(box, func(context.Context, *PushOptions) error { t.Errorf("%q ran", args); return nil })
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		var usage *toolbox.UsageError
		if err := cmd.Execute(); !errors.As(err, &usage) {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

func TestWhatNoPlatformStoresIsSaid(t *testing.T) {
	t.Parallel()
	hot := 75.0
	o := PushOptions{Load: 40, Capacity: 100, LastMaintenance: "2026-11-01", Camera: "yes"}
	got := o.local(health.Sensors{Temperature: &hot}).words()
	for _, want := range []string{"health 80/100", "temperature at 75", "load 40", "capacity 100", "last maintenance 2026-11-01", "camera active yes"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	nothing := PushOptions{Load: -1, Capacity: -1}
	if got := nothing.local(health.Sensors{}).words(); !strings.Contains(got, "health unknown") || strings.Contains(got, "load") {
		t.Errorf("got %q", got)
	}
}
