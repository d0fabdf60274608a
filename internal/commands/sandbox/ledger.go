package sandbox

import (
	"context"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	server "github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// LedgerOptions is what ledger needs.
type LedgerOptions struct {
	Console *terminal.Console
	Connect func() (*control, error)
}

// Ledger is the result of ledger.
type Ledger struct {
	Deposits    []Deposit `json:"deposits" doc:"every deposit, oldest first, and what was paid for it"`
	Credited    string    `json:"credited" doc:"rupiah paid for all of them"`
	Credits     int       `json:"credits" doc:"how many payments that were"`
	PaidAgain   []int64   `json:"paid_again" doc:"numbers of the deposits that were paid more than once"`
	Detections  int       `json:"detections" doc:"stored detection results"`
	Uploads     int       `json:"uploads" doc:"stored pictures"`
	Overwritten int       `json:"overwritten" doc:"pictures lost because another one of the same second has their name"`
	Engines     int       `json:"engines" doc:"registered engines"`
	Metrics     int       `json:"metrics" doc:"stored metrics reports"`
	Sessions    int       `json:"sessions" doc:"sessions, claimed or not"`
	Commands    int       `json:"commands" doc:"commands to machines, simulated ones included"`
}

// Deposit is one deposit of the ledger.
type Deposit struct {
	ID           int64  `json:"id" doc:"number of the deposit"`
	RVMID        int64  `json:"rvm_id" doc:"number of the machine"`
	UserID       int64  `json:"user_id" doc:"number of the user whom it pays"`
	SessionToken string `json:"session_token,omitempty" doc:"session that was sent with it"`
	WasteType    string `json:"waste_type" doc:"plastic, glass, metal, paper or mixed"`
	Weight       string `json:"weight" doc:"kilograms"`
	Quantity     int64  `json:"quantity" doc:"how many pieces"`
	Reward       string `json:"reward" doc:"rupiah that it is worth"`
	Status       string `json:"status" doc:"processing, completed or rejected"`
	Credits      int    `json:"credits" doc:"how many times it was paid"`
	Credited     string `json:"credited" doc:"rupiah paid for it in all"`
}

// Text is a table of the deposits and, for people, the sums.
func (l Ledger) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Deposits))
	for _, d := range l.Deposits {
		credits := toolbox.Number(d.Credits)
		if d.Credits > 1 {
			credits = p.Bad(credits)
		}
		rows = append(rows, []string{toolbox.Number(d.ID), toolbox.Number(d.RVMID), d.WasteType, d.Weight, d.Status,
			d.Reward, credits, d.Credited})
	}
	p.Table([]string{"ID", "RVM", "WASTE", "KG", "STATUS", "REWARD", "TIMES PAID", "PAID"}, rows)
	if p.ForPeople() {
		p.Line("%s rupiah in %d payments; %d detections, %d pictures, %d engines, %d sessions", l.Credited, l.Credits,
			l.Detections, l.Uploads, l.Engines, l.Sessions)
	}
}

// NewLedger makes the command; runF replaces the run in tests.
func NewLedger(box *toolbox.Box, runF func(context.Context, *LedgerOptions) error) *cobra.Command {
	opts := &LedgerOptions{Console: box.Console, Connect: func() (*control, error) { return connect(box) }}
	if runF == nil {
		runF = ledgerRun
	}
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Show what a running sandbox holds, and what it paid how often",
		Long: `Show the deposits that a running sandbox holds, whoever made them, and how many times each was paid.

The sandbox is the platform of the profile, which must be on this machine. In a pipe the columns are: id, rvm, waste type,
kilograms, status, reward, times paid, rupiah paid.

Exit status: 0 shown, 2 not on this machine, 5 no sandbox there, 7 what is there is no sandbox.`,
		Example: `  $ rvmctl sandbox ledger
  $ rvmctl sandbox ledger --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Ledger{})
}

func ledgerRun(ctx context.Context, o *LedgerOptions) error {
	c, err := o.Connect()
	if err != nil {
		return err
	}
	var held server.Ledger
	if err := c.ask(ctx, "GET", "ledger", nil, &held); err != nil {
		return err
	}
	return o.Console.Emit(newLedger(held))
}

func newLedger(held server.Ledger) Ledger {
	l := Ledger{Deposits: []Deposit{}, PaidAgain: []int64{}, Detections: len(held.Detections), Uploads: len(held.Uploads),
		Engines: len(held.Engines), Metrics: len(held.Metrics), Sessions: len(held.Sessions), Commands: len(held.Commands)}
	credited := decimal.Zero
	for _, d := range held.Deposits {
		l.Deposits = append(l.Deposits, Deposit{ID: d.ID, RVMID: d.RVMID, UserID: d.UserID, SessionToken: d.SessionToken,
			WasteType: d.WasteType, Weight: d.Weight.StringFixed(3), Quantity: d.Quantity, Reward: d.Reward.StringFixed(2),
			Status: d.Status, Credits: d.Credits, Credited: d.Credited.StringFixed(2)})
		l.Credits += d.Credits
		credited = credited.Add(d.Credited)
		if d.Credits > 1 {
			l.PaidAgain = append(l.PaidAgain, d.ID)
		}
	}
	for _, u := range held.Uploads {
		l.Overwritten += u.Overwritten
	}
	l.Credited = credited.StringFixed(2)
	return l
}
