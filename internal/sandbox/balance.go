package sandbox

import (
	"database/sql"
	"errors"
	"slices"

	"github.com/shopspring/decimal"
)

// depositSource is how a transaction names a deposit as its cause.
const depositSource = `App\Models\Deposit`

type balance struct {
	amount   decimal.Decimal
	currency string
}

type transaction struct {
	id, userID            int64
	kind                  string // credit or debit
	amount, before, after decimal.Decimal
	description           string
	sourceType            string
	sourceID, createdAt   int64
}

type transactionWire struct {
	ID          int64  `json:"id"`
	Type        string `json:"type"`
	Amount      string `json:"amount"`
	Before      string `json:"balance_before"`
	After       string `json:"balance_after"`
	Description string `json:"description"`
	SourceType  string `json:"source_type"`
	SourceID    int64  `json:"source_id"`
	CreatedAt   string `json:"created_at"`
}

func balanceRoutes(bearer guard) []route {
	return []route{
		on("GET", "api/v2/user/balance", bearer, showBalance),
		on("GET", "api/v2/user/balance/transactions", bearer, listTransactions),
		on("GET", "api/v2/user/balance/statistics", bearer, balanceStatistics),
		on("GET", "api/v2/user/economy/summary", bearer, economySummary),
	}
}

// balanceOf reads a user's balance and makes the row on the first look.
func (c *call) balanceOf(user int64) (balance, error) {
	if _, err := c.tx.Exec("INSERT INTO balances VALUES (?, '0.0000', 'IDR') ON CONFLICT DO NOTHING", user); err != nil {
		return balance{}, err
	}
	var b balance
	var amount string
	err := c.tx.QueryRow("SELECT balance, currency FROM balances WHERE user_id = ?", user).Scan(&amount, &b.currency)
	b.amount = amountOf(amount)
	return b, err
}

func insertTransaction(tx *sql.Tx, t transaction) error {
	_, err := tx.Exec(`INSERT INTO transactions (user_id, type, amount, balance_before, balance_after, description,
		source_type, source_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.userID, t.kind,
		t.amount.StringFixed(4), t.before.StringFixed(4), t.after.StringFixed(4), t.description, t.sourceType,
		t.sourceID, t.createdAt)
	return err
}

const transactionColumns = `SELECT id, user_id, type, amount, balance_before, balance_after, description, source_type,
	source_id, created_at FROM transactions`

func scanTransaction(row scanner) (t transaction, err error) {
	var amount, before, after string
	err = row.Scan(&t.id, &t.userID, &t.kind, &amount, &before, &after, &t.description, &t.sourceType, &t.sourceID,
		&t.createdAt)
	t.amount, t.before, t.after = amountOf(amount), amountOf(before), amountOf(after)
	return t, err
}

func (t transaction) wire() transactionWire {
	return transactionWire{t.id, t.kind, t.amount.StringFixed(4), t.before.StringFixed(4), t.after.StringFixed(4),
		t.description, t.sourceType, t.sourceID, stamp(t.createdAt)}
}

func wireAll(all []transaction) []transactionWire {
	wires := []transactionWire{}
	for _, t := range all {
		wires = append(wires, t.wire())
	}
	return wires
}

// flow is the sum of some transactions.
type flow struct {
	credits, debits         decimal.Decimal
	creditCount, debitCount int
}

func (f *flow) add(t transaction) {
	if t.kind == "credit" {
		f.credits, f.creditCount = f.credits.Add(t.amount), f.creditCount+1
		return
	}
	f.debits, f.debitCount = f.debits.Add(t.amount), f.debitCount+1
}

func flowOf(all []transaction) (f flow) {
	for _, t := range all {
		f.add(t)
	}
	return f
}

func (f flow) net() float64 { return f.credits.Sub(f.debits).InexactFloat64() }

// sumOrZero is how the platform's query builder sums: decimal text, but the integer 0 over nothing.
func sumOrZero(sum decimal.Decimal, n int) any {
	if n == 0 {
		return 0
	}
	return sum.StringFixed(4)
}

func showBalance(c *call) (reply, error) {
	b, err := c.balanceOf(c.user.id)
	if err != nil {
		return reply{}, err
	}
	all, err := c.transactions()
	f := flowOf(all)
	recent := wireAll(all[:min(10, len(all))])
	return ok("User balance retrieved successfully", map[string]any{
		"user_id": c.user.id, "current_balance": b.amount.StringFixed(4), "currency": b.currency,
		"statistics": map[string]any{
			"total_credits": sumOrZero(f.credits, f.creditCount), "total_debits": sumOrZero(f.debits, f.debitCount),
			"total_transactions": len(all), "net_balance": f.net(),
		},
		"recent_transactions": recent,
	}), err
}

// transactions lists the caller's transactions, newest second first.
func (c *call) transactions() ([]transaction, error) {
	return rows(c.tx, scanTransaction, transactionColumns+" WHERE user_id = ? ORDER BY created_at DESC, id", c.user.id)
}

func listTransactions(c *call) (reply, error) {
	const failed = "Failed to retrieve transaction history"
	w, good := c.newWindow(0)
	if !good {
		return c.serverError(), nil
	}
	where, args := " WHERE user_id = ?", []any{c.user.id}
	if kind := c.query("type"); kind != "" {
		where, args = where+" AND type = ?", append(args, kind)
	}
	for _, bound := range [][2]string{{"start_date", " AND created_at >= ?"}, {"end_date", " AND created_at <= ?"}} {
		text := c.query(bound[0])
		if text == "" {
			continue
		}
		at, valid := parseDate(text)
		if !valid {
			return caught(failed, badTimestamp(text)), nil
		}
		where, args = where+bound[1], append(args, at.Unix())
	}
	total, err := count(c.tx, "SELECT count(*) FROM transactions"+where, args...)
	if err != nil {
		return reply{}, err
	}
	page, err := rows(c.tx, scanTransaction, transactionColumns+where+w.order("ASC", "DESC")+" LIMIT ? OFFSET ?",
		append(args, w.limit(), w.offset())...)
	return listed("Transaction history retrieved successfully", wireAll(page), w.figures(len(page), total)), err
}

// listed is an answer of shape P2.
func listed(message string, data any, figures *pagination) reply {
	return reply{status: 200, body: envelope{Success: true, Message: message, Data: data, Pagination: figures}}
}

// badTimestamp is what the platform's database says about text that is no time.
func badTimestamp(text string) string {
	return `SQLSTATE[22007]: Invalid datetime format: 7 ERROR:  invalid input syntax for type timestamp: "` + text + `"`
}

func balanceStatistics(c *call) (reply, error) {
	b, err := c.balanceOf(c.user.id)
	if err != nil {
		return reply{}, err
	}
	since := c.now.AddDate(0, 0, -30).Unix()
	all, err := rows(c.tx, scanTransaction, transactionColumns+" WHERE user_id = ? AND created_at >= ? ORDER BY created_at",
		c.user.id, since)
	f := flowOf(all)
	return ok("Balance statistics retrieved successfully", map[string]any{
		"current_balance": b.amount.StringFixed(4), "currency": b.currency,
		"last_30_days": map[string]any{
			"total_transactions": len(all), "total_credits": sumOrZero(f.credits, f.creditCount),
			"total_debits": sumOrZero(f.debits, f.debitCount), "credit_count": f.creditCount,
			"debit_count": f.debitCount, "net_change": f.net(),
		},
		"daily_changes": dailyChanges(all),
	}), err
}

// dailyChanges sums by UTC day, oldest first.
func dailyChanges(all []transaction) []map[string]any {
	byDay := map[string]*flow{}
	var days []string
	for _, t := range all {
		day := stamp(t.createdAt)[:10]
		if byDay[day] == nil {
			byDay[day] = &flow{}
			days = append(days, day)
		}
		byDay[day].add(t)
	}
	slices.Sort(days)
	changes := []map[string]any{}
	for _, day := range days {
		f := byDay[day]
		changes = append(changes, map[string]any{
			"date": day, "credits": caseSum(f.credits, f.creditCount), "debits": caseSum(f.debits, f.debitCount),
			"net_change": f.net(),
		})
	}
	return changes
}

// caseSum is a sum over a CASE with an integer 0 in it: without any match it is "0" and not "0.0000".
func caseSum(sum decimal.Decimal, n int) string {
	if n == 0 {
		return "0"
	}
	return sum.StringFixed(4)
}

func economySummary(c *call) (reply, error) {
	b, balanceErr := c.balanceOf(c.user.id)
	all, transactionErr := c.transactions()
	deposits, _, depositErr := c.figuresFor(c.user.id)
	f := flowOf(all)
	return ok("Economy summary retrieved successfully", map[string]any{
		"user_balance": map[string]any{"current_balance": b.amount.StringFixed(4), "currency": b.currency},
		"transaction_summary": map[string]any{
			"total_transactions": len(all), "total_credits": sumOrZero(f.credits, f.creditCount),
			"total_debits": sumOrZero(f.debits, f.debitCount), "credit_count": f.creditCount,
			"debit_count": f.debitCount, "net_balance": f.net(),
		},
		"deposit_summary": deposits,
		"voucher_summary": map[string]any{"total_redemptions": 0, "total_spent": 0, "by_tenant": []any{}},
	}), errors.Join(balanceErr, transactionErr, depositErr)
}
