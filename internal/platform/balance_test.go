package platform_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// answering is a client of a server that answers every path with the body under the longest key that the path begins with, after
// "500 " with that status, and where there is none as a route that is missing.
func answering(t *testing.T, bodies map[string]string) *platform.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		best := ""
		for path := range bodies {
			if strings.HasPrefix(r.URL.RequestURI(), path) && len(path) > len(best) {
				best = path
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if best == "" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"The route `+strings.TrimPrefix(r.URL.Path, "/")+` could not be found."}`)
			return
		}
		body, failed := strings.CutPrefix(bodies[best], "500 ")
		if failed {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := platform.New(platform.Options{URL: server.URL, Token: "1|secret", ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func decimalOf(t *testing.T, text string) platform.Decimal {
	t.Helper()
	d, err := platform.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestABalanceInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "operator@myrvm.com"), t.Context()
	before, err := c.Balance.Show(ctx)
	if err != nil || before.UserID == 0 || before.Currency == "" {
		t.Fatalf("balance: %+v, %v", before, err)
	}
	made, err := c.Deposits.Create(ctx, platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: decimalOf(t, "0.5"), Quantity: 3})
	if err != nil {
		t.Fatal(err)
	}
	open, err := c.Balance.Payment(ctx, made.ID)
	if err != nil || len(open.Credits) != 0 || open.Check() != nil {
		t.Errorf("an undecided deposit: %+v, %v, %v", open, err, open.Check())
	}
	if _, err := c.Deposits.Process(ctx, made.ID, platform.DepositProcess{Status: platform.DepositCompleted}); err != nil {
		t.Fatal(err)
	}
	paid, err := c.Balance.Payment(ctx, made.ID)
	if err != nil || len(paid.Credits) != 1 || !paid.Total().Equal(decimalOf(t, "1937.5")) || paid.Check() != nil {
		t.Errorf("a completed deposit: %+v, %v, %v", paid, err, paid.Check())
	}
	after, err := c.Balance.Show(ctx)
	if err != nil || !after.Current.Sub(before.Current).Equal(decimalOf(t, "1937.5")) || len(after.Recent) == 0 || !after.Recent[0].Pays(made.ID) {
		t.Errorf("balance after: %+v, %v", after, err)
	}
	month, err := c.Balance.Statistics(ctx)
	if err != nil || month.Last30.CreditCount == 0 || len(month.Days) == 0 ||
		!month.Days[len(month.Days)-1].Credits.Equal(decimalOf(t, "1937.5")) {
		t.Errorf("statistics: %+v, %v", month, err)
	}
	if page, err := c.Balance.Transactions(ctx, platform.TransactionQuery{Type: platform.TransactionDebit}); err != nil || len(page.Items) == 0 || page.Items[0].Pays(made.ID) {
		t.Errorf("debits: %+v, %v", page, err)
	}
	page, err := c.Balance.Transactions(ctx, platform.TransactionQuery{From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), PerPage: 1})
	if err != nil || len(page.Items) != 1 || page.Meta.Total != 1 {
		t.Errorf("transactions: %+v, %v", page, err)
	}
	var no *platform.Error
	if _, err := c.Balance.Payment(ctx, 99); !errors.As(err, &no) || !no.NotFound() {
		t.Errorf("the payment of no deposit: %v", err)
	}
}

func TestABadTransactionQueryStaysHome(t *testing.T) {
	t.Parallel()
	c := answering(t, nil)
	for name, q := range map[string]platform.TransactionQuery{
		"an unknown type":              {Type: "refund"},
		"a year beyond the calendar":   {From: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"a beginning after the end":    {From: time.Unix(2, 0), To: time.Unix(1, 0)},
		"a page before the first":      {Page: -1},
		"everything by a negative one": {PerPage: -1},
	} {
		var limit *platform.LimitError
		if _, err := c.Balance.Transactions(t.Context(), q); !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPaymentsThatAreNotAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	credit := func(id, deposit, amount string) string {
		return `{"id":` + id + `,"type":"credit","amount":"` + amount + `","source_type":"App\\Models\\Deposit","source_id":` + deposit +
			`,"created_at":"2026-11-23T09:43:44.000000Z"}`
	}
	for _, tt := range []struct{ name, status, rows, want string }{
		{"completed and paid once", "completed", credit("1", "5", "1937.5000") + "," + credit("2", "6", "1.0000"), ""},
		{"rejected and not paid", "rejected", credit("2", "6", "1.0000"), ""},
		{"waiting and not paid", "processing", "", ""},
		{"paid twice", "completed", credit("2", "5", "1937.5000") + "," + credit("1", "5", "1937.5000"),
			"deposit 5 was PAID 2 TIMES: 3875.00 in all, its reward is 1937.50"},
		{"paid twice by halves", "completed", credit("1", "5", "968.75") + "," + credit("2", "5", "968.75"), "deposit 5 was PAID 2 TIMES"},
		{"completed and not paid", "completed", "", "deposit 5 is completed and was NOT PAID: its reward is 1937.50"},
		{"rejected and paid", "rejected", credit("1", "5", "1937.5"), "deposit 5 is rejected and was paid 1937.50 all the same"},
		{"paid too much", "completed", credit("1", "5", "19375"), "deposit 5 was paid 19375.00, its reward is 1937.50"},
		{"a debit and another source are no payment", "completed",
			strings.Replace(credit("1", "5", "1"), "credit", "debit", 1) + "," + strings.Replace(credit("2", "5", "1"), "Deposit", "Bonus", 1), "NOT PAID"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := strings.Count(tt.rows, `"id"`)
			c := answering(t, map[string]string{
				"/api/v2/deposits/5": `{"success":true,"data":{"id":5,"status":"` + tt.status + `","reward_amount":"1937.50","created_at":"2026-11-23T09:43:44.000000Z"}}`,
				"/api/v2/user/balance/transactions?page=1&per_page=100&start_date=2026-11-23T09%3A43%3A43.000000Z&type=credit": `{"success":true,"data":[` +
					tt.rows + `],"pagination":{"current_page":1,"last_page":1,"total":` + string(rune('0'+n)) + `}}`,
			})
			p, err := c.Balance.Payment(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			got := p.Check()
			if tt.want == "" && got != nil || tt.want != "" && (got == nil || !strings.Contains(got.Error(), tt.want)) {
				t.Errorf("got %v, want %q", got, tt.want)
			}
			if len(p.Credits) == 2 && p.Credits[0].ID > p.Credits[1].ID {
				t.Errorf("got %d before %d", p.Credits[0].ID, p.Credits[1].ID)
			}
		})
	}
}

func TestHalfAListOfTransactionsIsNoVerdict(t *testing.T) {
	t.Parallel()
	c := answering(t, map[string]string{
		"/api/v2/deposits/5": `{"success":true,"data":{"id":5,"status":"completed","reward_amount":"1","created_at":null}}`,
		"/api/v2/user/balance/transactions": `{"success":true,"data":[{"id":1,"type":"credit","source_type":"App\\Models\\Deposit","source_id":5}],` +
			`"pagination":{"current_page":1,"last_page":1,"total":2}}`,
	})
	var short *platform.IncompleteListError
	if p, err := c.Balance.Payment(t.Context(), 5); !errors.As(err, &short) || p.Credits != nil {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestAnswersThatAreNoBalance(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"success":true,"data":null}`, `{"success":true,"data":[]}`, `{"success":true,"data":{"current_balance":"1"}}`,
		`{"success":true,"data":{"user_id":1,"current_balance":{}}}`} {
		c := answering(t, map[string]string{"/api/v2/user/balance": body})
		var other *platform.NotPlatformError
		if b, err := c.Balance.Show(t.Context()); !errors.As(err, &other) {
			t.Errorf("%s: got %+v, %v", body, b, err)
		}
	}
}
