package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// UpdateOptions is what update needs: dependencies first, then flags.
type UpdateOptions struct {
	Console  *terminal.Console
	Platform client

	ID int64
	// Change sets the fields that were given.
	Change func(*platform.EngineSpec)
}

// Updated is the result of update.
type Updated struct {
	Outcome string   `json:"outcome" doc:"updated or unchanged"`
	Changed []string `json:"changed" doc:"fields that were changed, by the platform's names; empty when nothing was"`
	Engine  Record   `json:"engine" doc:"the engine as the platform has it now"`
}

// Text is one line; in a pipe: outcome, id, name, type, address.
func (u Updated) Text(p *terminal.Page) {
	Registered{Outcome: u.Outcome, Changed: u.Changed, Engine: u.Engine}.Text(p)
}

// NewUpdate makes the command; runF replaces the run in tests.
func NewUpdate(box *toolbox.Box, runF func(context.Context, *UpdateOptions) error) *cobra.Command {
	opts := &UpdateOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = updateRun
	}
	cmd := &cobra.Command{
		Use:   "update <id>",
		Short: "Change an engine's entry",
		Long: `Change an engine's entry in the platform's register: only what you give is changed. The answer says "updated" and which fields,
or "unchanged" when the platform has all of it already; then nothing is sent.

In a pipe the columns are: outcome, id, name, type, address.

Exit status: 0 updated or unchanged, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 no such
engine.`,
		Example: `  $ rvmctl engine update 1 --name line-1a
  $ rvmctl engine update 1 --address 172.28.93.98 --port 5001 --gpu-memory 16
  $ rvmctl engine update 1 --active=false --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the engine"),
	}
	spec := addFields(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if opts.ID, err = toolbox.ID("engine", args[0]); err != nil {
			return err
		}
		if opts.Change, err = spec.change(cmd); err != nil {
			return err
		}
		return runF(cmd.Context(), opts)
	}
	toolbox.SentAtOnce(cmd, "what is to be changed is compared with what the platform holds now")
	return box.Returns(cmd, Updated{})
}

// fields are the flags of update.
type fields struct {
	spec                     platform.EngineSpec
	docker, failover, active bool
}

func addFields(cmd *cobra.Command) *fields {
	v := &fields{}
	f := cmd.Flags()
	f.StringVar(&v.spec.Name, "name", "", "`NAME` of the engine")
	f.StringVar(&v.spec.Type, "type", "", "jetson_edge or nvidia_cuda")
	f.StringVar(&v.spec.ServerAddress, "address", "", "`IP` address of the service")
	f.IntVar(&v.spec.Port, "port", 0, "port of the service")
	f.IntVar(&v.spec.GPUMemoryGB, "gpu-memory", 0, "limit of GPU memory in `GB`")
	f.StringVar(&v.spec.ModelPath, "model-path", "", "model on the engine, as a note for people")
	f.IntVar(&v.spec.ProcessingTimeout, "processing-timeout", 0, "`SECONDS` that one job may take, 1 to 300")
	f.BoolVar(&v.docker, "docker-gpu-passthrough", false, "the GPU is passed into a container")
	f.BoolVar(&v.failover, "auto-failover", false, "a flag that the platform stores and does not act on")
	f.BoolVar(&v.active, "active", true, "list it as active; --active=false does not")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(types(), cobra.ShellCompDirectiveNoFileComp))
	return v
}

// change copies what was given, and nothing else, over what the platform has.
func (v *fields) change(cmd *cobra.Command) (func(*platform.EngineSpec), error) {
	var copies []func(*platform.EngineSpec)
	for _, one := range []struct {
		flag string
		copy func(*platform.EngineSpec)
		zero bool
	}{
		{"name", func(s *platform.EngineSpec) { s.Name = v.spec.Name }, false},
		{"type", func(s *platform.EngineSpec) { s.Type = v.spec.Type }, false},
		{"address", func(s *platform.EngineSpec) { s.ServerAddress = v.spec.ServerAddress }, false},
		{"port", func(s *platform.EngineSpec) { s.Port = v.spec.Port }, false},
		{"gpu-memory", func(s *platform.EngineSpec) { s.GPUMemoryGB = v.spec.GPUMemoryGB }, v.spec.GPUMemoryGB == 0},
		{"model-path", func(s *platform.EngineSpec) { s.ModelPath = v.spec.ModelPath }, false},
		{"processing-timeout", func(s *platform.EngineSpec) { s.ProcessingTimeout = v.spec.ProcessingTimeout }, v.spec.ProcessingTimeout == 0},
		{"docker-gpu-passthrough", func(s *platform.EngineSpec) { s.DockerGPUPassthrough = &v.docker }, false},
		{"auto-failover", func(s *platform.EngineSpec) { s.AutoFailover = &v.failover }, false},
		{"active", func(s *platform.EngineSpec) { s.IsActive = &v.active }, false},
	} {
		switch given := cmd.Flags().Changed(one.flag); {
		case given && one.zero:
			// The platform's client does not send a zero, so it would change nothing and say so as if it had.
			return nil, toolbox.Usage("--"+one.flag+" must be 1 or more", "leave it out to keep what the platform has")
		case given:
			copies = append(copies, one.copy)
		}
	}
	if len(copies) == 0 {
		return nil, toolbox.Usage("nothing is to be changed", "type: rvmctl engine update --help")
	}
	return func(s *platform.EngineSpec) {
		for _, c := range copies {
			c(s)
		}
	}, nil
}

func updateRun(ctx context.Context, o *UpdateOptions) error {
	// What is impossible whatever the platform has is refused without asking it.
	trial := platform.EngineSpec{Name: "x", Type: platform.EngineTypeJetson, ServerAddress: "127.0.0.1", Port: 1}
	o.Change(&trial)
	if err := trial.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	engine, err := c.Engines.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	// The four required fields go along as they are: some builds refuse a change without them.
	spec := platform.EngineSpec{Name: engine.Name, Type: engine.Type, ServerAddress: engine.ServerAddress, Port: engine.Port}
	o.Change(&spec)
	u := Updated{Outcome: unchanged, Changed: []string{}, Engine: newRecord(engine)}
	if differences := engine.Differences(spec); len(differences) > 0 {
		if engine, err = c.Engines.Update(ctx, o.ID, spec); err != nil {
			return err
		}
		u = Updated{Outcome: updated, Changed: differences, Engine: newRecord(engine)}
		if left := engine.Differences(spec); len(left) > 0 {
			o.Console.Warn("the platform did not take: %s", strings.Join(left, ", "))
		}
	}
	return toolbox.Unwritten(o.Console.Emit(u), fmt.Sprintf("engine %d is %s", o.ID, u.Outcome), fmt.Sprintf("rvmctl engine show %d", o.ID))
}
