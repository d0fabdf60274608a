package balance

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// page is what a person sees.
func page(t *testing.T, s Shown) string {
	t.Helper()
	var out bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: true})
	console.Wish(terminal.Wishes{Color: "never"})
	if err := console.Emit(s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func decimal(t *testing.T, text string) platform.Decimal {
	t.Helper()
	d, err := platform.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestABalanceForPeople(t *testing.T) {
	t.Parallel()
	got := page(t, newShown(platform.Balance{UserID: 3, Current: decimal(t, "21101"), Currency: "IDR\x1b[31m", Recent: []platform.Transaction{{
		ID: 51, Type: "credit", Amount: decimal(t, "1937.5000"), SourceType: `App\Models\Deposit`, SourceID: 1, CreatedAt: time.Now()}}}))
	for _, want := range []string{"21101.00", "1937.50", "deposit 1", "just now"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("an escape in %q", got)
	}
}

func TestOneDepositForPeople(t *testing.T) {
	t.Parallel()
	pay := platform.Transaction{Type: "credit", Amount: decimal(t, "1937.5"), SourceType: `App\Models\Deposit`, SourceID: 5}
	for _, tt := range []struct {
		status string
		times  int
		want   string
	}{
		{"completed", 1, "paid once: deposit 5, IDR 1937.50"},
		{"completed", 3, "PAID 3 TIMES: deposit 5 (completed), IDR 5812.50 in all"},
		{"completed", 0, "not as it should be: deposit 5 (completed), reward 1937.50, paid IDR 0.00"},
		{"rejected", 0, "not paid: deposit 5 is rejected"},
		{"rejected", 1, "not as it should be: deposit 5 (rejected)"},
	} {
		p := platform.Payment{Deposit: platform.Deposit{ID: 5, Status: tt.status, RewardAmount: decimal(t, "1937.5")}}
		for range tt.times {
			p.Credits = append(p.Credits, pay)
		}
		s := newShown(platform.Balance{UserID: 3, Currency: "IDR"})
		s.settle(p)
		if got := page(t, s); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s paid %d times: got %q, want %q", tt.status, tt.times, got, tt.want)
		}
	}
}

func TestMoneyIsNeverRoundedAway(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"0": "0.00", "21101.0000": "21101.00", "0.1234": "0.1234", "-5.5": "-5.50", "1.005": "1.005"} {
		if got := money(decimal(t, in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
