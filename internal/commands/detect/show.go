package detect

import (
	"context"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
)

// showOff is the word of --show for no pictures; so is leaving it out.
const showOff = "off"

// showWords are the words of --show.
func showWords() []string { return append(slices.Clone(terminal.PictureWords), showOff) }

// anyHow stands for --show alone, and is the word that help shows for its value.
const anyHow = "HOW"

// showForm is the value of --show, which may stand alone.
type showForm struct{ word *string }

// String is the word of the flag.
func (f showForm) String() string { return *f.word }

// Set takes the word of the flag. Which words there are is checked later: what is wrong with a flag is said with a hint.
func (f showForm) Set(word string) error {
	if word == anyHow {
		word = terminal.PictureWords[0]
	}
	*f.word = word
	return nil
}

// Type has no word of its own: see anyHow.
func (showForm) Type() string { return "" }

func (o *Sight) showFlag(cmd *cobra.Command) {
	o.Show = showOff
	cmd.Flags().Var(showForm{&o.Show}, "show", "show annotated pictures in the terminal; HOW is auto, kitty, iterm, sixel, blocks or off")
	cmd.Flags().Lookup("show").NoOptDefVal = anyHow
	_ = cmd.RegisterFlagCompletionFunc("show", cobra.FixedCompletions(showWords(), cobra.ShellCompDirectiveNoFileComp))
}

// checkShow refuses a word of --show that was typed after a blank: --show may stand alone, so that the word would be a source.
func (o *Sight) checkShow(sources []string) error {
	for _, arg := range sources {
		if !o.shows() || !slices.Contains(showWords(), arg) {
			continue
		}
		if _, err := os.Lstat(arg); err != nil {
			return toolbox.Usage("--show and its word belong together, without a blank", "type: --show="+arg)
		}
	}
	return nil
}

// shower draws every picture on the terminal, above its line.
type shower struct{ canvas *terminal.Canvas }

func (o *Sight) shows() bool { return o.Show != "" && o.Show != showOff }

func (o *Sight) shower() (viewer, error) {
	if err := toolbox.OneOf("show", o.Show, showWords()); err != nil {
		return nil, err
	}
	if err := toolbox.NeedsScreen(o.Console); err != nil {
		return nil, err
	}
	canvas, err := o.Console.Canvas(o.Show)
	if err != nil {
		return nil, err
	}
	return shower{canvas}, nil
}

func (s shower) View(_ context.Context, _ *Seen, f *vision.Frame, found []vision.Detection) error {
	sketch, err := toolbox.NewSketch(f, found, s.canvas.Fit, s.canvas.TagsInCells())
	if err != nil {
		return err
	}
	return s.canvas.Show(sketch.Image, sketch.Area, sketch.Tags)
}

func (s shower) Close() error { return s.canvas.Close() }
