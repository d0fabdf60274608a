package platform_test

import (
	"errors"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
)

func TestStoreStatus(t *testing.T) {
	t.Parallel()
	const patch, post = "PATCH /rvms/1/status", "POST /admin/rvm/1/status"
	const get, details = "GET /rvms/1", "GET /admin/rvm/1/details"
	for _, tt := range []struct {
		name, status, asked string
		answers             map[string]int
		announced, doubt    bool
		// code is the refusal's status, unknown says that it is none.
		code    int
		unknown bool
	}{
		{name: "an ordinary word goes to the inventory", status: "full", asked: patch},
		{name: "error goes to the console, which announces it", status: "error", asked: post, announced: true},
		{name: "where the role does not allow the first, the second is asked", status: "full", answers: map[string]int{patch: 403},
			asked: patch + ", " + post, announced: true},
		{name: "where it allows neither, it is a refusal", status: "full", answers: map[string]int{patch: 403, post: 403},
			asked: patch + ", " + post, code: 403},
		{name: "a refused word is refused", status: "full", answers: map[string]int{patch: 422}, asked: patch, code: 422},
		{name: "a 500 after the change is looked after", status: "error", answers: map[string]int{post: 500}, asked: post + ", " + get, doubt: true},
		{name: "so is one of the inventory", status: "full", answers: map[string]int{patch: 502}, asked: patch + ", " + get, doubt: true},
		{name: "by whichever endpoint this account may read", status: "error", answers: map[string]int{post: 500, get: 403},
			asked: post + ", " + get + ", " + details, doubt: true},
		{name: "a 500 whose truth nobody may read stays unknown", status: "error", answers: map[string]int{post: 500, get: 403, details: 403},
			asked: post + ", " + get + ", " + details, code: 500, unknown: true},
		{name: "so does a lost answer while the platform holds another status", status: "full", answers: map[string]int{patch: hangUp},
			asked: patch + ", " + get, code: hangUp, unknown: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, asked := spoiltClient(t, nil, tt.answers)
			got, err := c.RVMs.StoreStatus(t.Context(), 1, tt.status)
			if got.Announced != tt.announced || (got.Doubt != nil) != tt.doubt || asked() != tt.asked {
				t.Errorf("got %+v, asked %s", got, asked())
			}
			var no *platform.Error
			var unknown *platform.UncertainError
			if (err != nil) != (tt.code != 0) || errors.As(err, &unknown) != tt.unknown || errors.As(err, &no) && no.Status != tt.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCurrentTellsTheFirstRefusal(t *testing.T) {
	t.Parallel()
	c, _ := spoiltClient(t, nil, map[string]int{"GET /rvms/1": 403, "GET /admin/rvm/1/details": 404})
	var no *platform.Error
	if _, err := c.RVMs.Current(t.Context(), 1); !errors.As(err, &no) || no.Status != 403 {
		t.Errorf("got %v", err)
	}
}
