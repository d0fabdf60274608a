package delivery

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// revoke ends the login that everybody uses.
func (w *world) revoke() {
	w.t.Helper()
	client, _, err := w.connect(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := client.Auth.Logout(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// Fifty couriers, each with an outbox opened by itself, meet a token that was revoked: one signs in, and nothing dies.
func TestOneSignsInForAll(t *testing.T) {
	w := newWorld(t)
	const many = 50
	for i := range many {
		w.deposit(session(i), 100+i)
	}
	w.revoke()
	logins := w.count("POST /api/v2/auth/login")
	var all sync.WaitGroup
	for range many {
		store := w.open()
		all.Go(func() {
			c := w.courier(func(o *Options) {
				o.Store = store
				o.SignIn = func(ctx context.Context) error {
					token := w.login(ctx, "operator@myrvm.com")
					w.mu.Lock()
					defer w.mu.Unlock()
					w.token = token
					return nil
				}
			})
			_, _ = c.Flush(t.Context(), FlushOptions{})
		})
	}
	all.Wait()
	w.flush(w.courier(nil))
	if n := w.count("POST /api/v2/auth/login") - logins; n != 1 {
		t.Errorf("%d logins", n)
	}
	if n := len(w.mine()); n != many || w.open0() != 0 {
		t.Errorf("%d deposits, %d open", n, w.open0())
	}
}

func TestASignInThatFailsIsNotRepeatedAtOnce(t *testing.T) {
	w := newWorld(t)
	key := w.deposit("a", 500)
	w.revoke()
	var tried atomic.Int64
	refuse := func(o *Options) {
		o.SignIn = func(context.Context) error { tried.Add(1); return errors.New("no") }
	}
	for range 5 {
		e, err := w.courier(refuse).Send(t.Context(), key)
		var refused *platform.Error
		if !errors.As(err, &refused) || !refused.Unauthenticated() || e.State != outbox.Pending {
			t.Fatalf("%v %+v", err, e)
		}
	}
	if n := tried.Load(); n != 1 {
		t.Fatalf("tried %d times", n)
	}
	// Somebody signs in by hand: neither the pause nor the failed sign-in stand in the way.
	w.token = w.login(t.Context(), "operator@myrvm.com")
	if _, err := w.courier(refuse).Flush(t.Context(), FlushOptions{}); err != nil {
		t.Fatal(err)
	}
	w.is(key, outbox.Done)
}
