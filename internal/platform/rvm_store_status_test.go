package platform_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
)

func TestStoreStatus(t *testing.T) {
	t.Parallel()
	const patch, post = "PATCH /rvms/1/status", "POST /admin/rvm/1/status"
	const get, details = "GET /rvms/1", "GET /admin/rvm/1/details"
	const ofPatch, ofPost = "PATCH:/api/v2/rvms/1/status=", "POST:/api/v2/admin/rvm/1/status="
	const ofGet, ofDetails = "GET:/api/v2/rvms/1=", "GET:/api/v2/admin/rvm/1/details="
	for _, tt := range []struct {
		name, status     string
		faults           []string
		asked            string
		announced, doubt bool
		// code is the refusal's status; unknown says that the outcome is.
		code    int
		unknown bool
	}{
		{"an ordinary word goes to the inventory", "full", nil, patch, false, false, 0, false},
		{"error goes to the console, which announces it", "error", nil, post, true, false, 0, false},
		{"where the role does not allow the first, the second is asked", "full", []string{ofPatch + "403"}, patch + ", " + post, true, false, 0, false},
		{"where it allows neither, it is a refusal", "full", []string{ofPatch + "403", ofPost + "403"}, patch + ", " + post, false, false, 403, false},
		{"a refused word is refused", "full", []string{ofPatch + "422"}, patch, false, false, 422, false},
		{"a 500 after the change is looked after", "error", []string{ofPost + "500-after-commit"}, post + ", " + get, false, true, 0, false},
		{"so is a lost answer of the inventory", "full", []string{ofPatch + "drop-response"}, patch + ", " + get, false, true, 0, false},
		{"by whichever endpoint this account may read", "error", []string{ofPost + "500-after-commit", ofGet + "403"},
			post + ", " + get + ", " + details, false, true, 0, false},
		{"what nobody may look at stays unknown", "error", []string{ofPost + "500-after-commit", ofGet + "403", ofDetails + "403"},
			post + ", " + get + ", " + details, false, false, 500, true},
		{"what the platform does not hold stays unknown", "full", []string{ofPatch + "drop-request"}, patch + ", " + get, false, false, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, asked := faultyClient(t, tt.faults...)
			got, err := c.RVMs.StoreStatus(t.Context(), 1, tt.status)
			if got.Announced != tt.announced || (got.Doubt != nil) != tt.doubt || asked() != tt.asked {
				t.Errorf("got %+v, asked %s", got, asked())
			}
			last := map[bool]string{true: "admin/rvm/status", false: "rvms/status"}[strings.Contains(tt.asked, post)]
			if err == nil && got.Endpoint != last {
				t.Errorf("got %s, want %s", got.Endpoint, last)
			}
			var no *platform.Error
			var unknown *platform.UncertainError
			if (err != nil) != (tt.code != 0 || tt.unknown) || errors.As(err, &unknown) != tt.unknown || errors.As(err, &no) && no.Status != tt.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCurrentTellsTheFirstRefusal(t *testing.T) {
	t.Parallel()
	c, _, _ := faultyClient(t, "GET:/api/v2/rvms/1=403", "GET:/api/v2/admin/rvm/1/details=404")
	var no *platform.Error
	if _, err := c.RVMs.Current(t.Context(), 1); !errors.As(err, &no) || no.Status != 403 {
		t.Errorf("got %v", err)
	}
}
