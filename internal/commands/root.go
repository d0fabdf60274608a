// Package commands is the tree of commands, and the one place where an error becomes words, a hint and an exit code.
// It refuses to know how anything is done: nouns live in packages of their own, and what they share is a domain package.
package commands

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/myrvm/rvmctl/internal/commands/api"
	"github.com/myrvm/rvmctl/internal/commands/auth"
	"github.com/myrvm/rvmctl/internal/commands/balance"
	"github.com/myrvm/rvmctl/internal/commands/camera"
	settings "github.com/myrvm/rvmctl/internal/commands/config"
	"github.com/myrvm/rvmctl/internal/commands/deposit"
	"github.com/myrvm/rvmctl/internal/commands/detect"
	"github.com/myrvm/rvmctl/internal/commands/detection"
	"github.com/myrvm/rvmctl/internal/commands/device"
	"github.com/myrvm/rvmctl/internal/commands/engine"
	"github.com/myrvm/rvmctl/internal/commands/maintenance"
	"github.com/myrvm/rvmctl/internal/commands/metrics"
	"github.com/myrvm/rvmctl/internal/commands/model"
	"github.com/myrvm/rvmctl/internal/commands/network"
	"github.com/myrvm/rvmctl/internal/commands/outbox"
	"github.com/myrvm/rvmctl/internal/commands/profile"
	"github.com/myrvm/rvmctl/internal/commands/remote"
	"github.com/myrvm/rvmctl/internal/commands/rvm"
	"github.com/myrvm/rvmctl/internal/commands/sandbox"
	"github.com/myrvm/rvmctl/internal/commands/schema"
	"github.com/myrvm/rvmctl/internal/commands/session"
	"github.com/myrvm/rvmctl/internal/commands/status"
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/commands/upload"
	"github.com/myrvm/rvmctl/internal/commands/version"
	"github.com/myrvm/rvmctl/internal/commands/wait"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// globals are the flags of every command that are no settings.
type globals struct {
	wishes  terminal.Wishes
	output  output
	profile string
}

// NewRoot makes the whole tree. It reads nothing and opens nothing.
func NewRoot(box *toolbox.Box) *cobra.Command {
	g := &globals{}
	box.Explain = Explain
	root := &cobra.Command{
		Use:   "rvmctl",
		Short: "Operate reverse vending machines",
		Long: `rvmctl signs a reverse vending machine in to the MyRVM Platform, looks at bottles and cans,
uploads what it saw, creates the deposits that pay people, and pushes the machine's status.`,
		Example: `  $ rvmctl login --url http://172.28.233.83:8001 --email operator@example.com
  $ rvmctl engine register --name line-1 --address 172.28.93.97 --port 5000
  $ rvmctl detect run photos/ --save annotated/
  $ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.03`,
		SilenceUsage: true, SilenceErrors: true,
		Args:              cobra.ArbitraryArgs,
		RunE:              runRoot,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return prepare(box, g, cmd) },
	}
	addGlobals(root, box, g)
	addCommands(root, box)
	for _, cmd := range toolbox.Runnable(root) {
		g.output.wrap(box, cmd)
	}
	root.SetFlagErrorFunc(flagError)
	helpStyle(root, box.Console.Columns())
	return root
}

func addGlobals(root *cobra.Command, box *toolbox.Box, g *globals) {
	f := root.PersistentFlags()
	f.SortFlags = false
	g.output.addFlags(root, box)
	f.StringVar(&g.profile, "profile", "", "`NAME` of the platform and identity to use (RVMCTL_PROFILE)")
	f.BoolVarP(&g.wishes.Quiet, "quiet", "q", false, "write nothing on success")
	f.CountVarP(&g.wishes.Verbosity, "verbose", "v", "``say each step; twice also says each request")
	f.StringVar(&g.wishes.Color, "color", "auto", "`WHEN` to colour: auto, always or never")
	f.BoolVar(&g.wishes.NoInput, "no-input", false, "never ask, fail instead")
	toolbox.PersistentSettings(root, config.KeyURL, config.KeyTimeout)
	_ = root.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return box.Paths().Profiles(), cobra.ShellCompDirectiveNoFileComp
	})
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(
		[]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
}

func addCommands(root *cobra.Command, box *toolbox.Box) {
	everyday := &cobra.Group{ID: "everyday", Title: "Everyday"}
	machine := &cobra.Group{ID: "machine", Title: "Machine"}
	setup := &cobra.Group{ID: "setup", Title: "Setting up"}
	root.AddGroup(everyday, machine, setup)
	add := func(g *cobra.Group, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = g.ID
			root.AddCommand(c)
		}
	}
	add(everyday, detect.New(box), deposit.New(box), session.New(box), balance.New(box), detection.New(box), upload.New(box), outbox.New(box), status.New(box))
	add(machine, rvm.New(box), camera.New(box), engine.New(box), maintenance.New(box), remote.New(box), metrics.New(box), device.New(box), network.New(box), wait.New(box))
	add(setup, auth.NewLogin(box, nil), auth.NewLogout(box, nil), auth.NewWhoami(box, nil), settings.New(box), profile.New(box), model.New(box), api.New(box, nil),
		schema.New(box, nil), sandbox.New(box), version.New(box, nil))
	root.SetHelpCommandGroupID(setup.ID)
	root.SetCompletionCommandGroupID(setup.ID)
	root.AddCommand(topics()...)
}

func runRoot(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := "type: rvmctl --help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "type: rvmctl " + near[0]
	}
	return toolbox.Usage("there is no command \""+args[0]+"\"", hint)
}

// prepare applies the global flags. For a TAB it returns at once: completion must neither read, ask nor fail.
func prepare(box *toolbox.Box, g *globals, cmd *cobra.Command) error {
	if strings.HasPrefix(cmd.Name(), "__complete") {
		return nil
	}
	if err := noEmptyFlag(cmd.Flags()); err != nil {
		return err
	}
	if err := toolbox.OneOf("color", g.wishes.Color, []string{"auto", "always", "never"}); err != nil {
		return err
	}
	box.Profile = g.profile
	box.Use(cmd.Flags())
	if err := g.output.prepare(box, cmd); err != nil {
		return err
	}
	g.wishes.JSON = g.output.json.asked || g.output.jq != "" || g.output.template != ""
	g.wishes.Quiet = g.wishes.Quiet && !g.output.json.lists
	box.Console.Wish(g.wishes)
	return nil
}

// noEmptyFlag refuses a flag that was given with nothing. In a script that is a variable that was never filled, and the default
// in its place would be another profile, an assumed weight or no session at all.
func noEmptyFlag(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		if value := f.Value.String(); f.Name != "json" && (value == "" || value == "[]") {
			err = toolbox.Usage("--"+f.Name+" is empty", "give it a value, or leave --"+f.Name+" out")
		}
	})
	return err
}

// flagError puts cobra's complaint into our form, without the name of the function that could not read the value.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	fact := err.Error()
	if head, tail, found := strings.Cut(fact, ": strconv."); found {
		fact = head + tail[strings.LastIndex(tail, ": "):]
	}
	return toolbox.Usage(fact, "type: "+cmd.CommandPath()+" --help")
}
