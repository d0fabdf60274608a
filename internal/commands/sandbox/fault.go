package sandbox

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	server "github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// FaultOptions is what fault needs: dependencies first, then arguments and flags.
type FaultOptions struct {
	Console *terminal.Console
	Connect func() (*control, error)

	Faults []string
	Clear  bool
}

// Faults is the result of fault.
type Faults struct {
	Mode   string  `json:"mode" doc:"strict or friendly"`
	Faults []Fault `json:"faults" doc:"what goes wrong now"`
}

// Fault is one fault that is switched on.
type Fault struct {
	Fault string `json:"fault" doc:"the fault as it was written"`
	Fired int    `json:"fired" doc:"how many requests it has struck"`
	Left  *int   `json:"left" doc:"how many it will still strike, null for all"`
}

// Text is a table.
func (f Faults) Text(p *terminal.Page) {
	if p.ForPeople() && len(f.Faults) == 0 {
		p.Line("nothing goes wrong on purpose")
		return
	}
	rows := make([][]string, 0, len(f.Faults))
	for _, one := range f.Faults {
		left := "always"
		if one.Left != nil {
			left = toolbox.Number(*one.Left)
		}
		rows = append(rows, []string{one.Fault, toolbox.Number(one.Fired), left})
	}
	p.Table([]string{"FAULT", "FIRED", "LEFT"}, rows)
}

// NewFault makes the command; runF replaces the run in tests.
func NewFault(box *toolbox.Box, runF func(context.Context, *FaultOptions) error) *cobra.Command {
	opts := &FaultOptions{Console: box.Console, Connect: func() (*control, error) { return connect(box) }}
	if runF == nil {
		runF = faultRun
	}
	cmd := &cobra.Command{
		Use:   "fault [WHERE=WHAT...]",
		Short: "Show or set what goes wrong in a running sandbox",
		Long: `Show what goes wrong in a running sandbox, set it, or end it.

Faults given here take the place of all earlier ones. The sandbox is the platform of the profile, which must be on this
machine.

` + faultHelp() + `

In a pipe the columns are: fault, how often it has struck, how often it still will ("always" for every time).

Exit status: 0 done, 2 not a fault or not on this machine, 5 no sandbox there, 7 what is there is no sandbox.`,
		Example: `  $ rvmctl sandbox fault deposits=503x2 'uploads=latency=1ms-3ms@50%'
  $ rvmctl sandbox fault
  $ rvmctl sandbox fault --clear`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Faults = args
			if _, err := checkFaults(args); err != nil {
				return err
			}
			if opts.Clear && len(args) > 0 {
				return toolbox.Usage("--clear goes without faults", "faults take the place of earlier ones anyway")
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.ValidArgsFunction = completeFault
	cmd.Flags().BoolVar(&opts.Clear, "clear", false, "let nothing go wrong any more")
	return box.Returns(cmd, Faults{})
}

func faultRun(ctx context.Context, o *FaultOptions) error {
	c, err := o.Connect()
	if err != nil {
		return err
	}
	method, body := "GET", any(nil)
	switch {
	case o.Clear:
		method = "DELETE"
	case len(o.Faults) > 0:
		method, body = "PUT", map[string][]string{"faults": o.Faults}
	}
	var report server.FaultReport
	if err := c.ask(ctx, method, "faults", body, &report); err != nil {
		return err
	}
	out := Faults{Mode: report.Mode, Faults: []Fault{}}
	for _, f := range report.Faults {
		out.Faults = append(out.Faults, Fault(f))
	}
	return o.Console.Emit(out)
}
