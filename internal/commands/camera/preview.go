package camera

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// PreviewOptions is what preview needs: dependencies first, then flags.
type PreviewOptions struct {
	Opening
	// Eye opens the model, for Boxes.
	Eye func(context.Context, toolbox.Looking) (*toolbox.Eye, error)

	Source string
	How    string
	Rate   float64
	Boxes  bool
	Frames int
}

// Preview is the result of preview, when it has ended.
type Preview struct {
	Source     string  `json:"source" doc:"the source, without a password"`
	Shown      int64   `json:"shown" doc:"pictures that were shown"`
	Given      int64   `json:"given" doc:"pictures that the source gave"`
	Dropped    int64   `json:"dropped" doc:"pictures that were replaced by a newer one, or could not be decoded"`
	Reconnects int     `json:"reconnects" doc:"how often the source was opened again"`
	Seconds    float64 `json:"seconds" doc:"how long it lasted"`
	Setting    Setting `json:"setting" doc:"what the source was really set to"`
}

// Text is one sentence.
func (r Preview) Text(p *terminal.Page) {
	p.Line("%s: %s, %d pictures shown in %.1f s, %d dropped, opened again %d times", r.Source, r.Setting.words(), r.Shown, r.Seconds,
		r.Dropped, r.Reconnects)
}

// NewPreview makes the command; runF replaces the run in tests.
func NewPreview(box *toolbox.Box, runF func(context.Context, *PreviewOptions) error) *cobra.Command {
	opts := &PreviewOptions{Opening: newOpening(box), Eye: box.Eye}
	if runF == nil {
		runF = previewRun
	}
	cmd := &cobra.Command{
		Use:   "preview <source>",
		Short: "See in the terminal what a camera sees",
		Long: `See in the terminal what a camera, stream or video shows, also over SSH. q ends it, and so does Ctrl-C; the terminal is then as it
was before.

Pictures are pixels where the terminal can show them (kitty, iTerm2, sixel) and half blocks elsewhere; --show decides it by hand.
There are at most --rate of them a second. A camera's newest picture is shown and the others are dropped; a video plays at its
own speed. On a slow link take a smaller window or --rate 1. With --boxes the model looks at what is shown and its boxes are drawn.

Exit status: 0 ended with q, at the end of the video or after --frames, 2 usage or no terminal, 7 no such file, 8 no such camera,
it gives no picture, no usable model, or rvmctl-camera is missing, 130 ended with Ctrl-C.`,
		Example: `  $ rvmctl camera preview camera:0
  $ rvmctl camera preview rtsp://172.28.93.20/live --boxes --rate 2`,
		Args: toolbox.Exactly("the camera, stream or video"), ValidArgsFunction: toolbox.CompleteCamera(),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Source = args[0]
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyResolution, config.KeyFPS, config.KeyMaxPixels, config.KeyModel, config.KeyModelSHA256, config.KeyLabels,
		config.KeyConfidence, config.KeyIoU, config.KeySize, config.KeyDevice, config.KeyGPU, config.KeyPrecision, config.KeyWorkspace,
		config.KeyThreads, config.KeySpin, config.KeyRuntime)
	f := cmd.Flags()
	f.StringVar(&opts.How, "show", terminal.PictureWords[0], "draw pictures in this way: `HOW` is auto, kitty, iterm, sixel or blocks")
	_ = cmd.RegisterFlagCompletionFunc("show", cobra.FixedCompletions(terminal.PictureWords, cobra.ShellCompDirectiveNoFileComp))
	f.Float64Var(&opts.Rate, "rate", 5, "show at most `N` pictures a second")
	f.BoolVar(&opts.Boxes, "boxes", false, "draw what the model sees")
	f.IntVar(&opts.Frames, "frames", 0, "end after `N` shown pictures (default: never)")
	return box.Returns(cmd, Preview{})
}

func (o *PreviewOptions) check() error {
	switch {
	case !(o.Rate >= 0.1 && o.Rate <= 60):
		return toolbox.Usage(fmt.Sprintf("--rate %g is not possible", o.Rate), "0.1 to 60 pictures a second, for example: --rate 2")
	case o.Frames < 0:
		return toolbox.Usage("--frames must not be negative", "for example: --frames 10")
	}
	return toolbox.OneOf("show", o.How, terminal.PictureWords)
}

func previewRun(ctx context.Context, o *PreviewOptions) error {
	item, err := find(ctx, o.Source)
	if err != nil {
		return err
	}
	if err := toolbox.NeedsScreen(o.Console); err != nil {
		return err
	}
	// Nobody takes the place of this process while it has changed the terminal.
	if source.NeedsCamera(ctx, item) {
		return o.Camera(item.Name)
	}
	canvas, err := o.Console.Canvas(o.How)
	if err != nil {
		return err
	}
	defer func() { _ = canvas.Close() }()
	w := &watching{options: o, canvas: canvas, name: item.Name, notices: make(chan string, 1)}
	if o.Boxes {
		if w.eye, err = o.Eye(ctx, toolbox.Looking{Lanes: 1, Live: true, Masks: true}); err != nil {
			return err
		}
		defer func() { _ = w.eye.Close() }()
	}
	if w.stream, err = o.openAgain(ctx, item, w.notice); err != nil {
		return err
	}
	defer func() { _ = w.stream.Close() }()
	began := time.Now()
	if err := w.run(ctx); err != nil {
		return err
	}
	f := w.stream.Facts()
	return o.Console.Emit(Preview{Source: item.Name, Shown: w.shown, Given: f.Given, Dropped: f.Dropped, Reconnects: f.Reconnects,
		Seconds: time.Since(began).Seconds(), Setting: newSetting(f)})
}

// openAgain opens a source that is opened again when it dies, and tells what happens to it without writing over the picture.
func (o *PreviewOptions) openAgain(ctx context.Context, item source.Item, notice func(string)) (source.Stream, error) {
	limits, err := o.Limits()
	if err != nil {
		return nil, err
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	return source.OpenStream(ctx, item, source.StreamOptions{Width: c.Camera.Width, Height: c.Camera.Height, FPS: float64(c.Camera.FPS),
		Reconnect: true, Limits: limits, Notice: notice})
}
