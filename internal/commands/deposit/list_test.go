package deposit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

func TestAllIsNeverSaidOfHalfAList(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"success":true,"data":{"current_page":1,"last_page":1,"total":3,"data":[{"id":3},{"id":2}]}}`)
	}))
	t.Cleanup(server.Close)
	box, out := newBox(t, false)
	box.Console.Wish(terminal.Wishes{JSON: true})
	err := listRun(t.Context(), &ListOptions{Console: box.Console, All: true, Platform: func() (*platform.Client, error) {
		return platform.New(platform.Options{URL: server.URL, Token: "1|x"})
	}})
	var short *platform.IncompleteListError
	if !errors.As(err, &short) || short.Got != 2 || short.Total != 3 {
		t.Errorf("got %v", err)
	}
	if got := out.String(); !strings.Contains(got, `"total":3,"complete":false,"deposits":[{"id":3,`) {
		t.Errorf("got %s", got)
	}
}

func TestNewListRefusesWhatDoesNotGoTogether(t *testing.T) {
	t.Parallel()
	box, _ := newBox(t, false)
	for _, args := range [][]string{
		{"--all", "--limit", "3"}, {"--all", "--since", "1d"}, {"--limit", "0"}, {"--limit", "5001"}, {"--since", "soon"}, {"--status", "paid"}, {"7"},
	} {
		ran := false
		if err := parse(NewList(box, func(context.Context, *ListOptions) error { ran = true; return nil }), args...); !isUsage(err) || ran {
			t.Errorf("%q: got %v, ran %t", args, err, ran)
		}
	}
	for _, tt := range []struct {
		args  string
		limit int
	}{{"", 30}, {"--limit 7", 7}, {"--since 1d", 0}, {"--since 1d --limit 7", 7}, {"--all", 0}} {
		var got *ListOptions
		err := parse(NewList(box, func(_ context.Context, o *ListOptions) error { got = o; return nil }), strings.Fields(tt.args)...)
		if err != nil || got.Limit != tt.limit {
			t.Errorf("%q: got %+v, %v", tt.args, got, err)
		}
	}
}

func TestAMomentIsCountedFromThePlatformsClock(t *testing.T) {
	t.Parallel()
	box, _ := newBox(t, false)
	var o *ListOptions
	if err := parse(NewList(box, func(_ context.Context, got *ListOptions) error { o = got; return nil }), "--since", "24h"); err != nil {
		t.Fatal(err)
	}
	theirs := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := o.moment(theirs); !got.Equal(theirs.Add(-24 * time.Hour)) {
		t.Errorf("got %s", got)
	}
	if got := time.Since(o.moment(time.Time{})); got < 24*time.Hour || got > 25*time.Hour {
		t.Errorf("without their clock: %s ago", got)
	}
}

func TestStatsForPeopleAndForPrograms(t *testing.T) {
	t.Parallel()
	empty := newStats(platform.DepositStatistics{})
	for tty, want := range map[bool]string{true: "total rewards  Rp 0.00 (of every status", false: "total rewards\t0.00\n"} {
		box, out := newBox(t, tty)
		if err := box.Console.Emit(empty); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("tty %t: got %q, %v", tty, out.String(), err)
		}
	}
}
