package platform

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryListShapeIsRead(t *testing.T) {
	t.Parallel()
	figures := `"current_page":2,"per_page":2,"total":"5","last_page":3,"from":3,"to":4`
	full := Meta{CurrentPage: 2, PerPage: 2, Total: 5, LastPage: 3, From: 3, To: 4}
	tests := []struct {
		name, json string
		ids        []int64
		meta       Meta
	}{
		{"a paginator in data", `{"success":true,"data":{` + figures + `,"data":[{"id":3},{"id":4}],"links":[]}}`, []int64{3, 4}, full},
		{"a paginator with holes", `{"success":true,"data":{` + figures + `,"data":{"2":{"id":3},"5":{"id":4}}}}`, []int64{3, 4}, full},
		{"figures beside data", `{"success":true,"data":[{"id":3}],"pagination":{` + figures + `}}`, []int64{3}, full},
		{"a named list in data", `{"success":true,"data":{"engines":[{"id":3}],"pagination":{` + figures + `}}}`, []int64{3}, full},
		{"a plain list", `{"success":true,"data":[{"id":3},{"id":4}]}`, []int64{3, 4}, Meta{CurrentPage: 1, PerPage: 2, Total: 2, LastPage: 1}},
		{"a bare list", `[{"id":3}]`, []int64{3}, Meta{CurrentPage: 1, PerPage: 1, Total: 1, LastPage: 1}},
		{"the newer dialect", `{"status":"success","message":"x","data":[{"id":3}]}`, []int64{3}, Meta{CurrentPage: 1, PerPage: 1, Total: 1, LastPage: 1}},
		{"an empty page", `{"success":true,"data":{"current_page":9,"data":[],"from":null,"to":null,"total":5,"last_page":3,"per_page":2}}`,
			nil, Meta{CurrentPage: 9, Total: 5, LastPage: 3, PerPage: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, tt.json))
			page, err := newTestClient(t, server.URL).Engines.List(t.Context(), EngineQuery{})
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, engine := range page.Items {
				ids = append(ids, engine.ID)
			}
			if page.Meta.ServerTime.IsZero() {
				t.Error("the Date header is lost")
			}
			page.Meta.ServerTime = tt.meta.ServerTime
			if diff := cmp.Diff(tt.ids, ids) + cmp.Diff(tt.meta, page.Meta); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAListMustBeAList(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"success":true}`, `{"success":true,"data":{}}`, `{"success":true,"data":{"id":1}}`,
		`{"success":true,"data":"x"}`, `{"success":true,"data":[1]}`, `{"success":true,"data":[{"id":"x"}]}`, `{}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, body))
			_, err := newTestClient(t, server.URL).Engines.List(t.Context(), EngineQuery{})
			if got := verdictOf(err); got != "foreign" {
				t.Errorf("got %s (%v), want foreign", got, err)
			}
		})
	}
}
