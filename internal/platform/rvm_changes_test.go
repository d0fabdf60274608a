package platform

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMachineCalls checks method, path, query and body of each call and what it makes of a good answer.
func TestMachineCalls(t *testing.T) {
	t.Parallel()
	const machine = `{"success":true,"data":{"id":"6","name":"x","location_description":null,"status":"active","api_key":"rvm_k"}}`
	stored := RVM{ID: 6, Name: "x", Status: "active", APIKey: NewSecret("rvm_k")}
	for _, tt := range []struct {
		name, answer string
		run          func(*Client) (any, error)
		want, body   string
		value        any
	}{
		{"create", machine, func(c *Client) (any, error) {
			return c.RVMs.Create(t.Context(), RVMCreate{Name: "x", Status: "active"})
		},
			"POST /api/v2/rvms", `{"name":"x","status":"active"}`, stored},
		{"create with a location", machine, func(c *Client) (any, error) {
			return c.RVMs.Create(t.Context(), RVMCreate{Name: "x", LocationDescription: "hall \"B\"", Status: "full"})
		}, "POST /api/v2/rvms", `{"name":"x","location_description":"hall \"B\"","status":"full"}`, stored},
		{"update the name", machine, func(c *Client) (any, error) { return c.RVMs.Update(t.Context(), 6, RVMUpdate{Name: "x"}) },
			"PUT /api/v2/rvms/6", `{"name":"x"}`, stored},
		{"delete", `{"success":true,"message":"RVM deleted successfully"}`, func(c *Client) (any, error) { return nil, c.RVMs.Delete(t.Context(), 6) },
			"DELETE /api/v2/rvms/6", "", nil},
		{"regenerate the key", machine, func(c *Client) (any, error) { return c.RVMs.RegenerateKey(t.Context(), 6) },
			"PATCH /api/v2/rvms/6/regenerate-api-key", "", stored},
		{"statistics", `{"success":true,"data":{"rvm_info":{"id":6},"deposits":{"total":5,"completed":1,"rejected":"1","total_rewards_given":0},"waste_types":{"by_type":[]}}}`,
			func(c *Client) (any, error) {
				f, err := c.RVMs.Statistics(t.Context(), 6)
				return []int{f.Deposits.Total, f.Deposits.Processing()}, err
			}, "GET /api/v2/rvms/6/statistics", "", []int{5, 3}},
		{"details", `{"success":true,"data":{"rvm":{"id":6,"admin_access_pin":1234,"kiosk_mode_enabled":0,"pos_settings":[]},"recent_activity":[]}}`,
			func(c *Client) (any, error) {
				m, err := c.RVMs.Details(t.Context(), 6)
				return []any{m.ID, m.AdminAccessPIN.Reveal(), *m.KioskMode, m.RemoteAccess == nil, len(m.POSSettings)}, err
			}, "GET /api/v2/admin/rvm/6/details", "", []any{int64(6), "1234", false, true, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, tt.answer))
			got, err := tt.run(newTestClient(t, server.URL))
			if err != nil {
				t.Fatal(err)
			}
			request, body := server.last(t)
			if line := request.Method + " " + request.URL.String(); line != tt.want || body != tt.body {
				t.Errorf("asked %s with %s, want %s with %s", line, body, tt.want, tt.body)
			}
			if diff := cmp.Diff(tt.value, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMachinesAsTheyWereRecorded(t *testing.T) {
	t.Parallel()
	made, err := played(t, "rvms_create_ok").RVMs.Create(t.Context(), RVMCreate{Name: "RVM-REC-1", Status: "active"})
	if err != nil || made.ID != 6 || made.LocationDescription != "Gudang rekam – é你" || made.APIKey.IsZero() || made.CreatedAt.IsZero() {
		t.Errorf("create: %+v, %v", made, err)
	}
	changed, err := played(t, "rvms_update_ok").RVMs.Update(t.Context(), 6, RVMUpdate{Name: "RVM-REC-1b", LocationDescription: "Pindah"})
	if err != nil || changed.Status != "maintenance" || changed.UpdatedAt.IsZero() {
		t.Errorf("update: %+v, %v", changed, err)
	}
	fresh, err := played(t, "rvms_regenerate_api_key").RVMs.RegenerateKey(t.Context(), 6)
	if err != nil || fresh.Name != "RVM-REC-1b" || len(fresh.APIKey.Reveal()) != 36 {
		t.Errorf("regenerate: %+v, %v", fresh, err)
	}
	if err := played(t, "rvms_delete_ok").RVMs.Delete(t.Context(), 6); err != nil {
		t.Errorf("delete: %v", err)
	}
	f, err := played(t, "rvms_statistics_with_data").RVMs.Statistics(t.Context(), 1)
	want := RVMFigures{RVMName{1, "RVM-001", "active"}, RVMDepositFigures{Total: 26, Completed: 2, Rejected: 1, TotalRewardsGiven: mustDecimal(t, "3875")},
		RVMSessionFigures{Total: 2}, RVMPerformance{decimalPtr(t, "4.5"), mustDecimal(t, "7.69")}}
	if diff := cmp.Diff(want, f); err != nil || diff != "" {
		t.Errorf("statistics: %v (-want +got)\n%s", err, diff)
	}
	details, err := played(t, "admin_rvm_details").RVMs.Details(t.Context(), 1)
	if err != nil || details.AdminAccessPIN.Reveal() != "1001" || details.KioskMode == nil || !*details.KioskMode || details.POSSettings == nil ||
		details.LastStatusChange.IsZero() {
		t.Errorf("details: %+v, %v", details, err)
	}
}

func TestAMachineInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	err := played(t, "rvms_delete_with_data_409").RVMs.Delete(t.Context(), 1)
	var used *RVMInUseError
	var no *Error
	if !errors.As(err, &used) || used.RVMID != 1 || used.Deposits != 26 || used.Sessions != 2 || !errors.As(err, &no) || no.Status != 409 {
		t.Errorf("got %v", err)
	}
	// A refusal without counts stays what it is.
	for _, body := range []string{`{"success":false,"message":"no"}`, `{"success":false,"data":[]}`, `{"success":false,"data":{"deposits_count":[1]}}`,
		`{"success":false,"data":{"deposits_count":0,"sessions_count":0}}`, `{"success":false,"x":"` + strings.Repeat("y", 5000) + `","data":{"deposits_count":1}}`} {
		err := newTestClient(t, newStage(t, says(http.StatusConflict, body)).URL).RVMs.Delete(t.Context(), 1)
		if errors.As(err, &used) && used.Err == nil || verdictOf(err) != "refused" {
			t.Errorf("%.60s: got %v", body, err)
		}
	}
	if err := (RVM{ID: 1}).InUse(); err != nil {
		t.Errorf("an unused machine: %v", err)
	}
	for want, m := range map[string]RVM{
		"rvm 1 has 1 deposit and 0 sessions, and the platform deletes no machine that has any":  {ID: 1, DepositsCount: 1},
		"rvm 2 has 0 deposits and 3 sessions, and the platform deletes no machine that has any": {ID: 2, Statistics: &RVMStatistics{Sessions: 3}},
	} {
		if err := m.InUse(); err == nil || err.Error() != want || errors.Unwrap(err) != nil {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAnAnswerAboutAnotherMachineIsNone gives each call a success that does not name what was stored.
func TestAnAnswerAboutAnotherMachineIsNone(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		run  func(*Client) error
		want string
	}{
		"create": {func(c *Client) error {
			_, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x", Status: "full"})
			return err
		}, "uncertain"},
		"update":     {func(c *Client) error { _, err := c.RVMs.Update(t.Context(), 5, RVMUpdate{Name: "x"}); return err }, "uncertain"},
		"regenerate": {func(c *Client) error { _, err := c.RVMs.RegenerateKey(t.Context(), 5); return err }, "uncertain"},
		"statistics": {func(c *Client) error { _, err := c.RVMs.Statistics(t.Context(), 5); return err }, "foreign"},
		"details":    {func(c *Client) error { _, err := c.RVMs.Details(t.Context(), 5); return err }, "foreign"},
	}
	for _, body := range []string{`{"success":true}`, `{"success":true,"data":[]}`, `{"success":true,"data":{"id":6,"name":"y","api_key":"k"}}`,
		`{"success":true,"data":{"id":5,"name":"y","api_key":null}}`} {
		for name, tt := range calls {
			if got := verdictOf(tt.run(newTestClient(t, newStage(t, says(http.StatusOK, body)).URL))); got != tt.want {
				t.Errorf("%s with %s: got %s, want %s", name, body, got, tt.want)
			}
		}
	}
}

func TestAMachineIsCheckedBeforeItLeaves(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(http.StatusOK, `{}`))
	c := newTestClient(t, server.URL)
	long := strings.Repeat("é", 256)
	for name, call := range map[string]func() error{
		"no name":       func() error { _, err := c.RVMs.Create(t.Context(), RVMCreate{Status: "full"}); return err },
		"a long name":   func() error { _, err := c.RVMs.Create(t.Context(), RVMCreate{Name: long, Status: "full"}); return err },
		"a padded name": func() error { _, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x ", Status: "full"}); return err },
		"a name of two lines": func() error {
			_, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x\ny", Status: "full"})
			return err
		},
		"no status":          func() error { _, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x"}); return err },
		"a status of others": func() error { _, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x", Status: "error"}); return err },
		"a long location": func() error {
			_, err := c.RVMs.Create(t.Context(), RVMCreate{Name: "x", Status: "full", LocationDescription: strings.Repeat("x", 1001)})
			return err
		},
		"an update of nothing": func() error { _, err := c.RVMs.Update(t.Context(), 1, RVMUpdate{}); return err },
		"an update of rvm 0":   func() error { _, err := c.RVMs.Update(t.Context(), 0, RVMUpdate{Name: "x"}); return err },
		"a deletion of rvm -1": func() error { return c.RVMs.Delete(t.Context(), -1) },
		"a key for rvm 0":      func() error { _, err := c.RVMs.RegenerateKey(t.Context(), 0); return err },
		"figures of rvm 0":     func() error { _, err := c.RVMs.Statistics(t.Context(), 0); return err },
		"details of rvm 0":     func() error { _, err := c.RVMs.Details(t.Context(), 0); return err },
		"an unknown status":    func() error { _, err := c.RVMs.StoreStatus(t.Context(), 1, "offline"); return err },
		"a long search":        func() error { _, err := c.RVMs.List(t.Context(), RVMQuery{Search: long}); return err },
	} {
		if got := verdictOf(call()); got != "limit" {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if server.count() > 0 {
		t.Errorf("%d requests left", server.count())
	}
	name := strings.Repeat("é", 255)
	if err := (RVMCreate{Name: name, LocationDescription: strings.Repeat("x", 1000), Status: "full"}).Validate(); err != nil {
		t.Errorf("the largest machine: %v", err)
	}
}
