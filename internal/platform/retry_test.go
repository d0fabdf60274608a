package platform

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", 0}, {"0", 0}, {"60", time.Minute}, {" 5 ", 5 * time.Second}, {"-1", 0}, {"1.5", 0}, {"soon", 0},
		{"86400", maxRetryAfter}, {"9999999999999", maxRetryAfter}, {"99999999999999999999999", maxRetryAfter},
		{now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{now.AddDate(50, 0, 0).Format(http.TimeFormat), maxRetryAfter},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			t.Parallel()
			if got := parseRetryAfter(tt.header, now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	f.Add("60")
	f.Add("Mon, 23 Nov 2026 09:00:00 GMT")
	f.Fuzz(func(t *testing.T, header string) {
		if got := parseRetryAfter(header, time.Now()); got < 0 || got > maxRetryAfter {
			t.Fatalf("got %v", got)
		}
	})
}

func TestDelayStaysInItsBounds(t *testing.T) {
	t.Parallel()
	for attempt := 1; attempt < 100; attempt++ {
		most := min(DefaultRetryDelay<<min(attempt-1, 10), maxDelay)
		if got := delay(DefaultRetryDelay, attempt, 0); got < 0 || got > most {
			t.Fatalf("attempt %d: got %v, want at most %v", attempt, got, most)
		}
		if got := delay(DefaultRetryDelay, attempt, 2*time.Second); got < 2*time.Second || got > 2400*time.Millisecond {
			t.Fatalf("told to wait 2s: got %v", got)
		}
		if got := delay(DefaultRetryDelay, attempt, time.Hour); got != maxDelay {
			t.Fatalf("told to wait an hour: got %v, want %v", got, maxDelay)
		}
	}
}

func TestReadsAreRepeatedAndChangesAreNot(t *testing.T) {
	t.Parallel()
	const me = `{"success":true,"data":{"user":{"id":1,"name":"A","email":"a@b.c","role":"User"}}}`
	t.Run("a read succeeds at last", func(t *testing.T) {
		t.Parallel()
		var n atomic.Int64
		server := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) < 3 {
				answers(503, "text/html", "down", "Retry-After", "7")(w, r)
				return
			}
			says(200, me)(w, r)
		})
		var waits []time.Duration
		client := newTestClient(t, server.URL, func(o *Options) {
			o.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
		})
		if _, err := client.Auth.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(waits) != 2 || waits[0] < 7*time.Second || waits[0] > 8400*time.Millisecond {
			t.Errorf("waited %v, want twice a little over 7s", waits)
		}
	})
	t.Run("a read gives up and says what it cost", func(t *testing.T) {
		t.Parallel()
		server := newStage(t, says(500, `{"message":"Server Error"}`))
		_, err := newTestClient(t, server.URL).Auth.Me(t.Context())
		var refused *Error
		if !errors.As(err, &refused) || refused.Attempts != 3 || refused.Elapsed <= 0 || server.count() != 3 {
			t.Errorf("got %#v after %d requests, want 3 attempts", err, server.count())
		}
	})
	t.Run("a read does not sleep into its deadline", func(t *testing.T) {
		t.Parallel()
		server := newStage(t, answers(429, "text/html", "", "Retry-After", "20"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := newTestClient(t, server.URL).Auth.Me(ctx)
		var refused *Error
		if !errors.As(err, &refused) || refused.Attempts != 1 || refused.RetryAfter != 20*time.Second {
			t.Errorf("got %#v, want one attempt and its wish", err)
		}
	})
	for _, status := range []int{400, 401, 403, 404, 405, 409, 422, 501} {
		t.Run("a read is not repeated after "+strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(status, `{"message":"no"}`))
			_, _ = newTestClient(t, server.URL).Auth.Me(t.Context())
			if got := server.count(); got != 1 {
				t.Errorf("got %d requests, want 1", got)
			}
		})
	}
	for _, status := range []int{408, 425, 429, 500, 502, 503, 504} {
		t.Run("a change is not repeated after "+strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			server := newStage(t, answers(status, "application/json", `{"message":"no"}`, "Retry-After", "1"))
			_, _ = newTestClient(t, server.URL).Deposits.Process(t.Context(), 1, DepositProcess{Status: DepositCompleted})
			_, _ = newTestClient(t, server.URL).Auth.Login(t.Context(), "a@b.c", "password")
			if got := server.count(); got != 2 {
				t.Errorf("got %d requests, want 2", got)
			}
		})
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); err == nil {
		t.Error("got no error from a cancelled sleep")
	}
	if err := sleep(t.Context(), 0); err != nil {
		t.Errorf("got %v", err)
	}
}
