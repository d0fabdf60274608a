package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

const halfKilo = `{"rvm_id":1,"waste_type":"plastic","weight":0.5,"quantity":3}`

func (p *platform) deposit(token string) string {
	p.t.Helper()
	a := p.call(token, "POST", "/api/v2/deposits", halfKilo)
	a.want(p.t, 201)
	return fmt.Sprint(a.get("data.deposit_id"))
}

func (p *platform) balance(token string) decimal.Decimal {
	p.t.Helper()
	text, _ := p.call(token, "GET", "/api/v2/user/balance", "").get("data.current_balance").(string)
	d, err := decimal.NewFromString(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

func TestProcessPaysOnce(t *testing.T) {
	t.Parallel()
	p := open(t)
	owner, admin := p.user(), p.admin()
	path := "/api/v2/deposits/" + p.deposit(owner)
	before := p.balance(owner)
	p.call(admin, "POST", path+"/process", `{"status":"completed","final_reward_amount":5}`).
		want(t, 200, "data.status", "completed", "data.reward_amount", "1937.50", "debug.user_id", 7)
	p.call(admin, "POST", path+"/process", `{"status":"completed"}`).
		want(t, 400, "debug.current_status", "completed", "debug.allowed_statuses", "[pending processing]")
	if got := p.balance(owner).Sub(before).StringFixed(2); got != "1937.50" {
		t.Errorf("the balance grew by %s, want 1937.50", got)
	}
	p.call(owner, "GET", "/api/v2/user/balance/transactions?type=credit&per_page=1", "").
		want(t, 200, "data.0.description", "Reward for plastic deposit (ID: 1)", "data.0.source_type", `App\Models\Deposit`)
	l, err := p.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	if d := l.Deposits[0]; d.Credits != 1 || d.Credited.StringFixed(2) != "1937.50" || d.UserID != 7 {
		t.Errorf("the ledger says %d credits of %s to %d", d.Credits, d.Credited, d.UserID)
	}
}

func TestRejectedPaysNothing(t *testing.T) {
	t.Parallel()
	p := open(t)
	owner := p.user()
	path := "/api/v2/deposits/" + p.deposit(owner)
	before := p.balance(owner)
	p.call(owner, "POST", path+"/process", `{"status":"rejected","rejection_reason":"dirty"}`).
		want(t, 200, "data.status", "rejected", "data.reward_amount", "1937.50")
	p.call(owner, "GET", path, "").want(t, 200, "data.rejection_reason", "dirty", "data.status", "rejected")
	if got := p.balance(owner); !got.Equal(before) {
		t.Errorf("the balance went from %s to %s", before, got)
	}
}

func TestDepositsAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	p := open(t)
	id := p.deposit(p.user())
	p.call(p.admin(), "GET", "/api/v2/deposits/"+id, "").want(t, 404, "message", "Deposit not found")
	p.call(p.admin(), "GET", "/api/v2/deposits", "").want(t, 200, "data.total", 0)
}

func TestTheSameBodyIsAnotherDeposit(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for _, want := range []string{"1", "2"} {
		a := p.send("POST", "/api/v2/deposits", halfKilo, "Accept", "application/json", "Content-Type", "application/json",
			"Authorization", "Bearer "+token, "Idempotency-Key", "once")
		a.want(t, 201, "data.deposit_id", want)
	}
}

func TestPagesOfOneSecondRepeatAndMissRows(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for range 5 {
		p.deposit(token)
	}
	seen := map[string]int{}
	for _, page := range []string{"1", "2"} {
		a := p.call(token, "GET", "/api/v2/deposits?per_page=3&page="+page, "")
		for i := range 3 {
			if id := a.get(fmt.Sprintf("data.data.%d.id", i)); id != nil {
				seen[fmt.Sprint(id)]++
			}
		}
	}
	if len(seen) == 5 {
		t.Error("two pages showed every deposit once: the platform's unstable order is not reproduced")
	}
	p.call(token, "GET", "/api/v2/deposits?per_page=-1", "").want(t, 200, "data.total", 5, "data.to", 5, "data.per_page", -1)
}

func TestPagesOfDifferentSecondsAreStable(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for range 5 {
		p.deposit(token)
		p.clock.advance(time.Second)
	}
	p.call(token, "GET", "/api/v2/deposits?per_page=2&page=2", "").
		want(t, 200, "data.data.0.id", 3, "data.data.1.id", 2, "data.from", 3, "data.to", 4, "data.last_page", 3)
}

func TestStatisticsOfNobodyAreNull(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.call(p.admin(), "GET", "/api/v2/deposits/statistics", "").want(t, 200, "data.total_deposits", 0,
		"data.completed_deposits", nil, "data.total_rewards", nil, "data.avg_confidence", nil, "data.waste_types_count", 0)
}
