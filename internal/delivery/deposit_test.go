package delivery

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

const post = "POST /api/v2/deposits"

func TestADepositIsSentOnceAndKept(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	e, err := w.courier(nil).Send(t.Context(), key)
	created, ok := CreatedDeposit(e)
	if err != nil || !ok || created.ID == 0 || e.ServerID == "" || e.Account == "" {
		t.Fatalf("%v %+v", err, e)
	}
	if e, err := w.courier(nil).Send(t.Context(), key); err != nil || e.State != outbox.Done {
		t.Fatalf("%v %+v", err, e)
	}
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

// Every answer that is none of the platform's must leave a deposit uncertain, and a look must find it: the server counts one.
func TestALostAnswerIsLookedFor(t *testing.T) {
	for _, fault := range []string{"drop-response", "500-after-commit", "truncate", "empty", "double-encode", "204"} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t)
			c := w.courier(nil)
			key := w.deposit("a", 500)
			w.fail(post[:4] + ":/api/v2/deposits=" + fault + "x1")
			if e, err := c.Send(t.Context(), key); err == nil || e.State != outbox.Uncertain {
				t.Fatalf("%v %+v", err, e)
			}
			s := w.flush(c)
			e := w.is(key, outbox.Done)
			if created, ok := CreatedDeposit(e); !ok || created.RewardAmount == nil || s.Delivered != 1 {
				t.Fatalf("%+v %+v", s, e)
			}
			if n := w.count(post); n != 1 || len(w.mine()) != 1 {
				t.Fatalf("%d requests, %d deposits", n, len(w.mine()))
			}
		})
	}
}

// What the platform does not hold is sent again, and not before it can have been stored.
func TestAMissCountsAfterAWhile(t *testing.T) {
	for _, fault := range []string{"drop-request", "html-200", "500"} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t)
			c := w.courier(nil)
			key := w.deposit("a", 500)
			w.fail("POST:/api/v2/deposits=" + fault + "x1")
			_, _ = c.Send(t.Context(), key)
			w.is(key, outbox.Uncertain)
			w.flush(c)
			w.is(key, outbox.Uncertain)
			waitFor(t, "the deposit", func() bool { w.flush(c); return w.entry(key).State == outbox.Done })
			if n := len(w.mine()); n != 1 {
				t.Fatalf("%d deposits", n)
			}
		})
	}
}

// A request that is still being handled when its sender gives up is stored later: the miss before must not be believed.
func TestASlowPlatformIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	c := w.courier(func(o *Options) {
		o.Settle = 3 * time.Second
		o.Connect = impatient(w)
	})
	key := w.deposit("a", 500)
	w.delay.Store(int64(time.Second))
	if e, err := c.Send(t.Context(), key); err == nil || e.State != outbox.Uncertain {
		t.Fatalf("%v %+v", err, e)
	}
	w.flush(c)
	w.is(key, outbox.Uncertain)
	waitFor(t, "the deposit", func() bool { w.flush(c); return w.entry(key).State == outbox.Done })
	if n := len(w.mine()); n != 1 || w.count(post) != 1 {
		t.Fatalf("%d deposits, %d requests", n, w.count(post))
	}
}

func TestWhatNobodyCanKnowWaitsForAPerson(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(nil).Send(t.Context(), key)
	w.token = w.login(t.Context(), "admin2@myrvm.com")
	w.flush(w.courier(nil))
	w.is(key, outbox.Held)
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
	held := w.deposit("b", 400)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(func(o *Options) { o.Policy = Hold }).Send(t.Context(), held)
	w.is(held, outbox.Held)
}

func TestADepositOfAnotherEntryIsNotClaimed(t *testing.T) {
	w := newWorld(t)
	c := w.courier(nil)
	first, second := w.deposit("a", 500), w.deposit("a", 500)
	if _, err := c.Send(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.fail("POST:/api/v2/deposits=drop-requestx1")
	_, _ = c.Send(t.Context(), second)
	waitFor(t, "the deposit", func() bool { w.flush(c); return w.entry(second).State == outbox.Done })
	if n := len(w.mine()); n != 2 || w.entry(first).ServerID == w.entry(second).ServerID {
		t.Fatalf("%d deposits", n)
	}
}

func TestOneThatIsSentOnceIsOnlyLookedFor(t *testing.T) {
	w := newWorld(t)
	c := w.courier(nil)
	n, err := DepositEntry("p", w.url, platform.DepositCreate{RVMID: 1, WasteType: "glass", Weight: platform.NewDecimal(1, 0), Quantity: 1, SessionToken: "a"}, "")
	n.Once = true
	key := w.add(n, err)
	w.fail("POST:/api/v2/deposits=drop-requestx1")
	_, _ = c.Send(t.Context(), key)
	w.is(key, outbox.Uncertain)
	waitFor(t, "the end", func() bool { w.flush(c); return w.entry(key).State == outbox.Dead })
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

func TestTheKeyIsSentOnlyWherePlatformsKeepIt(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-requestx1")
	c := w.courier(func(o *Options) { o.Policy = Idempotent })
	_, _ = c.Send(t.Context(), key)
	w.is(key, outbox.Pending)
	w.flush(c)
	w.is(key, outbox.Done)
}

func TestRefusalsAndPauses(t *testing.T) {
	w := newWorld(t)
	c := w.courier(nil)
	key := w.deposit("a", 500)
	for _, fault := range []string{"403", "404", "405", "419", "redirect-login", "429(retry-after=2)", "503(retry-after=2)"} {
		w.fail("POST:/api/v2/deposits=" + fault)
		_, _ = c.Send(t.Context(), key)
		w.is(key, outbox.Pending)
		if _, err := w.courier(nil).Flush(t.Context(), FlushOptions{}); err == nil {
			t.Errorf("%s: a flush after it found no reason to stop", fault)
		}
		w.fail()
		_ = c.hurry(t.Context())
	}
	w.fail("POST:/api/v2/deposits=422x1")
	_, err := c.Send(t.Context(), key)
	var refused *platform.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	w.is(key, outbox.Dead)
}

// Four couriers and a person decide about the same deposit at once: it is paid once.
func TestADecisionIsPaidOnce(t *testing.T) {
	w := newWorld(t)
	e, err := w.courier(nil).Send(t.Context(), w.deposit("a", 500))
	if err != nil {
		t.Fatal(err)
	}
	created, _ := CreatedDeposit(e)
	n, err := DecisionEntry("p", w.url, created.ID, platform.DepositProcess{Status: platform.DepositCompleted})
	key := w.add(n, err)
	other := n
	other.Key = fresh()
	second := w.add(other, nil)
	w.fail("process=drop-responsex1", "process=latency=50ms")
	var all sync.WaitGroup
	for range 4 {
		store := w.open()
		all.Go(func() {
			c := w.courier(func(o *Options) { o.Store = store })
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && w.entry(second).Open(); {
				_, _ = c.Flush(t.Context(), FlushOptions{Now: true})
			}
		})
	}
	all.Wait()
	w.is(key, outbox.Done)
	w.is(second, outbox.Done)
	if d := w.mine()[0]; d.Credits != 1 || d.Status != platform.DepositCompleted {
		t.Fatalf("%+v", d)
	}
}

// Somebody else with the same account created the same at the same moment: nobody can tell which is ours, so nobody guesses.
func TestMoreRecordsThanEntriesWaitForAPerson(t *testing.T) {
	w := newWorld(t)
	c := w.courier(nil)
	key := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = c.Send(t.Context(), key)
	w.is(key, outbox.Uncertain)
	client, _, err := w.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var same platform.DepositCreate
	if err := json.Unmarshal(w.entry(key).Payload, &same); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Deposits.Create(t.Context(), same); err != nil {
		t.Fatal(err)
	}
	w.flush(c)
	if e := w.is(key, outbox.Held); !strings.Contains(e.Reason, "2 deposits") {
		t.Errorf("it waits because: %s", e.Reason)
	}
	if n := w.count(post); n != 2 {
		t.Errorf("%d requests", n)
	}
}
