package remote

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// HistoryOptions is what history needs.
type HistoryOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	Limit int
}

// History is the result of history.
type History struct {
	RVMID    int64     `json:"rvm_id" doc:"number of the machine"`
	Complete bool      `json:"complete" doc:"true when the machine has no further sessions"`
	Sessions []Session `json:"sessions" doc:"the latest sessions, newest first"`
}

// Text is a table.
func (h History) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(h.Sessions))
	for _, s := range h.Sessions {
		rows = append(rows, s.row(p))
	}
	p.Table([]string{"ID", "STATE", "USER", "TYPE", "STARTED", "LASTED", "REASON"}, rows)
}

// NewHistory makes the command; runF replaces the run in tests.
func NewHistory(box *toolbox.Box, runF func(context.Context, *HistoryOptions) error) *cobra.Command {
	opts := &HistoryOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = historyRun
	}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List who had remote access to a machine",
		Long: `List the sessions of remote access to a machine, newest first.

In a pipe the columns are: id, state, user id, user name, address, port, type, start, end, reason. A user of number 0 is one whom
the platform does not name.

Exit status: 0 listed, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 no such machine, or the platform build has it in
its web console at most.`,
		Example: `  $ rvmctl remote history --rvm 1
  $ rvmctl remote history --rvm 1 --limit 100 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Limit < 1 || opts.Limit > 5000 {
				return toolbox.Usage("--limit must be from 1 to 5000", "type: rvmctl remote history --rvm N --limit 100")
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().IntVar(&opts.Limit, "limit", 20, "at most this many, up to 5000")
	return box.Returns(cmd, History{})
}

func historyRun(ctx context.Context, o *HistoryOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	h := History{RVMID: rvm, Complete: true, Sessions: []Session{}}
	for session, err := range c.Remote.All(ctx, rvm) {
		if err != nil {
			return err
		}
		if len(h.Sessions) == o.Limit {
			h.Complete = false
			break
		}
		h.Sessions = append(h.Sessions, newSession(session))
	}
	if len(h.Sessions) == 0 {
		o.Console.Note("nobody ever had remote access to rvm %d", rvm)
	}
	return o.Console.Emit(h)
}
