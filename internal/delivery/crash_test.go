//go:build crashpoints

package delivery

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// A process that dies at any named point leaves something that the next one settles without a person's help, and pays once.
func TestCrashPoints(t *testing.T) {
	for point, faults := range map[string][]string{
		"before-send":                   nil,
		"after-send-before-settle":      nil,
		"before-settle-done":            nil,
		"after-settle-done":             nil,
		"before-settle-uncertain":       {"POST:/api/v2/deposits=drop-responsex1", "process=drop-responsex1"},
		"before-settle-pending":         {"POST:/api/v2/deposits=503x1"},
		"after-reconcile-before-settle": {"POST:/api/v2/deposits=drop-responsex1", "process=drop-responsex1"},
		"after-miss-before-settle":      {"POST:/api/v2/deposits=drop-requestx1", "process=drop-requestx1"},
	} {
		t.Run(point, func(t *testing.T) {
			w := newWorld(t)
			e, err := w.courier(nil).Send(t.Context(), w.deposit("a", 1))
			created, ok := CreatedDeposit(e)
			if err != nil || !ok {
				t.Fatal(err)
			}
			key := w.deposit("b", 2)
			decided := w.add(DecisionEntry("p", w.url, created.ID, platform.DepositProcess{Status: platform.DepositCompleted}))
			w.fail(faults...)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), drainerDir+"="+w.dir, "RVMCTL_TEST_URL="+w.url, "RVMCTL_TEST_BEARER="+w.token, "RVMCTL_CRASH="+point)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stop := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill(); t.Error("the process never came to the point") })
			_ = cmd.Wait()
			stop.Stop()
			c := w.courier(func(o *Options) { o.Settle = soakSettle })
			waitFor(t, "the end", func() bool { w.flush(c); return w.open0() == 0 })
			w.is(key, outbox.Done)
			w.is(decided, outbox.Done)
			w.check(2)
			if paid := w.mine()[0]; paid.Credits != 1 {
				t.Fatalf("%+v", paid)
			}
		})
	}
}
