package engine

import (
	"context"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// probeTime is how long rvmctl's own look at the engine may take.
const probeTime = 3 * time.Second

// PingOptions is what ping needs.
type PingOptions struct {
	Console  *terminal.Console
	Platform client

	ID int64
}

// Pinged is the result of ping: what the platform recorded, and what this machine saw.
type Pinged struct {
	ID         int64     `json:"id" doc:"number of the engine"`
	Name       string    `json:"name" doc:"name of the engine"`
	Address    string    `json:"address" doc:"address and port of the engine"`
	RecordedAt time.Time `json:"recorded_at,omitzero" doc:"time that the platform recorded; the platform did not contact the engine"`
	Reachable  bool      `json:"reachable_from_here" doc:"true when this machine could open a TCP connection to the engine"`
	ConnectMS  float64   `json:"connect_ms" doc:"milliseconds until that connection stood, 0 when it did not"`
	Problem    string    `json:"problem,omitempty" doc:"why the connection did not come about"`
}

// Text says the two facts apart.
func (g Pinged) Text(p *terminal.Page) {
	p.Line("the platform recorded a ping of engine %d (%s) at %s; it does not contact the engine", g.ID, g.Name, p.Time(g.RecordedAt))
	if g.Reachable {
		p.Text("from this machine ", terminal.Clean(g.Address), " ", p.Good("accepts connections"), p.Dim(" ("+milliseconds(g.ConnectMS)+")"),
			"; what listens there was not asked")
		return
	}
	p.Text("from this machine ", terminal.Clean(g.Address), " is ", p.Bad("not reachable"), ": ", terminal.Clean(g.Problem))
}

func milliseconds(ms float64) string {
	return time.Duration(ms * float64(time.Millisecond)).Round(10 * time.Microsecond).String()
}

// NewPing makes the command; runF replaces the run in tests.
func NewPing(box *toolbox.Box, runF func(context.Context, *PingOptions) error) *cobra.Command {
	opts := &PingOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = pingRun
	}
	cmd := &cobra.Command{
		Use:   "ping <id>",
		Short: "Have the platform record a ping, and see whether the engine's port accepts connections",
		Long: `Have the platform record a ping of an engine, and see whether the engine's port accepts connections from here.

These are two facts. The platform only records: it marks the engine active and online without contacting it. The second
fact is a TCP connection from this machine: it says that something listens, not that it is an engine.

Exit status: 0 recorded, whether the port accepts connections or not, 1 the outcome is unknown, 2 usage, 4 not signed in,
5 platform away, 7 not found.`,
		Example: `  $ rvmctl engine ping 3
  $ rvmctl engine ping 3 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the engine"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("engine", args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Pinged{})
}

func pingRun(ctx context.Context, o *PingOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	recorded, err := c.Engines.Ping(ctx, o.ID)
	if err != nil {
		return err
	}
	g := Pinged{ID: recorded.ID, Name: recorded.Name, RecordedAt: recorded.LastPingAt,
		Address: net.JoinHostPort(recorded.ServerAddress, toolbox.Number(recorded.Port))}
	g.probe(ctx)
	return o.Console.Emit(g)
}

func (g *Pinged) probe(ctx context.Context) {
	began := time.Now()
	conn, err := (&net.Dialer{Timeout: probeTime}).DialContext(ctx, "tcp", g.Address)
	if err != nil {
		g.Problem = err.Error()
		return
	}
	_ = conn.Close()
	g.Reachable, g.ConnectMS = true, float64(time.Since(began))/float64(time.Millisecond)
}
