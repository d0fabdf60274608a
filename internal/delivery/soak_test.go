package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

const drainerDir = "RVMCTL_TEST_DRAINER"

// TestMain turns this binary into a process that drains an outbox when it was started as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(drainerDir); dir != "" {
		os.Exit(drainUntilKilled(dir))
	}
	os.Exit(m.Run())
}

// soakSettle is longer than the sandbox takes for anything.
const soakSettle = 1500 * time.Millisecond

func drainUntilKilled(dir string) int {
	ctx := context.Background()
	store, err := outbox.Open(ctx, dir, outbox.Options{Ballast: -1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	url, token := os.Getenv("RVMCTL_TEST_URL"), os.Getenv("RVMCTL_TEST_BEARER")
	c := New(Options{
		Store: store, Profile: "p", Targets: []string{url}, Settle: soakSettle,
		Connect: func(context.Context) (*platform.Client, string, error) {
			client, err := platform.New(platform.Options{URL: url, Token: token, ReadAttempts: 2})
			return client, tokenID(token), err
		},
	})
	c.poll = 20 * time.Millisecond
	// Waits of seconds would measure the waiting: the dice fall low here.
	c.random = func() float64 { return rand.Float64() / 50 }
	_ = c.Watch(ctx, FlushOptions{Parallel: 4})
	return 0
}

// drainers keeps a number of draining processes alive, and kills one now and then.
type drainers struct {
	w     *world
	procs []*exec.Cmd
}

func (d *drainers) start(i int) {
	d.w.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), drainerDir+"="+d.w.dir, "RVMCTL_TEST_URL="+d.w.url, "RVMCTL_TEST_BEARER="+d.w.token)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		d.w.t.Fatal(err)
	}
	d.procs[i] = cmd
}

func (d *drainers) kill(i int) {
	_ = d.procs[i].Process.Kill()
	_ = d.procs[i].Wait()
}

// Draining processes are killed at any moment while the platform loses answers and is away now and then: every deposit is stored
// once, and those of one person in their order. The platform keeps no keys.
func TestSoak(t *testing.T) {
	deposits, kills, people, gap := 300, 15, 40, 300
	if os.Getenv("RVMCTL_SOAK") != "" {
		deposits, kills, people, gap = 10_000, 1_000, 400, 100
	}
	w := newWorld(t)
	w.fail("POST:/api/v2/deposits=drop-response@10%", "POST:/api/v2/deposits=503@10%")
	for i := range deposits {
		w.deposit(session(i%people), i+1)
	}
	d := &drainers{w, make([]*exec.Cmd, 4)}
	for i := range d.procs {
		d.start(i)
		defer func() { d.kill(i) }()
	}
	began, killed := time.Now(), 0
	for end := began.Add(55 * time.Minute); w.open0() > 0; {
		if time.Now().After(end) {
			t.Fatalf("%d are still open", w.open0())
		}
		time.Sleep(time.Duration(20+rand.IntN(gap)) * time.Millisecond)
		if killed < kills {
			i := rand.IntN(len(d.procs))
			d.kill(i)
			d.start(i)
			killed++
		}
	}
	t.Logf("%d deposits, %d requests, %d kills, %s", deposits, w.count(post), killed, time.Since(began).Round(time.Millisecond))
	w.check(deposits)
}

// open0 counts what still has a way to go.
func (w *world) open0() (open int64) {
	w.t.Helper()
	counts, err := w.store.Counts(context.WithoutCancel(w.t.Context()))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range counts {
		switch n.State {
		case outbox.Done:
		case outbox.Held, outbox.Dead:
			all, _ := w.store.List(w.t.Context(), outbox.Query{State: n.State, Limit: 1})
			w.t.Fatalf("%d are %s: %s", n.Entries, n.State, all[0].Reason)
		default:
			open += n.Entries
		}
	}
	return open
}

// check says of every deposit, which its weight tells apart, that it was stored once and in its person's order.
func (w *world) check(deposits int) {
	w.t.Helper()
	seen, last := map[string]int{}, map[string]float64{}
	for _, d := range w.mine() {
		seen[d.Weight.String()]++
		grams := d.Weight.InexactFloat64()
		if grams < last[d.SessionToken] {
			w.t.Errorf("%s: %s came after %f", d.SessionToken, d.Weight, last[d.SessionToken])
		}
		last[d.SessionToken] = grams
	}
	for weight, n := range seen {
		if n != 1 {
			w.t.Errorf("%s kg was stored %d times", weight, n)
		}
	}
	if len(seen) != deposits {
		w.t.Errorf("%d of %d were stored", len(seen), deposits)
	}
	if err := w.store.Check(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// A round trip of 200 ms and a hundred in flight: 10,000 deposits in 120 s. The small size proves that all arrive, and logs the pace.
func TestManyInFlight(t *testing.T) {
	deposits, most := 200, time.Hour
	if os.Getenv("RVMCTL_SOAK") != "" {
		deposits, most = 10_000, 120*time.Second
	}
	w := newWorld(t)
	w.fail("deposits=latency=200ms")
	for i := range deposits {
		w.deposit(session(i%200), i+1)
	}
	began := time.Now()
	s, err := w.courier(nil).Flush(t.Context(), FlushOptions{Parallel: 100})
	took := time.Since(began)
	t.Logf("%d deposits in %s, %.0f/s", deposits, took.Round(time.Millisecond), float64(deposits)/took.Seconds())
	if err != nil || s.Delivered != int64(deposits) || took > most {
		t.Fatalf("%v %+v in %s", err, s, took)
	}
	w.check(deposits)
}
