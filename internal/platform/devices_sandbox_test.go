package platform_test

import (
	"errors"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
)

func TestAMachineOfItsOwnInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	machine, err := c.RVMs.Get(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := c.Devices.Claim(ctx, machine.APIKey, platform.Claim{RVMID: 2, Timezone: "Asia/Jakarta"})
	if err != nil || claimed.RVMID != 2 || claimed.TimezoneOffset != "+07:00" {
		t.Errorf("claim: %+v, %v", claimed, err)
	}
	north, east := -6.2, 106.8
	updated, err := c.Devices.Update(ctx, machine.APIKey, platform.SelfUpdate{IPAddress: "172.28.93.98", Port: 5001, Latitude: &north, Longitude: &east})
	if err != nil || updated.IPAddress != "172.28.93.98" || updated.Port != 5001 || updated.Latitude == nil {
		t.Errorf("update: %+v, %v", updated, err)
	}
	var no *platform.Error
	if _, err := c.Devices.Claim(ctx, machine.APIKey, platform.Claim{RVMID: 1}); !errors.As(err, &no) || !no.MachineRefused() {
		t.Errorf("claim of another machine: %v, want a refused machine", err)
	}
	made, err := c.Devices.CreateToken(ctx, 2, "")
	if err != nil || made.RVMID != 2 || made.ExpiresAt.IsZero() {
		t.Fatalf("create token: %+v, %v", made, err)
	}
	if who, err := c.Devices.CheckToken(ctx, made.Token); err != nil || who.RVMID != 2 || !who.ExpiresAt.Equal(made.ExpiresAt.Truncate(1e9)) && !who.ExpiresAt.Equal(made.ExpiresAt) {
		t.Errorf("check token: %+v, %v", who, err)
	}
	if err := c.Devices.RevokeToken(ctx, made.Token); err != nil {
		t.Errorf("revoke token: %v", err)
	}
	if _, err := c.Devices.CheckToken(ctx, made.Token); !errors.As(err, &no) || !no.MachineRefused() {
		t.Errorf("check after revoke: %v, want a refused machine", err)
	}
	if me, err := c.Auth.Me(ctx); err != nil || me.ID == 0 {
		t.Errorf("the person's own sign-in is lost: %v", err)
	}
	var console *platform.WebConsoleError
	if _, err := c.Remote.Status(ctx, 2); !errors.As(err, &console) {
		t.Errorf("remote status: %v, want a build without it", err)
	}
}
