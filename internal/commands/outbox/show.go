package outbox

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console *terminal.Console
	Store   store

	Key         string
	ShowSecrets bool
}

// Shown is the result of show.
type Shown struct {
	Entry
	Content map[string]any `json:"content" doc:"what is sent; tokens are masked unless --show-secrets"`
	Answer  map[string]any `json:"answer,omitempty" doc:"what the platform answered, once it is done"`
	Picture string         `json:"picture_sha256,omitempty" doc:"SHA-256 of the picture that the outbox keeps with it"`
}

// Text shows everything, a field a line.
func (s Shown) Text(p *terminal.Page) {
	fields := []string{"key", s.Key, "what", s.What, "kind", s.Kind, "state", s.State, "attempts", toolbox.Number(s.Attempts),
		"put in", p.Time(s.CreatedAt), "profile", s.Profile, "platform", s.Target}
	for _, f := range []struct{ name, value string }{
		{"reason", s.Reason}, {"capture", s.Capture}, {"number", s.ServerID}, {"picture", s.Picture},
	} {
		if f.value != "" {
			fields = append(fields, f.name, f.value)
		}
	}
	if !s.NextAt.IsZero() {
		fields = append(fields, "next try", p.Time(s.NextAt))
	}
	if !s.SettledAt.IsZero() {
		fields = append(fields, "settled", p.Time(s.SettledAt))
	}
	fields = append(fields, "content", oneLine(s.Content))
	if s.Answer != nil {
		fields = append(fields, "answer", oneLine(s.Answer))
	}
	p.Fields(fields...)
}

func oneLine(object map[string]any) string {
	raw, err := json.Marshal(object)
	if err != nil {
		return "?"
	}
	return string(raw)
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show <key>",
		Short: "Show one entry whole",
		Long: `Show one entry whole: what is sent, what became of it, and what the platform answered. The first characters of the key are enough
when no other key begins with them. Tokens are masked unless --show-secrets.

Exit status: 0 shown, 1 the outbox cannot be read, 2 usage, 7 there is no such entry, 10 the
configuration is invalid.`,
		Example: `  $ rvmctl outbox show "$(rvmctl outbox list --limit 1 | cut -f 1)"
  $ rvmctl outbox show "$(rvmctl outbox list --limit 1 | cut -f 1)" --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theKey),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Key = args[0]
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	return box.Returns(cmd, Shown{})
}

// theKey is what an argument stands for.
const theKey = "the key of the entry"

func showRun(ctx context.Context, o *ShowOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	e, err := find(ctx, s, o.Key)
	if err != nil {
		return err
	}
	shown := Shown{Entry: newEntry(e, s.Now()), Content: mask(content(e), o.ShowSecrets), Picture: e.Blob}
	if e.State == outbox.Done {
		shown.Answer = mask(content(outbox.Entry{Payload: e.Result}), o.ShowSecrets)
	}
	return o.Console.Emit(shown)
}

// find is the entry whose key begins like that, when there is only one.
func find(ctx context.Context, s *outbox.Store, begins string) (outbox.Entry, error) {
	all, err := s.Match(ctx, begins, 2)
	switch {
	case err != nil:
		return outbox.Entry{}, err
	case len(all) == 0:
		return outbox.Entry{}, &outbox.NotFoundError{Key: begins}
	case len(all) > 1 && all[0].Key != begins:
		return outbox.Entry{}, toolbox.Usage("several keys begin with "+begins, "give more of the key: rvmctl outbox list")
	}
	return all[0], nil
}
