package balance

import (
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Shown is the result of show.
type Shown struct {
	UserID       int64         `json:"user_id" doc:"number of the account"`
	Balance      string        `json:"current_balance" doc:"what is left, a decimal with two places as text"`
	Currency     string        `json:"currency" doc:"IDR or IDR_POIN, as the platform says; one is worth one rupiah"`
	Credits      string        `json:"total_credits" doc:"sum of what came in, a decimal as text"`
	Debits       string        `json:"total_debits" doc:"sum of what was spent, a decimal as text"`
	Count        int           `json:"transactions_total" doc:"how many transactions the account has"`
	Deposit      *Paid         `json:"deposit,omitempty" doc:"with --deposit: how often and how much it was paid"`
	Transactions []Transaction `json:"transactions" doc:"the newest transactions, newest first; with --deposit those that paid it, oldest first"`
}

// Paid is one deposit in the books.
type Paid struct {
	ID     int64  `json:"deposit_id" doc:"number of the deposit"`
	Status string `json:"status" doc:"pending, processing, completed or rejected"`
	Reward string `json:"reward_amount" doc:"its reward, a decimal as text; due once, and only when it is completed"`
	Times  int    `json:"paid_times" doc:"how many transactions paid it; more than 1 is an alarm"`
	Amount string `json:"paid_amount" doc:"what they add up to, a decimal as text"`
	// Right is the whole judgement for programs.
	Right bool `json:"as_it_should_be" doc:"true when a completed deposit was paid once with its reward, or any other not at all"`
}

// Transaction is one change of the balance.
type Transaction struct {
	ID          int64     `json:"id" doc:"number of the transaction"`
	Type        string    `json:"type" doc:"credit or debit"`
	Amount      string    `json:"amount" doc:"a decimal as text, never negative"`
	Before      string    `json:"balance_before" doc:"balance before it"`
	After       string    `json:"balance_after" doc:"balance after it"`
	Description string    `json:"description" doc:"the platform's words for it"`
	Source      string    `json:"source" doc:"what caused it, such as deposit or voucherredemption"`
	SourceID    int64     `json:"source_id" doc:"number of what caused it"`
	CreatedAt   time.Time `json:"created_at,omitzero" doc:"when the platform wrote it"`
}

func newShown(b platform.Balance) Shown {
	s := Shown{UserID: b.UserID, Balance: money(b.Current), Currency: b.Currency, Credits: money(b.Statistics.Credits),
		Debits: money(b.Statistics.Debits), Count: b.Statistics.Transactions}
	s.list(b.Recent)
	return s
}

func (s *Shown) list(all []platform.Transaction) {
	s.Transactions = []Transaction{}
	for _, t := range all {
		s.Transactions = append(s.Transactions, Transaction{ID: t.ID, Type: t.Type, Amount: money(t.Amount), Before: money(t.Before),
			After: money(t.After), Description: t.Description, Source: t.Source(), SourceID: t.SourceID, CreatedAt: t.CreatedAt})
	}
}

func (s *Shown) settle(p platform.Payment) {
	s.list(p.Credits)
	s.Deposit = &Paid{ID: p.Deposit.ID, Status: p.Deposit.Status, Reward: money(p.Deposit.RewardAmount), Times: len(p.Credits),
		Amount: money(p.Total()), Right: p.Check() == nil}
}

// money is exact: a fraction below the second place, which imported accounts have, is shown and not rounded away.
func money(d platform.Decimal) string {
	if fixed := d.StringFixed(2); d.Round(2).Equal(d) {
		return fixed
	}
	return d.String()
}

// Text shows the account and its transactions, or one deposit and what paid it.
func (s Shown) Text(p *terminal.Page) {
	if !p.ForPeople() {
		s.rows(p)
		return
	}
	if s.Deposit != nil {
		p.Text(s.Deposit.words(p, s.Currency))
	} else {
		p.Fields("account", toolbox.Number(s.UserID), "balance", s.Currency+" "+s.Balance, "came in", s.Currency+" "+s.Credits,
			"spent", s.Currency+" "+s.Debits, "transactions", toolbox.Number(s.Count))
	}
	rows := make([][]string, len(s.Transactions))
	for i, t := range s.Transactions {
		rows[i] = []string{toolbox.Number(t.ID), t.Type, t.Amount, t.After, fmt.Sprintf("%s %d", t.Source, t.SourceID), t.Description,
			p.Time(t.CreatedAt)}
	}
	p.Table([]string{"ID", "TYPE", "AMOUNT", "BALANCE", "FOR", "DESCRIPTION", "WHEN"}, rows)
}

func (s Shown) rows(p *terminal.Page) {
	if d := s.Deposit; d != nil {
		p.Row("deposit", toolbox.Number(d.ID), d.Status, d.Reward, toolbox.Number(d.Times), d.Amount)
	} else {
		p.Row("balance", s.Balance, s.Currency, s.Credits, s.Debits)
	}
	for _, t := range s.Transactions {
		p.Row("transaction", toolbox.Number(t.ID), t.Type, t.Amount, t.Before, t.After, t.Source, toolbox.Number(t.SourceID),
			p.Time(t.CreatedAt))
	}
}

// words is the sentence about one deposit; what is wrong with it is said by the error, too.
func (d Paid) words(p *terminal.Page, currency string) string {
	status := terminal.Clean(d.Status)
	switch amount := terminal.Clean(currency) + " " + d.Amount; {
	case d.Times > 1:
		return p.Bad(fmt.Sprintf("PAID %d TIMES: deposit %d (%s), %s in all", d.Times, d.ID, status, amount))
	case !d.Right:
		return p.Bad(fmt.Sprintf("not as it should be: deposit %d (%s), reward %s, paid %s", d.ID, status, d.Reward, amount))
	case d.Times == 0:
		return fmt.Sprintf("not paid: deposit %d is %s", d.ID, status)
	default:
		return p.Good("paid once") + fmt.Sprintf(": deposit %d, %s", d.ID, amount)
	}
}
