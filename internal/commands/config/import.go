package config

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/config/edge"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ImportOptions is what import needs.
type ImportOptions struct {
	Console *terminal.Console
	Choose  func() (string, config.Source, error)
	Paths   config.Paths

	File        string
	DryRun, Yes bool
}

// Imported is the result of import.
type Imported struct {
	Profile string     `json:"profile" doc:"profile whose file was meant"`
	File    string     `json:"file" doc:"the profile's file"`
	Written bool       `json:"written" doc:"true when the file was changed"`
	Keys    []Transfer `json:"keys" doc:"every key of the old file, in its order"`
}

// Transfer is what became of one key.
type Transfer struct {
	Key     string `json:"key" doc:"name in the old file"`
	Outcome string `json:"outcome" doc:"imported, ready (nothing was written), unchanged, skipped or refused"`
	Setting string `json:"setting" doc:"setting of rvmctl that takes its place, empty when there is none"`
	Value   string `json:"value" doc:"value for the setting, empty when there is none; never that of a secret"`
	Reason  string `json:"reason" doc:"why it was skipped or refused, or what to know about it"`
}

// The outcomes of a Transfer that are not edge's.
const (
	imported  = "imported"
	ready     = "ready"
	unchanged = "unchanged"
)

// Text is a line for each key; in a pipe: key, outcome, setting, value, reason.
func (r Imported) Text(p *terminal.Page) {
	if !p.ForPeople() {
		for _, t := range r.Keys {
			p.Row(t.Key, t.Outcome, t.Setting, t.Value, t.Reason)
		}
		return
	}
	for _, t := range r.Keys {
		mark := p.Dim
		switch t.Outcome {
		case imported, ready:
			mark = p.Good
		case edge.Refused:
			mark = p.Bad
		}
		p.Text(mark(fmt.Sprintf("%-9s", t.Outcome)), "  ", p.Strong(t.Key), terminal.Clean(t.rest()))
	}
	if r.Written {
		p.Text(p.Dim("written into " + r.File))
	}
}

func (t Transfer) rest() string {
	var b strings.Builder
	if t.Value != "" {
		b.WriteString(" → " + t.Setting + " = " + t.Value)
	}
	if t.Reason != "" {
		b.WriteString(": " + t.Reason)
	}
	return b.String()
}

// NewImport makes the command; runF replaces the run in tests.
func NewImport(box *toolbox.Box, runF func(context.Context, *ImportOptions) error) *cobra.Command {
	opts := &ImportOptions{Console: box.Console, Choose: box.ChooseProfile}
	if runF == nil {
		runF = importRun
	}
	cmd := &cobra.Command{
		Use:   "import <config.json>",
		Short: "Take over the settings of the Python edge client",
		Long: `Take over what the Python edge client's config.json says and rvmctl has a setting for, into the file of the profile, which
is made when it is new. Every key of the old file is accounted for: imported, or why not. Secrets are never taken over
and never shown; sign in with rvmctl login.

Either everything that fits is written, in one step, or nothing: a value that its setting cannot take is refused, and so
is the file with it. When the profile says something else already, rvmctl asks; --yes answers beforehand. With --dry-run
nothing is written.

In a pipe the columns are: key, outcome (imported, ready, unchanged, skipped, refused), setting, value, reason. A key is
"ready" when it fits and nothing was written.

Exit status: 0 imported, or there was nothing to import, 2 usage or not confirmed, 7 no such file, 10 a value
or the file is impossible.`,
		Example: `  $ rvmctl config import config.json --dry-run
  $ rvmctl config import config.json --profile site-a --yes`,
		Args: toolbox.Exactly("the old config.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			box.CreateProfile = true
			opts.Paths, opts.File = box.Paths(), args[0]
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVarP(&opts.DryRun, "dry-run", "n", false, "only say what would be imported")
	toolbox.Yes(cmd, &opts.Yes, "replace what the profile says")
	return box.Returns(cmd, Imported{})
}

// maxOld bounds the old client's file, which has some forty keys.
const maxOld = 1 << 20

func importRun(_ context.Context, o *ImportOptions) error {
	raw, err := toolbox.ReadDocument(o.Console, o.File, maxOld)
	if err != nil {
		return err
	}
	rows, err := edge.Read(raw)
	if err != nil {
		return &config.InvalidError{What: o.File + ": " + err.Error(), Hint: "nothing was written; give the config.json of the old client"}
	}
	profile, _, err := o.Choose()
	if err != nil {
		return err
	}
	target := o.Paths.File(config.InProfile, profile)
	has, err := target.Said()
	if err != nil {
		return err
	}
	r, changes, replaced := plan(rows, has)
	r.Profile, r.File = profile, target.Path
	if n := r.count(edge.Refused); n > 0 {
		return o.refuse(r, n)
	}
	if o.DryRun || len(changes) == 0 {
		return o.Console.Emit(r)
	}
	if len(replaced) > 0 {
		question := fmt.Sprintf("Replace in %s: %s?", target.Path, strings.Join(replaced, ", "))
		if err := toolbox.Agree(o.Console, o.Yes, question); err != nil {
			return err
		}
	}
	saved, err := o.Paths.Save(config.InProfile, profile, changes...)
	if err != nil {
		return err
	}
	r.Written, r.File = saved.Written, saved.File
	r.replace(ready, imported)
	return o.Console.Emit(r)
}

// refuse shows what became of every key and writes nothing.
func (o *ImportOptions) refuse(r Imported, n int) error {
	if err := o.Console.Emit(r); err != nil {
		return err
	}
	what := "1 key"
	if n > 1 {
		what = fmt.Sprintf("%d keys", n)
	}
	return &config.InvalidError{What: what + " of " + o.File + " cannot be imported, so nothing was",
		Hint: "correct or remove what is refused, in a copy, and import that"}
}

// plan compares what fits with what the profile says.
func plan(rows []edge.Row, has map[string]string) (r Imported, changes []config.Change, replaced []string) {
	r.Keys = make([]Transfer, 0, len(rows))
	for _, row := range rows {
		t := Transfer{Key: row.Key, Outcome: row.Outcome, Setting: row.Setting, Value: row.Value, Reason: row.Reason}
		if row.Outcome == edge.Fits {
			before, said := has[row.Setting]
			t.Outcome = unchanged
			if !said || before != row.Value {
				t.Outcome = ready
				changes = append(changes, config.Change{Key: row.Setting, Value: row.Value})
			}
			if said && before != row.Value {
				k, _ := config.Find(row.Setting)
				replaced = append(replaced, fmt.Sprintf("%s %s by %s", row.Setting, k.Show(before), row.Value))
			}
		}
		r.Keys = append(r.Keys, t)
	}
	return r, changes, replaced
}

func (r Imported) count(outcome string) (n int) {
	for _, t := range r.Keys {
		if t.Outcome == outcome {
			n++
		}
	}
	return n
}

func (r Imported) replace(outcome, by string) {
	for i := range r.Keys {
		if r.Keys[i].Outcome == outcome {
			r.Keys[i].Outcome = by
		}
	}
}
