package remote

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StartOptions is what start needs: dependencies first, then flags.
type StartOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	Address, Type, Reason string
	Port                  int
	Duration              time.Duration
}

// Started is the result of start.
type Started struct {
	RVMID        int64   `json:"rvm_id" doc:"number of the machine"`
	StatusBefore string  `json:"status_before,omitempty" doc:"the machine's status before, absent when the platform does not tell this account"`
	Session      Session `json:"session" doc:"the session that is open now"`
}

// Text says what is open; in a pipe: rvm and the session's row.
func (s Started) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(append([]string{toolbox.Number(s.RVMID)}, s.Session.row(p)...)...)
		return
	}
	p.Text(p.Good("opened"), " remote access to rvm ", p.Strong(toolbox.Number(s.RVMID)), p.Dim(", session "+toolbox.Number(s.Session.ID)))
	if s.Session.URL != "" {
		p.Line("open %s", s.Session.URL)
	}
	if !s.Session.ExpiresAt.IsZero() {
		p.Line("it should end %s", s.Session.ExpiresAt.Local().Format(time.DateTime))
	}
	p.Line("the machine is in maintenance until: rvmctl remote stop --rvm %d", s.RVMID)
}

// accessTypes are the kinds of remote access.
func accessTypes() []string {
	return []string{platform.AccessCamera, platform.AccessGUI, platform.AccessBoth}
}

// NewStart makes the command; runF replaces the run in tests.
func NewStart(box *toolbox.Box, runF func(context.Context, *StartOptions) error) *cobra.Command {
	opts := &StartOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = startRun
	}
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Open remote access to a machine",
		Long: `Open remote access to a machine, in the name of the account that is signed in.

The platform tries the machine's port first (camera: 5000, otherwise 5001) and opens nothing when it is closed. While the session
is open the machine is in maintenance, and when it ends the platform makes it active, whatever it was before: rvmctl warns when it
was something else.

Exit status: 0 open, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused: somebody has access already,
or the platform does not reach the machine, 7 no such machine, or the platform build has it in its web console at most.`,
		Example: `  $ rvmctl remote start --rvm 1 --address 172.28.93.97 --reason "the camera is dark"
  $ rvmctl remote start --rvm 2 --address 172.28.93.98 --type camera --duration 30m`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkStart(opts); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	f := cmd.Flags()
	f.StringVar(&opts.Address, "address", "", "`IP` address under which the machine is reached")
	f.IntVar(&opts.Port, "port", 0, "port of the machine; the platform's own choice is 5001")
	f.StringVar(&opts.Type, "type", platform.AccessGUI, "camera, gui or both")
	f.DurationVar(&opts.Duration, "duration", time.Hour, "how long, from 5m to 8h, in whole minutes")
	f.StringVar(&opts.Reason, "reason", "", "`TEXT` that says what it is for, at most 500 characters")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(accessTypes(), cobra.ShellCompDirectiveNoFileComp))
	toolbox.SentAtOnce(cmd, "access is needed now, and would be open unwatched later")
	return box.Returns(cmd, Started{})
}

func checkStart(o *StartOptions) error {
	if o.Address == "" {
		return toolbox.Usage("--address is missing", "for example: --address 172.28.93.97")
	}
	if o.Duration < 5*time.Minute || o.Duration > 8*time.Hour || o.Duration%time.Minute != 0 {
		return toolbox.Usage(fmt.Sprintf("--duration %s is not possible", o.Duration), "from 5m to 8h, in whole minutes")
	}
	return toolbox.OneOf("type", o.Type, accessTypes())
}

func startRun(ctx context.Context, o *StartOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	start := platform.RemoteStart{IPAddress: o.Address, Port: o.Port, AccessType: o.Type,
		Minutes: int(o.Duration / time.Minute), Reason: o.Reason}
	if err := start.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	me, err := c.Auth.Me(ctx)
	if err != nil {
		return err
	}
	start.AdminID = me.ID
	before, err := present(ctx, c, rvm)
	if err != nil {
		return err
	}
	session, err := c.Remote.Start(ctx, rvm, start)
	if err != nil {
		return err
	}
	if before != "" && before != active {
		o.Console.Warn("rvm %d was %s; when this session ends the platform makes it active: then type rvmctl rvm set-status %d %s", rvm, before, rvm, before)
	}
	return toolbox.Unwritten(o.Console.Emit(Started{rvm, before, newSession(session)}), fmt.Sprintf("remote access to rvm %d is open", rvm),
		fmt.Sprintf("rvmctl remote status --rvm %d", rvm))
}
