package sandbox

import (
	"testing"
	"time"
)

func TestExpiredSessionsAreStillClaimed(t *testing.T) {
	t.Parallel()
	p := open(t)
	token, _ := p.call("", "POST", "/api/v2/rvm/session/create", `{"rvm_id":1}`).get("data.session_token").(string)
	p.clock.advance(time.Hour)
	p.call("", "GET", "/api/v2/rvm/session/status?session_token="+token, "").
		want(t, 200, "data.status", "active", "data.expires_at", "2026-03-04T10:10:00.000000Z")
	p.call(p.user(), "POST", "/api/v2/rvm/session/claim", `{"session_token":"`+token+`"}`).
		want(t, 200, "data.user_name", "John Doe", "data.rvm_id", 1)
	p.call("", "POST", "/api/v2/rvm/session/activate-guest", `{"session_token":"`+token+`"}`).
		want(t, 409, "message", "Session is no longer available for activation")
}

func TestSessionNumbersAreTheLeadingDigits(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int64{
		"24373a0b-0000-4000-8000-000000000000": 24373, "f4373a0b-0000-4000-8000-000000000000": 0,
		"00000067-0000-4000-8000-000000000000": 67, "": 0,
	} {
		if got := (session{id: id}).number(); got != want {
			t.Errorf("number of %q = %d, want %d", id, got, want)
		}
	}
}

func TestConsoleListsGrowStale(t *testing.T) {
	t.Parallel()
	p := open(t)
	admin := p.admin()
	status := func(path, field string) any { return p.call(admin, "GET", "/api/v2/admin/rvm/"+path, "").get(field) }
	_, _ = status("list", "data.0.status"), status("monitoring", "data.rvms.0.status")
	p.call(admin, "POST", "/api/v2/admin/rvm/1/status", `{"status":"error"}`).want(t, 200, "data.rvm_id", "1")
	for _, v := range []struct {
		after            time.Duration
		list, monitoring string
	}{{0, "active", "active"}, {59 * time.Second, "active", "active"}, {2 * time.Second, "active", "error"},
		{9 * time.Minute, "error", "error"}} {
		p.clock.advance(v.after)
		if got := status("list", "data.0.status"); got != v.list {
			t.Errorf("%s later the list says %v, want %s", v.after, got, v.list)
		}
		if got := status("monitoring", "data.rvms.0.status"); got != v.monitoring {
			t.Errorf("%s later monitoring says %v, want %s", v.after, got, v.monitoring)
		}
	}
	if got := status("1/details", "data.rvm.status"); got != "error" {
		t.Errorf("details say %v, want error", got)
	}
}

func TestInventoryRefusesWhatTheConsoleSet(t *testing.T) {
	t.Parallel()
	p := open(t)
	admin := p.admin()
	p.call(admin, "POST", "/api/v2/admin/rvm/1/status", `{"status":"unknown"}`).want(t, 200)
	p.call(admin, "PATCH", "/api/v2/rvms/1/status", `{"status":"unknown"}`).
		want(t, 422, "errors.status.0", "The selected status is invalid.")
	p.call(admin, "GET", "/api/v2/rvms/1", "").want(t, 200, "data.status", "unknown")
}
