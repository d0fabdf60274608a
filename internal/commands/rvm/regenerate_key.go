package rvm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// RegenerateKeyOptions is what regenerate-key needs: dependencies first, then flags.
type RegenerateKeyOptions struct {
	Console  *terminal.Console
	Platform client

	ID               int64
	Save             string
	Yes, ShowSecrets bool
}

// Regenerated is the result of regenerate-key.
type Regenerated struct {
	ID        int64     `json:"id" doc:"number of the machine"`
	Name      string    `json:"name" doc:"name of the machine"`
	APIKey    string    `json:"api_key" doc:"the new key, ******** without --show-secrets"`
	KeyFile   string    `json:"key_file,omitempty" doc:"file that holds the new key, readable by you alone; absent without --save"`
	UpdatedAt time.Time `json:"updated_at,omitzero" doc:"when the old key became void"`
}

// Text is one line; in a pipe: id, name, api key, key file.
func (r Regenerated) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(r.ID), r.Name, r.APIKey, r.KeyFile)
		return
	}
	p.Text(p.Good("regenerated"), " the api key of rvm ", p.Strong(toolbox.Number(r.ID)), " (", terminal.Clean(r.Name), "): ", terminal.Clean(r.APIKey))
	if r.KeyFile != "" {
		p.Line("it is in %s", r.KeyFile)
	}
}

// NewRegenerateKey makes the command; runF replaces the run in tests.
func NewRegenerateKey(box *toolbox.Box, runF func(context.Context, *RegenerateKeyOptions) error) *cobra.Command {
	opts := &RegenerateKeyOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = regenerateKeyRun
	}
	cmd := &cobra.Command{
		Use:   "regenerate-key <id>",
		Short: "Give a machine another API key",
		Long: `Give a machine another API key. The old one is void at once: the machine cannot identify itself until it has the new one.

rvmctl says which machine it is and asks; --yes answers beforehand. The new key is masked unless --show-secrets is given;
--save writes it into a new file that only you can read, and never over an existing one.

Exit status: 0 the machine has another key, 1 the outcome is unknown and the old key may be void, 2 usage or not confirmed,
4 not signed in, 5 platform away, 6 refused, 7 no such machine.`,
		Example: `  $ rvmctl rvm regenerate-key 2 --yes --save rvm-2.key
  $ rvmctl rvm regenerate-key 2 --yes --show-secrets`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theNumber),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Save, "save", "", "write the new key into this new `FILE`")
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	toolbox.Yes(cmd, &opts.Yes, "make the old key void")
	toolbox.SentAtOnce(cmd, "the new key is needed now, and the old one is void with it")
	return box.Returns(cmd, Regenerated{})
}

func regenerateKeyRun(ctx context.Context, o *RegenerateKeyOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	m, err := c.RVMs.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	if err := toolbox.Agree(o.Console, o.Yes, "Make the present API key of "+question(m)+" void?"); err != nil {
		return err
	}
	// The file comes first: a key that cannot be kept should not be made.
	file, err := toolbox.MakeNewFile(o.Save)
	if err != nil {
		return err
	}
	fresh, err := c.RVMs.RegenerateKey(ctx, o.ID)
	if err != nil {
		return errors.Join(err, file.Discard())
	}
	id := toolbox.Number(fresh.ID)
	look := "rvmctl rvm show " + id + " --show-secrets"
	done := "rvm " + id + " has another api key"
	if err := file.Keep(fresh.APIKey); err != nil {
		return toolbox.Unwritten(fmt.Errorf("cannot write %s: %w", o.Save, err), done, look)
	}
	if !o.ShowSecrets && o.Save == "" {
		o.Console.Note("to see the new key: %s", look)
	}
	return toolbox.Unwritten(o.Console.Emit(Regenerated{fresh.ID, toolbox.Or(fresh.Name, m.Name), toolbox.Shown(fresh.APIKey, o.ShowSecrets), o.Save,
		fresh.UpdatedAt}), done, look)
}
