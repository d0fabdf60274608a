package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// CommandOptions is what command needs.
type CommandOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	Name, Payload    string
	Yes, ShowSecrets bool
}

// Commanded is the result of command.
type Commanded struct {
	RVMID     int64          `json:"rvm_id" doc:"number of the machine"`
	CommandID int64          `json:"command_id" doc:"the platform's number of the command"`
	Command   string         `json:"command" doc:"name of the command"`
	Message   string         `json:"message" doc:"what the machine answered in words"`
	Answer    map[string]any `json:"answer" doc:"what the machine sent along, empty when nothing; what is no object is under value"`
}

// Text says what was done; in a pipe: rvm, command id, command, message.
func (c Commanded) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(c.RVMID), toolbox.Number(c.CommandID), c.Command, c.Message)
		return
	}
	p.Text(p.Good("done"), ": rvm ", p.Strong(toolbox.Number(c.RVMID)), " answered to ", terminal.Clean(c.Command), ": ", terminal.Clean(c.Message))
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(c.Answer)) {
		fields = append(fields, name, inWords(c.Answer[name]))
	}
	p.Fields(fields...)
}

// inWords is a value of the machine's answer in one line.
func inWords(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// harmless are the commands that are sent without asking.
func harmless(name string) bool { return name == "check_system_health" || name == "restart_app" }

// maxPayload bounds the file of --payload, in bytes; the platform's limit is lower and is told by name.
const maxPayload = 1 << 20

// NewCommand makes the command; runF replaces the run in tests.
func NewCommand(box *toolbox.Box, runF func(context.Context, *CommandOptions) error) *cobra.Command {
	opts := &CommandOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = commandRun
	}
	cmd := &cobra.Command{
		Use:   "command <name>",
		Short: "Have the platform send a command to a machine",
		Long: `Have the platform send a command to a machine, and say what the machine answered. The platform waits up to half a minute
for the machine. The names are:

  check_system_health, restart_app
  reboot_system, open_door, close_door, run_motor_test, git_pull, update_ai_model

Those of the second line move something or put the machine out of service: rvmctl asks first, and --yes answers beforehand.

When the platform gets no answer from the machine it makes one up and calls it a success. rvmctl looks for the marks of that, ends
with 1, and says that nothing is known to be done. A command is sent once.

Exit status: 0 the machine confirmed it, 1 the platform made the answer up or the outcome is unknown, 2 usage or not confirmed, 4
not signed in, 5 platform away, 6 refused, 7 no such machine, or the platform build lacks it.`,
		Example: `  $ rvmctl remote command check_system_health --rvm 1
  $ rvmctl remote command open_door --rvm 1 --yes
  $ echo '{"branch":"main"}' | rvmctl remote command git_pull --rvm 1 --payload - --yes`,
		ValidArgsFunction: cobra.FixedCompletions(platform.CommandNames(), cobra.ShellCompDirectiveNoFileComp),
		Args:              toolbox.Exactly("the name of the command"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.Name = args[0]; !slices.Contains(platform.CommandNames(), opts.Name) {
				return toolbox.Usage(fmt.Sprintf("there is no command %q", opts.Name), "one of: "+strings.Join(platform.CommandNames(), ", "))
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Payload, "payload", "", "`FILE` with a JSON object for the machine, - for standard input")
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	toolbox.Yes(cmd, &opts.Yes, "send it")
	toolbox.SentAtOnce(cmd, "a command that arrives later than it was meant is dangerous")
	return box.Returns(cmd, Commanded{})
}

func commandRun(ctx context.Context, o *CommandOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	order := platform.MachineCommand{Name: o.Name}
	if order.Payload, err = o.payload(); err != nil {
		return err
	}
	if err := order.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	if err := toolbox.Agree(o.Console, o.Yes || harmless(o.Name), fmt.Sprintf("Send %s to rvm %d?", o.Name, rvm)); err != nil {
		return err
	}
	done, err := c.Remote.Execute(ctx, rvm, order)
	if err != nil {
		return err
	}
	return toolbox.Unwritten(o.Console.Emit(Commanded{RVMID: rvm, CommandID: done.ID, Command: o.Name, Message: done.Message, Answer: toolbox.ShownObject(object(done.Data), o.ShowSecrets)}),
		fmt.Sprintf("rvm %d confirmed %s", rvm, o.Name), fmt.Sprintf("rvmctl status show --rvm %d", rvm))
}

// object is any JSON value as an object.
func object(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		if len(v) == 0 {
			return map[string]any{}
		}
	case nil:
		return map[string]any{}
	}
	return map[string]any{"value": v}
}

// payload reads the JSON object of --payload, nil without one. Numbers stay as they are written.
func (o *CommandOptions) payload() (map[string]any, error) {
	if o.Payload == "" {
		return nil, nil
	}
	raw, err := toolbox.ReadDocument(o.Console, o.Payload, maxPayload)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var payload map[string]any
	if err := decoder.Decode(&payload); err == nil && payload != nil {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return payload, nil
		}
	}
	return nil, toolbox.Usage("the payload is no JSON object", `for example: {"branch": "main"}`)
}
