package engine

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console  *terminal.Console
	Platform client

	Type string
}

// Listing is the result of list.
type Listing struct {
	Engines []Record `json:"engines" doc:"every engine, in the platform's order"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Engines))
	for _, e := range l.Engines {
		rows = append(rows, []string{toolbox.Number(e.ID), e.Name, e.Type, e.endpoint(), e.machines(),
			toolbox.YesNo(e.Active), toolbox.YesNo(e.RecordedOnline), p.Time(e.LastPing)})
	}
	p.Table([]string{"ID", "NAME", "TYPE", "ADDRESS", "RVMS", "ACTIVE", "MARKED ONLINE", "LAST PING"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List every engine that the platform knows",
		Long: `List every engine that the platform knows.

"Marked online" is what the platform recorded; it does not contact engines. In a pipe the columns are: id, name, type,
address, rvms, active, marked online, last ping.

Exit status: 0 listed, 2 usage, 4 not signed in, 5 platform away, 7 the platform build has no engines.`,
		Example: `  $ rvmctl engine list
  $ rvmctl engine list --type jetson_edge --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Type != "" {
				if err := toolbox.OneOf("type", opts.Type, types()); err != nil {
					return err
				}
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Type, "type", "", "only jetson_edge or nvidia_cuda")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(types(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Listing{})
}

func types() []string { return []string{platform.EngineTypeJetson, platform.EngineTypeCUDA} }

func listRun(ctx context.Context, o *ListOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	l := Listing{Engines: []Record{}}
	for e, err := range c.Engines.All(ctx, platform.EngineQuery{Type: o.Type}) {
		if err != nil {
			return err
		}
		l.Engines = append(l.Engines, newRecord(e))
	}
	if len(l.Engines) == 0 {
		o.Console.Note("no engines")
	}
	return o.Console.Emit(l)
}
