package outbox

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ExportOptions is what export needs.
type ExportOptions struct {
	Console *terminal.Console
	Store   store

	State, Class string
	ShowSecrets  bool
}

// Exported is one line of export.
type Exported struct {
	Entry
	Content map[string]any `json:"content" doc:"what is sent; tokens are masked unless --show-secrets"`
	Answer  map[string]any `json:"answer,omitempty" doc:"what the platform answered, once it is done"`
	Picture string         `json:"picture_sha256,omitempty" doc:"SHA-256 of the picture that the outbox keeps with it"`
}

// Text is the same columns as list, and the content as JSON.
func (x Exported) Text(p *terminal.Page) {
	p.Row(x.Key, x.Class, x.Kind, x.What, x.State, x.CreatedAt.Format("2006-01-02T15:04:05Z"), toolbox.Number(x.Attempts), toolbox.Or(x.Reason, "-"), oneLine(x.Content))
}

// NewExport makes the command; runF replaces the run in tests.
func NewExport(box *toolbox.Box, runF func(context.Context, *ExportOptions) error) *cobra.Command {
	opts := &ExportOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = exportRun
	}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write entries out, one a line",
		Long: `Write every entry out, or those of a state, one a line; with --json one object a line. Tokens are masked unless --show-secrets. The
files of the outbox stay as they are.

The columns are: key, class, kind, what, state, when it was put in, attempts, reason, content as JSON.

Exit status: 0 written, 1 the outbox cannot be read, 2 usage, 10 the
configuration is invalid.`,
		Example: `  $ rvmctl outbox export --json > outbox.ndjson
  $ rvmctl outbox export --state dead`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkSelection(opts.State, opts.Class); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.State, "state", "", "only those that are "+strings.Join(words(outbox.States()), ", "))
	cmd.Flags().StringVar(&opts.Class, "class", "", "only "+strings.Join(words(outbox.Classes()), ", "))
	completeWords(cmd, "state", words(outbox.States()))
	completeWords(cmd, "class", words(outbox.Classes()))
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	return box.Returns(cmd, Exported{})
}

func exportRun(ctx context.Context, o *ExportOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	now := s.Now()
	for e, err := range s.Export(ctx) {
		if err != nil {
			return err
		}
		if o.State != "" && o.State != string(e.State) || o.Class != "" && o.Class != string(e.Class) {
			continue
		}
		x := Exported{Entry: newEntry(e, now), Content: mask(content(e), o.ShowSecrets), Picture: e.Blob}
		if e.State == outbox.Done {
			x.Answer = mask(content(outbox.Entry{Payload: e.Result}), o.ShowSecrets)
		}
		if err := o.Console.Emit(x); err != nil {
			return err
		}
	}
	return nil
}
