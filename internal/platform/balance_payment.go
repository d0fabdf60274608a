package platform

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Payment is what the platform's books say about one deposit.
type Payment struct {
	Deposit Deposit
	// Credits are the transactions that paid it, oldest first.
	Credits []Transaction
}

// Payment looks a deposit of the token's own user up in the books. A deposit of another user is NotFound. An error after
// which transactions may be missing gives no Payment: nobody is told "not paid" on half a list.
func (s *BalanceService) Payment(ctx context.Context, deposit int64) (Payment, error) {
	d, err := s.c.Deposits.Get(ctx, deposit)
	if err != nil {
		return Payment{}, err
	}
	p := Payment{Deposit: d}
	query := TransactionQuery{Type: TransactionCredit}
	if !d.CreatedAt.IsZero() {
		// Nobody is paid for a deposit before it is there; a second is the platform's own precision.
		query.From = d.CreatedAt.Add(-time.Second)
	}
	for t, err := range s.All(ctx, query) {
		if err != nil {
			return Payment{}, err
		}
		if t.Pays(deposit) {
			p.Credits = append(p.Credits, t)
		}
	}
	slices.SortFunc(p.Credits, func(a, b Transaction) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return p, nil
}

// Total is what was paid.
func (p Payment) Total() Decimal {
	var sum Decimal
	for _, t := range p.Credits {
		sum = sum.Add(t.Amount)
	}
	return sum
}

// Check returns a *PaymentError when the books and the deposit do not agree: a completed deposit is paid once with its reward,
// any other is not paid.
func (p Payment) Check() error {
	due := Decimal{}
	if p.Deposit.Status == DepositCompleted {
		due = p.Deposit.RewardAmount
	}
	times := len(p.Credits)
	if times > 1 || !p.Total().Equal(due) || times == 1 && p.Deposit.Status != DepositCompleted {
		return &PaymentError{ID: p.Deposit.ID, Status: p.Deposit.Status, Times: times, Paid: p.Total(), Due: due}
	}
	return nil
}

// PaymentError says that a deposit was paid more than once, not at all although it was completed, or another amount than its
// reward.
type PaymentError struct {
	// ID is the deposit's number and Status its state.
	ID     int64
	Status string
	// Times is how many transactions paid it, Paid what they add up to, Due what it should have been.
	Times     int
	Paid, Due Decimal
}

func (e *PaymentError) Error() string {
	paid, due := e.Paid.StringFixed(2), e.Due.StringFixed(2)
	switch {
	case e.Times > 1:
		return fmt.Sprintf("deposit %d was PAID %d TIMES: %s in all, its reward is %s", e.ID, e.Times, paid, due)
	case e.Times == 0:
		return fmt.Sprintf("deposit %d is %s and was NOT PAID: its reward is %s", e.ID, e.Status, due)
	case e.Status != DepositCompleted:
		return fmt.Sprintf("deposit %d is %s and was paid %s all the same", e.ID, e.Status, paid)
	}
	return fmt.Sprintf("deposit %d was paid %s, its reward is %s", e.ID, paid, due)
}
