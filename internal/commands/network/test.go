package network

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TestOptions is what test needs.
type TestOptions struct {
	Console *terminal.Console
	Network connect
}

// Tested is the result of test.
type Tested struct {
	Endpoints []Tried `json:"endpoints" doc:"what was found at each address, the preferred one first"`
}

var header = []string{"ROLE", "ADDRESS", "NEXT", "TCP", "HTTP", "APPLICATION", "MS", "IDENTITY"}

// Text is a table; in a pipe: role, address, * for the next one, tcp, http, application, milliseconds, identity.
func (t Tested) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(t.Endpoints))
	for _, e := range t.Endpoints {
		rows = append(rows, e.cells())
	}
	p.Table(header, rows)
	if !p.ForPeople() {
		return
	}
	for _, e := range t.Endpoints {
		for _, note := range e.notes() {
			p.Text(p.Dim(note))
		}
	}
}

// NewTest makes the command; runF replaces the run in tests.
func NewTest(box *toolbox.Box, runF func(context.Context, *TestOptions) error) *cobra.Command {
	opts := &TestOptions{Console: box.Console, Network: box.Network}
	if runF == nil {
		runF = testRun
	}
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Look at each address of the platform now",
		Long: `Look at each address of the platform now, both at once, and tell three facts that are often confused: whether a connection came
about, whether anything answered in HTTP, and whether the platform itself says that it works. A health path that is absent, and
/up, prove none of the last; on older builds only a call with a token does.

Of the second address it is also told whether it is the same platform: what it says of itself must not contradict the preferred
one, and the token must belong to the same account at both. What is found is remembered for the next calls. Nothing is changed.

In a pipe the columns are: role, address, * for the one that the next call asks first, tcp, http, application, milliseconds,
identity.

Exit status: 0 every address is well, 3 one of them is not, 5 none is, 10 no platform is set.`,
		Example: `  $ rvmctl network test
  $ rvmctl network test --json=endpoints.role,endpoints.well`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Tested{})
}

func testRun(ctx context.Context, o *TestOptions) error {
	n, err := o.Network()
	if err != nil {
		return err
	}
	looks := n.Survey(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := o.Console.Emit(Tested{tried(looks, n.Next())}); err != nil {
		return err
	}
	return network.Verdict(looks)
}
