package platform_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// clockwork is a platform with so many deposits, two each second, whose order within a second changes from call to call and
// whose clock is not ours. Of pages it only serves the first.
type clockwork struct {
	now   time.Time
	rows  int
	lost  int
	calls int
}

func (p *clockwork) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls++
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	rows := []map[string]any{}
	for i := max(0, page-1) * size; i < min(p.rows-p.lost, max(1, page)*size); i++ {
		id := p.rows - i
		if pair := (id - 1) ^ 1; p.calls%2 == 0 && pair < p.rows {
			id = pair + 1
		}
		rows = append(rows, map[string]any{"id": id, "created_at": p.now.Add(-time.Duration((p.rows-id)/2) * time.Second).Format(time.RFC3339)})
	}
	w.Header().Set("Date", p.now.Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": map[string]any{
		"current_page": max(1, page), "data": rows, "total": p.rows, "last_page": (p.rows + size - 1) / size, "per_page": size}})
}

func TestRecentReadsUntilOlderRowsAppear(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name              string
		rows, lost        int
		ago               time.Duration
		want, calls       int
		incomplete, empty bool
	}{
		{"none at all", 0, 0, time.Hour, 0, 1, false, true},
		{"all of a short list", 10, 0, time.Hour, 10, 1, false, false},
		{"the moment itself counts", 10, 0, 2 * time.Second, 6, 1, false, false},
		{"a second that lies across the end of the first page", 120, 0, 50 * time.Second, 102, 2, false, false},
		{"more than a thousand", 3000, 0, 1000 * time.Second, 2002, 3, false, false},
		{"more than one page can hold", 5200, 0, 2550 * time.Second, 5102, 55, false, false},
		{"fewer rows than the platform counts", 5200, 7, 2599 * time.Second, 0, 0, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &clockwork{now: now, rows: tt.rows, lost: tt.lost}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			c, err := platform.New(platform.Options{URL: server.URL, Token: "1|x"})
			if err != nil {
				t.Fatal(err)
			}
			page, err := c.Deposits.Recent(t.Context(), platform.DepositQuery{}, func(at time.Time) time.Time {
				if !at.Equal(now) {
					t.Errorf("the platform's clock shows %s, got %s", now, at)
				}
				return at.Add(-tt.ago)
			})
			var short *platform.IncompleteListError
			if tt.incomplete {
				if !errors.As(err, &short) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || len(page.Items) != tt.want || page.Meta.Total != tt.rows {
				t.Fatalf("got %d of %d, want %d of %d (%v)", len(page.Items), page.Meta.Total, tt.want, tt.rows, err)
			}
			if p.calls > tt.calls {
				t.Errorf("%d calls, want at most %d", p.calls, tt.calls)
			}
			if problem := disorder(page.Items); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// disorder says which row is out of order or there twice.
func disorder(all []platform.Deposit) string {
	for i := 1; i < len(all); i++ {
		if all[i].ID >= all[i-1].ID {
			return fmt.Sprintf("row %d is deposit %d after deposit %d", i, all[i].ID, all[i-1].ID)
		}
	}
	return ""
}
