package deposit

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console  *terminal.Console
	Platform deposits

	Status string
	Since  toolbox.Moment
	All    bool
	// Limit is the largest number of deposits to show, 0 for no limit.
	Limit int
}

// Listing is the result of list.
type Listing struct {
	Total    int       `json:"total" doc:"how many deposits the platform has for this account and status, older ones than asked for included"`
	Since    time.Time `json:"since,omitzero" doc:"with --since: the moment from which on, by the platform's clock"`
	Complete bool      `json:"complete" doc:"true when every deposit that was asked for is in the list, false when --limit or the platform left some out"`
	Deposits []Record  `json:"deposits" doc:"the deposits, newest first"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Deposits))
	for _, d := range l.Deposits {
		rows = append(rows, []string{
			toolbox.Number(d.ID), d.Status, d.WasteType, d.WeightKG, toolbox.Number(d.Quantity), d.QualityGrade,
			d.RewardAmount, toolbox.Number(d.RVMID), p.Time(d.CreatedAt),
		})
	}
	p.Table([]string{"ID", "STATUS", "WASTE TYPE", "KG", "ITEMS", "GRADE", "REWARD (" + currency + ")", "RVM", "CREATED"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = listRun
	}
	var since string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List your deposits, newest first",
		Long: `List the deposits of the account that is signed in, newest first: 30 of them, or --limit, or everything since a moment, or
--all.

A length of time such as 24h is counted back from the platform's clock, so that a wrong clock of this machine does no harm; a
date is its midnight in this machine's time zone. With --all every deposit is read and counted: when the platform's pages do
not add up to its own count, what came is listed, "complete" is false, and the exit code is 3.

In a pipe the columns are: id, status, waste type, kilograms, items, grade, reward, rvm, created.

Exit status: 0 listed, 2 usage, 3 the platform sent fewer than it counts, 4 not signed in, 5 platform away.`,
		Example: `  $ rvmctl deposit list
  $ rvmctl deposit list --status processing --since 24h
  $ rvmctl deposit list --all | cut -f 1,7`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.check(cmd, since); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Status, "status", "", "only those that are pending, processing, completed or rejected")
	cmd.Flags().StringVar(&since, "since", "", "only those created at or after `WHEN`: "+toolbox.MomentForms)
	cmd.Flags().BoolVar(&opts.All, "all", false, "list every deposit")
	cmd.Flags().IntVar(&opts.Limit, "limit", 30, "at most this many, up to 5000 (with --since: no limit unless given)")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(states(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Listing{})
}

func (o *ListOptions) check(cmd *cobra.Command, since string) (err error) {
	limited := cmd.Flags().Changed("limit")
	switch {
	case o.Limit < 1 || o.Limit > 5000:
		return toolbox.Usage("--limit must be from 1 to 5000", "type: rvmctl deposit list --limit 100")
	case o.All && limited:
		return toolbox.Usage("--all and --limit do not go together", "leave one of them out")
	case o.All && since != "":
		return toolbox.Usage("--all and --since do not go together", "--since alone lists everything since then")
	case !limited && (o.All || since != ""):
		o.Limit = 0
	}
	if o.Status != "" {
		if err := toolbox.OneOf("status", o.Status, states()); err != nil {
			return err
		}
	}
	if since != "" {
		o.Since, err = toolbox.ParseMoment("since", since, time.Local)
	}
	return err
}

func states() []string {
	return []string{platform.DepositPending, platform.DepositProcessing, platform.DepositCompleted, platform.DepositRejected}
}

func listRun(ctx context.Context, o *ListOptions) error {
	client, err := o.Platform()
	if err != nil {
		return err
	}
	l := Listing{Complete: true, Deposits: []Record{}}
	found, err := o.read(ctx, client, &l)
	var missing *platform.IncompleteListError
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	if missing != nil {
		l.Complete, l.Total = false, missing.Total
	}
	for _, d := range found {
		if o.Limit > 0 && len(l.Deposits) == o.Limit {
			l.Complete = false
			break
		}
		l.Deposits = append(l.Deposits, newRecord(d))
	}
	o.remark(l, len(found), missing != nil)
	return errors.Join(o.Console.Emit(l), err)
}

// read gives the deposits that were asked for, and more than --limit of them where the platform sends more.
func (o *ListOptions) read(ctx context.Context, c *platform.Client, l *Listing) (found []platform.Deposit, err error) {
	query := platform.DepositQuery{Status: o.Status, PerPage: o.Limit}
	if o.All {
		for d, err := range c.Deposits.All(ctx, query) {
			if err != nil {
				return found, err
			}
			found = append(found, d)
		}
		l.Total = len(found)
		return found, nil
	}
	var page platform.Page[platform.Deposit]
	if o.Since.IsZero() {
		// One page that holds everything that is wanted: pages repeat some rows of the same second and miss others.
		page, err = c.Deposits.List(ctx, query)
		l.Complete = len(page.Items) >= page.Meta.Total
	} else {
		page, err = c.Deposits.Recent(ctx, query, func(now time.Time) time.Time {
			l.Since = o.moment(now)
			return l.Since
		})
	}
	l.Total = page.Meta.Total
	return page.Items, err
}

// moment counts back from the platform's clock, and from this machine's when the platform does not say what it shows.
func (o *ListOptions) moment(platformNow time.Time) time.Time {
	const tolerated = 2 * time.Minute
	own := o.Console.Now()
	if platformNow.IsZero() {
		platformNow = own
	}
	if off := own.Sub(platformNow); o.Since.Relative() && off.Abs() > tolerated {
		o.Console.Note("the clock of this machine and the platform's differ by %s; the platform's counts", off.Abs().Round(time.Second))
	}
	return o.Since.At(platformNow)
}

// remark says on stderr what an empty or a short table does not say itself.
func (o *ListOptions) remark(l Listing, found int, incomplete bool) {
	switch {
	case len(l.Deposits) == 0 && !incomplete:
		o.Console.Note("no deposits")
	case !l.Complete && !incomplete && !l.Since.IsZero() && o.Console.OutIsTerminal():
		o.Console.Note("%d of %d since then; a larger --limit, or none, lists the others", len(l.Deposits), found)
	case !l.Complete && !incomplete && o.Console.OutIsTerminal():
		o.Console.Note("%d of %d; --all lists every one", len(l.Deposits), l.Total)
	}
}
