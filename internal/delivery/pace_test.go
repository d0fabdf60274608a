package delivery

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

const virtualURL = "http://127.0.0.1:9"

// answering is a platform without a network, in the time of the test.
type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	return a(r)
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
	}
}

// virtual is an outbox and a courier in the time of the test; close them before it ends.
func virtual(t *testing.T, dir string, transport http.RoundTripper, dice *rand.Rand) (*outbox.Store, *Courier) {
	t.Helper()
	began := time.Now()
	clock := outbox.Clock{Now: func() outbox.Moment {
		return outbox.Moment{Wall: time.Now().UTC().AddDate(30, 0, 0), Boot: "b", Up: time.Since(began)}
	}}
	s, err := outbox.Open(context.Background(), dir, outbox.Options{Clock: clock, Ballast: -1, Floor: -1})
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{
		Store: s, Profile: "p", Targets: []string{virtualURL},
		Connect: func(context.Context) (*platform.Client, string, error) {
			client, err := platform.New(platform.Options{URL: virtualURL, Token: "1|token", ReadAttempts: 1, Transport: transport})
			return client, "token", err
		},
	})
	var mu sync.Mutex
	c.random = func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return dice.Float64()
	}
	return s, c
}

func fill(t *testing.T, s *outbox.Store, deposits int) { t.Helper(); fillFrom(t, s, 0, deposits) }

func fillFrom(t *testing.T, s *outbox.Store, from, deposits int) {
	t.Helper()
	for i := from; i < from+deposits; i++ {
		n, err := DepositEntry("p", virtualURL, platform.DepositCreate{
			RVMID: 1, WasteType: "glass", Weight: platform.NewDecimal(int64(i+1), -3), Quantity: 1, SessionToken: session(i),
		}, "")
		if err == nil {
			_, _, err = s.Add(context.Background(), n)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A hundred machines meet an hour of 503 with work in their outboxes: each asks seldom, and never all at once. Fewer of them outside
// of a soak are too few to tell a wave from chance.
func TestAnHourWithoutThePlatform(t *testing.T) {
	machines := 20
	if os.Getenv("RVMCTL_SOAK") != "" {
		machines = 100
	}
	asked := make([][]time.Duration, machines)
	dirs := make([]string, machines)
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var all sync.WaitGroup
		for i := range machines {
			down := answering(func(r *http.Request) (*http.Response, error) {
				asked[i] = append(asked[i], time.Since(began))
				return answer(r, 503, `{"message":"Service Unavailable"}`), nil
			})
			s, c := virtual(t, dirs[i], down, rand.New(rand.NewPCG(1, uint64(i))))
			fill(t, s, 5)
			c.poll = 15 * time.Second
			all.Go(func() {
				_ = c.Watch(ctx, FlushOptions{})
				_ = s.Close()
			})
		}
		all.Wait()
	})
	const wave = 2 * time.Minute
	most, total := 0, 0
	waves := make([]int, int(time.Hour/wave))
	for _, times := range asked {
		tens := map[int]int{}
		for _, at := range times {
			tens[int(at/(10*time.Minute))]++
			waves[min(len(waves)-1, int(at/wave))]++
			total++
		}
		for _, n := range tens {
			most = max(most, n)
		}
	}
	late, sum, peak := waves[10:], 0, 0
	for _, n := range late {
		sum += n
		peak = max(peak, n)
	}
	mean := float64(sum) / float64(len(late))
	t.Logf("%d requests in all; most of one machine in ten minutes %d; after 20 minutes %.1f every two minutes, at most %d", total, most, mean, peak)
	if most > 30 || machines == 100 && float64(peak) > 2*mean {
		t.Errorf("waves %v", waves)
	}
}

// A link that is up for 5 s and down for 5 s delivers everything, and costs hardly more requests than there are deposits.
func TestAFlappingLink(t *testing.T) {
	deposits, flaps := 384, 150*time.Second
	if os.Getenv("RVMCTL_SOAK") != "" {
		deposits, flaps = 1600, 10*time.Minute
	}
	requests, id, dir := 0, 0, t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		flapping := answering(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			requests++
			mu.Unlock()
			if at := time.Since(began); at < flaps && int(at/(5*time.Second))%2 == 1 {
				return nil, fmt.Errorf("dial tcp: no route to host")
			}
			if strings.HasSuffix(r.URL.Path, "/auth/me") {
				return answer(r, 200, `{"success":true,"data":{"user":{"id":8,"name":"o","email":"o@x"}}}`), nil
			}
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			id++
			return answer(r, 201, fmt.Sprintf(`{"success":true,"data":{"deposit_id":%d}}`, id)), nil
		})
		s, c := virtual(t, dir, flapping, rand.New(rand.NewPCG(1, 2)))
		ctx, cancel := context.WithTimeout(t.Context(), flaps+2*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { _ = c.Watch(ctx, FlushOptions{Parallel: 2}) })
		for i := range deposits / 32 {
			fillFrom(t, s, i*32, 32)
			time.Sleep(11 * time.Second)
		}
		all.Wait()
		counts, _ := s.Counts(context.Background())
		t.Logf("%d deposits, %d stored, %d requests, %+v", deposits, id, requests, counts)
		_ = s.Close()
	})
	if id != deposits || float64(requests) > 1.1*float64(deposits+1) {
		t.Errorf("%d of %d stored with %d requests", id, deposits, requests)
	}
}
