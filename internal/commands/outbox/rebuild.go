package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// RebuildOptions is what rebuild needs.
type RebuildOptions struct {
	Console *terminal.Console
	Store   store

	FromJournal bool
}

// Rebuilt is the result of rebuild.
type Rebuilt struct {
	Lines     int            `json:"lines" doc:"sound lines of the journal"`
	Damaged   int            `json:"damaged_lines" doc:"lines that could not be read"`
	There     int            `json:"there" doc:"deposits that were there and right"`
	Corrected int            `json:"corrected" doc:"deposits whose state the journal knew better"`
	Restored  int            `json:"restored" doc:"deposits that were missing and are back"`
	States    map[string]int `json:"restored_states" doc:"how many are back in each state"`
}

// Text is one line; in a pipe: restored, corrected, there, lines, damaged lines.
func (r Rebuilt) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(r.Restored), toolbox.Number(r.Corrected), toolbox.Number(r.There), toolbox.Number(r.Lines), toolbox.Number(r.Damaged))
		return
	}
	p.Text(p.Good(fmt.Sprintf("%d restored", r.Restored)), fmt.Sprintf(", %d corrected, %d were right", r.Corrected, r.There))
	if r.Damaged > 0 {
		p.Text(p.Bad(fmt.Sprintf("%d lines of the journal could not be read", r.Damaged)))
	}
}

// NewRebuild makes the command; runF replaces the run in tests.
func NewRebuild(box *toolbox.Box, runF func(context.Context, *RebuildOptions) error) *cobra.Command {
	opts := &RebuildOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = rebuildRun
	}
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Bring deposits back from the journal",
		Long: `Bring back deposits that the journal knows and the outbox does not. Every deposit is written into a journal beside the database when it
is put in, and again when it is settled. One whose end the journal does not tell may have been sent: it comes back uncertain, and the
next flush asks the platform. What was dropped stays dropped. Other processes may go on meanwhile.

rvmctl does this by itself when it finds the database damaged; this command is for a database that somebody lost.

In a pipe the columns are: restored, corrected, right, lines, damaged lines.

Exit status: 0 everything in the journal is there, 1 the outbox cannot be used, 2 usage, 3 some lines could not be read, 10 the
configuration is invalid.`,
		Example: `  $ rvmctl outbox rebuild --from-journal`,
		Args:    toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !opts.FromJournal {
				return toolbox.Usage("from what to rebuild is not said", "type: rvmctl outbox rebuild --from-journal")
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.FromJournal, "from-journal", false, "from the journal of deposits beside the database")
	return box.Returns(cmd, Rebuilt{})
}

func rebuildRun(ctx context.Context, o *RebuildOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	r, err := s.Rebuild(ctx)
	if err != nil {
		return err
	}
	result := Rebuilt{Lines: r.Lines, Damaged: r.Damaged, There: r.There, Corrected: r.Corrected, Restored: r.Total(), States: map[string]int{}}
	for state, n := range r.Restored {
		result.States[string(state)] = n
	}
	err = toolbox.Unwritten(o.Console.Emit(result), fmt.Sprintf("%d deposits are back", result.Restored), "rvmctl outbox list")
	if r.Damaged > 0 {
		return errors.Join(err, &JournalError{Lines: r.Damaged})
	}
	return err
}

// JournalError says that lines of the journal could not be read.
type JournalError struct{ Lines int }

func (e *JournalError) Error() string {
	return fmt.Sprintf("%d lines of the journal could not be read", e.Lines)
}
