package platform

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// shelf serves deposits 1 to total page by page; row changes what stands at a place of a page.
func shelf(total, holds int, row func(page, perPage, place int) int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, perPage := number(r, "page", 1), number(r, "per_page", 15)
		var rows []string
		for place := (page - 1) * perPage; place < min(page*perPage, holds); place++ {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"weight":"0.500"}`, row(page, perPage, place)+1))
		}
		last := max(1, (total+perPage-1)/perPage)
		says(200, fmt.Sprintf(`{"success":true,"data":{"current_page":%d,"data":[%s],"last_page":%d,"per_page":%d,"total":%d}}`,
			page, strings.Join(rows, ","), last, perPage, total))(w, r)
	}
}

func number(r *http.Request, key string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(key)); err == nil {
		return n
	}
	return otherwise
}

func TestAllYieldsEveryRowOnce(t *testing.T) {
	t.Parallel()
	inOrder := func(_, _, place int) int { return place }
	tests := []struct {
		name         string
		handler      http.HandlerFunc
		rows, asked  int
		incompleteOf int
	}{
		{"nothing", shelf(0, 0, inOrder), 0, 1, 0},
		{"one page", shelf(42, 42, inOrder), 42, 1, 0},
		{"three pages", shelf(250, 250, inOrder), 250, 3, 0},
		{"pages that repeat one row and miss another", shelf(250, 250, func(page, perPage, place int) int {
			if page == 2 && perPage == walkPage && place == 100 {
				return 99 // what ended the page before comes again, and row 101 never does
			}
			return place
		}), 250, 4, 0},
		{"rows that the platform counts and never sends", shelf(250, 249, inOrder), 249, 4, 250},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			seen := map[int64]int{}
			var ended error
			for deposit, err := range newTestClient(t, server.URL).Deposits.All(t.Context(), DepositQuery{}) {
				if err != nil {
					ended = err
					continue
				}
				seen[deposit.ID]++
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("deposit %d came %d times", id, n)
				}
			}
			if len(seen) != tt.rows || server.count() != tt.asked {
				t.Errorf("got %d rows in %d requests, want %d in %d", len(seen), server.count(), tt.rows, tt.asked)
			}
			var incomplete *IncompleteListError
			if errors.As(ended, &incomplete) != (tt.incompleteOf > 0) || incomplete != nil && incomplete.Total != tt.incompleteOf {
				t.Errorf("ended with %v", ended)
			}
		})
	}
}

// TestAWalkHasAnEnd asks servers whose lists have none, or end elsewhere than they say.
func TestAWalkHasAnEnd(t *testing.T) {
	t.Parallel()
	row := func(page int) string { return fmt.Sprintf(`{"id":%d,"weight":"0.500"}`, page) }
	tests := []struct {
		name        string
		answer      func(page, perPage int) string
		rows, asked int
		want        string
	}{
		{"the number of the page is ignored", func(_, _ int) string {
			return `{"current_page":1,"data":[` + row(1) + `],"last_page":1000000,"total":1000000}`
		}, 1, 3, "the platform counts 1000000 deposits and sent 1"},
		{"pages go in a circle", func(page, _ int) string {
			return `{"current_page":1,"data":[` + row(page%3) + `],"last_page":1000000,"total":3}`
		}, 3, 4, ""},
		{"the last page is never reached", func(page, _ int) string {
			return fmt.Sprintf(`{"current_page":%d,"data":[%s],"last_page":%d,"total":%d}`, page, row(page), page+1, page+1)
		}, maxPages, maxPages, "the list of deposits goes on after 10000 pages"},
		{"rows are taken away while it walks", func(page, _ int) string {
			return fmt.Sprintf(`{"current_page":%d,"data":[%s],"last_page":3,"total":%d}`, page, row(page), 4-page)
		}, 3, 3, ""},
		{"rows come while it walks", func(page, perPage int) string {
			if perPage > walkPage {
				return `{"current_page":1,"data":[` + row(3) + "," + row(2) + "," + row(1) + `],"last_page":1,"total":3}`
			}
			return fmt.Sprintf(`{"current_page":%d,"data":[%s],"last_page":2,"total":%d}`, page, row(page), page+1)
		}, 3, 3, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, func(w http.ResponseWriter, r *http.Request) {
				says(200, `{"success":true,"data":`+tt.answer(number(r, "page", 1), number(r, "per_page", 15))+`}`)(w, r)
			})
			rows, ended := 0, ""
			for _, err := range newTestClient(t, server.URL).Deposits.All(t.Context(), DepositQuery{}) {
				if err != nil {
					ended = err.Error()
					continue
				}
				rows++
			}
			if rows != tt.rows || server.count() != tt.asked || ended != tt.want {
				t.Errorf("got %d rows in %d requests and %q, want %d in %d and %q", rows, server.count(), ended, tt.rows, tt.asked, tt.want)
			}
		})
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	t.Parallel()
	server := newStage(t, shelf(250, 250, func(_, _, place int) int { return place }))
	n := 0
	for _, err := range newTestClient(t, server.URL).Deposits.All(t.Context(), DepositQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 5 {
			break
		}
	}
	if n != 5 || server.count() != 1 {
		t.Errorf("took %d rows in %d requests, want 5 in 1", n, server.count())
	}
}

func TestAllEndsWithTheErrorOfAPage(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, newStage(t, says(401, `{"message":"Unauthenticated."}`)).URL)
	check := func(what string, errs []error) {
		if len(errs) != 1 || verdictOf(errs[0]) != "unauthenticated" {
			t.Errorf("%s: got %v, want one lost login", what, errs)
		}
	}
	var engines, rvms, results []error
	for _, err := range client.Engines.All(t.Context(), EngineQuery{}) {
		engines = append(engines, err)
	}
	for _, err := range client.RVMs.All(t.Context(), RVMQuery{}) {
		rvms = append(rvms, err)
	}
	for _, err := range client.Detections.All(t.Context(), DetectionQuery{}) {
		results = append(results, err)
	}
	check("engines", engines)
	check("rvms", rvms)
	check("detections", results)
}
