package delivery

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// settleFor flushes until nothing changes any more, well beyond the settle time.
func (w *world) settleFor(c *Courier) {
	w.t.Helper()
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		w.flush(c)
	}
}

// Somebody else signs in between the claim and the sending. The other one's list must not be taken for a proof later.
func TestADepositIsNotSentAsSomebodyElse(t *testing.T) {
	w := newWorld(t)
	mine := w.token
	key := w.deposit("a", 500)
	c := w.courier(func(o *Options) {
		o.SignIn = func(ctx context.Context) error {
			w.token = w.login(ctx, "admin2@myrvm.com")
			return nil
		}
	})
	if _, err := c.whose(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.fail("POST:/api/v2/deposits=401x1", "POST:/api/v2/deposits=drop-responsex1")
	_, _ = c.Send(t.Context(), key)
	w.token = mine
	w.settleFor(w.courier(nil))
	if n := len(w.mine()); n > 1 {
		t.Fatalf("%d deposits for one", n)
	}
}

// A platform that was set up anew counts from the beginning: a number that an old entry has says nothing about a new deposit.
func TestNumbersThatBeginAgainHideNoDeposit(t *testing.T) {
	w := newWorld(t)
	e, ok, err := w.store.Claim(t.Context(), outbox.Want{Profile: "p", Key: w.deposit("a", 400)})
	if err != nil || !ok {
		t.Fatal(err)
	}
	if err := w.store.Deliver(t.Context(), e, "1", nil); err != nil {
		t.Fatal(err)
	}
	key := w.deposit("a", 500)
	c := w.courier(nil)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = c.Send(t.Context(), key)
	if d := w.mine(); len(d) != 1 || d[0].ID != 1 {
		t.Fatalf("the platform does not begin at 1: %+v", d)
	}
	w.settleFor(c)
	w.is(key, outbox.Held)
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

// What was sent without a key is not known by one: a platform that keeps keys since cannot tell it from a new deposit.
func TestAPolicyThatIsChangedPaysNothingTwice(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(nil).Send(t.Context(), key)
	w.is(key, outbox.Uncertain)
	w.settleFor(w.courier(func(o *Options) { o.Policy = Idempotent }))
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
	w.is(key, outbox.Done)
}

// A person said of a deposit that it was sent and not under which number. The platform's record of it must not settle another one.
func TestADepositWithoutANumberIsNobodyElses(t *testing.T) {
	w := newWorld(t)
	first := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(func(o *Options) { o.Policy = Hold }).Send(t.Context(), first)
	if _, err := w.store.Resolve(t.Context(), first, true, ""); err != nil {
		t.Fatal(err)
	}
	second := w.deposit("a", 500)
	c := w.courier(nil)
	w.fail("POST:/api/v2/deposits=drop-requestx1")
	_, _ = c.Send(t.Context(), second)
	w.settleFor(c)
	if e := w.entry(second); e.State == outbox.Done && len(w.mine()) != 2 {
		t.Fatalf("called done as %s, and the platform has %d for two", e.ServerID, len(w.mine()))
	}
}

// The same holds for one that another profile holds for a person.
func TestAHeldDepositOfAnotherProfileCounts(t *testing.T) {
	w := newWorld(t)
	n, err := DepositEntry("q", w.url, platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: platform.NewDecimal(500, -3), Quantity: 1, SessionToken: "a"}, "")
	first := w.add(n, err)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(func(o *Options) { o.Policy, o.Profile = Hold, "q" }).Send(t.Context(), first)
	w.is(first, outbox.Held)
	second := w.deposit("a", 500)
	c := w.courier(nil)
	w.fail("POST:/api/v2/deposits=drop-requestx1")
	_, _ = c.Send(t.Context(), second)
	w.settleFor(c)
	if e := w.entry(second); e.State == outbox.Done && len(w.mine()) != 2 {
		t.Fatalf("called done as %s, and the platform has %d for two", e.ServerID, len(w.mine()))
	}
}

// An entry that a person sent to another address of the same platform is found there.
func TestARetargetedDepositIsFound(t *testing.T) {
	w := newWorld(t)
	n, err := DepositEntry("p", "http://127.0.0.1:9", platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: platform.NewDecimal(500, -3), Quantity: 1, SessionToken: "a"}, "")
	key := w.add(n, err)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	c := w.courier(func(o *Options) { o.Targets = append(o.Targets, "http://127.0.0.1:9") })
	_, _ = c.Send(t.Context(), key)
	w.is(key, outbox.Uncertain)
	if _, err := w.store.Retarget(t.Context(), key, w.url); err != nil {
		t.Fatal(err)
	}
	w.settleFor(c)
	if n := len(w.mine()); n != 1 {
		t.Fatalf("%d deposits for one", n)
	}
	w.is(key, outbox.Done)
}

// The file of deposits is gone, and its journal is not: neither what was paid nor what is open is forgotten.
func TestAFileThatIsGonePaysNothingTwice(t *testing.T) {
	w := newWorld(t)
	made := platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: platform.NewDecimal(500, -3), Quantity: 1, SessionToken: "a"}
	n, err := DepositEntry("p", w.url, made, "capture-1")
	key := w.add(n, err)
	if _, err := w.courier(nil).Send(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"deposits.db", "deposits.db-wal", "deposits.db-shm"} {
		_ = os.Remove(filepath.Join(w.dir, name))
	}
	w.store = w.open()
	// Whoever did not hear the answer comes again.
	w.add(DepositEntry("p", w.url, made, "capture-1"))
	w.settleFor(w.courier(nil))
	w.is(key, outbox.Done)
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

// The other way round: what went with a key must not go without one.
func TestAKeyIsNotForgotten(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	w.fail("POST:/api/v2/deposits=drop-responsex1")
	_, _ = w.courier(func(o *Options) { o.Policy = Idempotent }).Send(t.Context(), key)
	w.is(key, outbox.Pending)
	w.settleFor(w.courier(nil))
	w.is(key, outbox.Held)
	if n := w.count(post); n != 1 {
		t.Fatalf("%d requests", n)
	}
	// A person's word is enough to send it.
	if _, err := w.store.Resolve(t.Context(), key, false, ""); err != nil {
		t.Fatal(err)
	}
	w.settleFor(w.courier(nil))
	w.is(key, outbox.Done)
}
