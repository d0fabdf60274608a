package balance

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs: dependencies first, then flags.
type ShowOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)

	// Deposit is the number of the deposit whose payment is looked for, 0 for none.
	Deposit int64
	// Limit is the largest number of transactions to show, 0 for as many as come with the balance.
	Limit int
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = showRun
	}
	var deposit string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the balance, or what one deposit has paid",
		Long: `Show the balance of the account that is signed in and its newest transactions.

With --deposit the transactions are looked through for those that paid this deposit. A completed deposit is paid once, any
other not at all. When the books say something else (paid twice, completed and not paid, another amount), that is an error
with exit code 1, after the result: it is money, and somebody should look.

In a pipe each line begins with what it is: "balance" with amount, currency, total of credits and of debits; "deposit" with
id, status, reward, how many times it was paid and how much in all; "transaction" with id, credit or debit, amount, balance
before and after, what caused it, its id, and time.

Exit status: 0 shown, 1 a deposit is not paid as it should be, 2 usage, 3 the platform sent fewer transactions than it counts,
4 not signed in, 5 platform away, 7 no such deposit of this account.`,
		Example: `  $ rvmctl balance show
  $ rvmctl balance show --deposit 1
  $ rvmctl balance show --limit 100 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.check(cmd, deposit); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&deposit, "deposit", "", "show what the deposit with this `NUMBER` has paid")
	cmd.Flags().IntVar(&opts.Limit, "limit", 0, "at most this many transactions, up to 5000 (default: the newest ten)")
	return box.Returns(cmd, Shown{})
}

func (o *ShowOptions) check(cmd *cobra.Command, deposit string) (err error) {
	limited := cmd.Flags().Changed("limit")
	switch {
	case limited && (o.Limit < 1 || o.Limit > 5000):
		return toolbox.Usage("--limit must be from 1 to 5000", "type: rvmctl balance show --limit 100")
	case limited && deposit != "":
		return toolbox.Usage("--limit and --deposit do not go together", "--deposit shows every payment of it")
	case deposit != "":
		o.Deposit, err = toolbox.ID("deposit", deposit)
	}
	return err
}

func showRun(ctx context.Context, o *ShowOptions) error {
	client, err := o.Platform()
	if err != nil {
		return err
	}
	account, err := client.Balance.Show(ctx)
	if err != nil {
		return err
	}
	shown := newShown(account)
	switch {
	case o.Deposit > 0:
		payment, err := client.Balance.Payment(ctx, o.Deposit)
		if err != nil {
			return err
		}
		shown.settle(payment)
		if err := o.Console.Emit(shown); err != nil {
			return err
		}
		return payment.Check()
	case o.Limit > 0:
		// One page that holds everything: pages repeat some rows of the same second and miss others.
		page, err := client.Balance.Transactions(ctx, platform.TransactionQuery{PerPage: o.Limit})
		if err != nil {
			return err
		}
		shown.list(page.Items)
	}
	return o.Console.Emit(shown)
}
