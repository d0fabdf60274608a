package detect

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
)

// showOff is the word of --show for no pictures; so is leaving it out.
const showOff = "off"

func (o *Sight) showFlag(cmd *cobra.Command) {
	words := append(slices.Clone(terminal.PictureWords), showOff)
	cmd.Flags().StringVar(&o.Show, "show", showOff,
		"show annotated pictures in the terminal; `HOW` is auto, kitty, iterm, sixel, blocks or off")
	cmd.Flags().Lookup("show").NoOptDefVal = terminal.PictureWords[0]
	_ = cmd.RegisterFlagCompletionFunc("show", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// shower draws every picture on the terminal, above its line.
type shower struct{ canvas *terminal.Canvas }

func (o *Sight) shows() bool { return o.Show != "" && o.Show != showOff }

func (o *Sight) shower() (viewer, error) {
	if err := toolbox.OneOf("show", o.Show, append(slices.Clone(terminal.PictureWords), showOff)); err != nil {
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
