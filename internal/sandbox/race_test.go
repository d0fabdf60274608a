package sandbox

import (
	"sync"
	"testing"
	"time"
)

// credits is how often a deposit was paid.
func (p *platform) credits(deposit int) int {
	p.t.Helper()
	l, err := p.Ledger()
	if err != nil {
		p.t.Fatal(err)
	}
	return l.Deposits[deposit].Credits
}

// together makes the same call n times at once and counts the answers with status 200.
func (p *platform) together(n int, call func() answer) (good int) {
	var wait sync.WaitGroup
	answers := make([]int, n)
	for i := range n {
		wait.Go(func() { answers[i] = call().status })
	}
	wait.Wait()
	for _, status := range answers {
		if status == 200 {
			good++
		}
	}
	return good
}

func TestProcessAtTheSameTimePaysAgain(t *testing.T) {
	t.Parallel()
	p := open(t)
	owner := p.user()
	for n := range 20 { // the window is small, so not every try falls into it
		path := "/api/v2/deposits/" + p.deposit(owner) + "/process"
		good := p.together(8, func() answer { return p.call(owner, "POST", path, `{"status":"completed"}`) })
		paid := p.credits(n)
		if good != paid {
			t.Fatalf("%d answers said paid, %d credits were written", good, paid)
		}
		if paid > 1 {
			return
		}
	}
	t.Error("twenty deposits processed eight times at once were each paid once: the platform's race is gone")
}

func TestProcessOneAfterTheOtherPaysOnce(t *testing.T) {
	t.Parallel()
	p := open(t)
	owner := p.user()
	path := "/api/v2/deposits/" + p.deposit(owner) + "/process"
	p.call(owner, "POST", path, `{"status":"completed"}`).want(t, 200)
	for range 3 {
		p.call(owner, "POST", path, `{"status":"completed"}`).want(t, 400, "debug.current_status", "completed")
	}
	if got := p.credits(0); got != 1 {
		t.Errorf("paid %d times, want once", got)
	}
}

func TestRaceOnRequest(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.fail("process=racex2", "claim=race")
	owner := p.user()
	path := "/api/v2/deposits/" + p.deposit(owner) + "/process"
	if good := p.together(2, func() answer { return p.call(owner, "POST", path, `{"status":"completed"}`) }); good != 2 || p.credits(0) != 2 {
		t.Errorf("%d answers said paid, %d credits were written; want 2 and 2", good, p.credits(0))
	}
	session := p.call("", "POST", "/api/v2/rvm/session/create", `{"rvm_id":1}`).get("data.session_token").(string)
	body := `{"session_token":"` + session + `"}`
	if good := p.together(2, func() answer { return p.call(owner, "POST", "/api/v2/rvm/session/claim", body) }); good != 2 {
		t.Errorf("%d of two claims got the session, want both", good)
	}
}

func TestNobodyIsHeldForLong(t *testing.T) {
	t.Parallel()
	var m meeting
	start := time.Now()
	m.meet("here", time.Millisecond)
	if took := time.Since(start); took > time.Second || len(m.waiting) != 0 {
		t.Errorf("waited %s, and %d still wait", took, len(m.waiting))
	}
}
