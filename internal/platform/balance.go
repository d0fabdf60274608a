package platform

import (
	"context"
	"iter"
	"net/url"
	"strings"
	"time"
)

// BalanceService reads what deposits have paid to the token's own user.
type BalanceService struct{ c *Client }

const balancePath = "/api/v2/user/balance"

// Kinds of a Transaction.
const (
	TransactionCredit = "credit"
	TransactionDebit  = "debit"
)

// Balance is what the token's own user has. The first look makes the account on the platform.
type Balance struct {
	UserID int64 `json:"user_id"`
	// Current is counted in Currency, with four decimals.
	Current Decimal `json:"current_balance"`
	// Currency is IDR for accounts that the platform's API made and IDR_POIN for imported ones; it is the same money.
	Currency   string            `json:"currency"`
	Statistics BalanceStatistics `json:"statistics"`
	// Recent are up to ten transactions, newest second first.
	Recent []Transaction `json:"recent_transactions"`
}

// BalanceStatistics are sums over all transactions of a user, as the platform computed them.
type BalanceStatistics struct {
	Credits      Decimal `json:"total_credits"`
	Debits       Decimal `json:"total_debits"`
	Transactions int     `json:"total_transactions"`
	// Net is credits less debits. It need not be the balance: imported accounts began with something.
	Net Decimal `json:"net_balance"`
}

// Transaction is one change of a balance.
type Transaction struct {
	ID int64 `json:"id"`
	// Type is TransactionCredit or TransactionDebit.
	Type        string  `json:"type"`
	Amount      Decimal `json:"amount"`
	Before      Decimal `json:"balance_before"`
	After       Decimal `json:"balance_after"`
	Description string  `json:"description"`
	// SourceType is the name of a class of the platform, such as App\Models\Deposit; SourceID is the thing's number.
	SourceType string    `json:"source_type"`
	SourceID   int64     `json:"source_id"`
	CreatedAt  time.Time `json:"created_at,omitzero"`
}

// Source is the last word of SourceType in lower case, such as "deposit".
func (t Transaction) Source() string {
	return strings.ToLower(t.SourceType[strings.LastIndexByte(t.SourceType, '\\')+1:])
}

// Pays says whether the transaction credits the deposit with this number.
func (t Transaction) Pays(deposit int64) bool {
	return t.Type == TransactionCredit && t.Source() == "deposit" && t.SourceID == deposit
}

// TransactionQuery selects transactions; zero fields do not restrict.
type TransactionQuery struct {
	// Type is TransactionCredit or TransactionDebit.
	Type string
	// From and To bound CreatedAt, both included.
	From, To      time.Time
	Page, PerPage int
}

// BalanceMonth sums up the last thirty days.
type BalanceMonth struct {
	Current  Decimal      `json:"current_balance"`
	Currency string       `json:"currency"`
	Last30   BalanceFlow  `json:"last_30_days"`
	Days     []BalanceDay `json:"daily_changes"`
}

// BalanceFlow is what came and went.
type BalanceFlow struct {
	Transactions int     `json:"total_transactions"`
	Credits      Decimal `json:"total_credits"`
	Debits       Decimal `json:"total_debits"`
	CreditCount  int     `json:"credit_count"`
	DebitCount   int     `json:"debit_count"`
	Net          Decimal `json:"net_change" wire:"net_balance"`
}

// BalanceDay is what came and went on one day of the platform's calendar, which is UTC.
type BalanceDay struct {
	Date    time.Time `json:"date"`
	Credits Decimal   `json:"credits"`
	Debits  Decimal   `json:"debits"`
	Net     Decimal   `json:"net_change"`
}

// Show returns the balance with the newest transactions.
func (s *BalanceService) Show(ctx context.Context) (Balance, error) {
	return fetch(ctx, s.c, get(balancePath, nil), func(b Balance) string { return named("user", b.UserID) })
}

// Statistics returns the figures of the last thirty days.
func (s *BalanceService) Statistics(ctx context.Context) (BalanceMonth, error) {
	return fetch(ctx, s.c, get(balancePath+"/statistics", nil), func(m BalanceMonth) string {
		if m.Currency == "" {
			return "it names no currency"
		}
		return ""
	})
}

// Transactions returns one page, newest second first; rows of the same second have no order.
func (s *BalanceService) Transactions(ctx context.Context, q TransactionQuery) (Page[Transaction], error) {
	if err := q.Validate(); err != nil {
		return Page[Transaction]{}, err
	}
	query := url.Values{}
	setText(query, "type", q.Type)
	setTime(query, "start_date", q.From)
	setTime(query, "end_date", q.To)
	if err := pages(query, q.Page, q.PerPage); err != nil {
		return Page[Transaction]{}, err
	}
	return list[Transaction](ctx, s.c, get(balancePath+"/transactions", query))
}

// All yields every transaction that q selects, each once; the page fields of q are ignored. It ends with
// *IncompleteListError when the rows do not add up to the platform's own count.
func (s *BalanceService) All(ctx context.Context, q TransactionQuery) iter.Seq2[Transaction, error] {
	return walker[Transaction]{
		what: "transactions",
		page: func(page, perPage int) (Page[Transaction], error) {
			q.Page, q.PerPage = page, perPage
			return s.Transactions(ctx, q)
		},
		id: func(t Transaction) int64 { return t.ID },
	}.all()
}

// setTime leaves the zero time out.
func setTime(query url.Values, key string, t time.Time) {
	if !t.IsZero() {
		query.Set(key, formatTime(t))
	}
}
