package detect

import (
	"context"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// Sight is what every command that looks needs: dependencies first, then flags.
type Sight struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)
	// Eye opens the model.
	Eye    func(context.Context, toolbox.Looking) (*toolbox.Eye, error)
	Limits func() (source.Limits, error)
	// Camera becomes the camera build with the same arguments; it returns only when that failed.
	Camera  func(source string) error
	Problem func(error) *toolbox.Problem
	Report  func(error)

	// clock measures, with --timing; nil without.
	clock *clock

	// Version is that of the program, for reports.
	Version string

	// Named are the sources as they were typed.
	Named []string
	Only  []string
	Save  string
	// Show is how pictures are shown in the terminal, ReportFile the page about them; empty for neither.
	Show, ReportFile string
	// Masks is how masks are written, or that there are to be none.
	Masks maskForm
}

func newSight(box *toolbox.Box) Sight {
	return Sight{
		Console: box.Console, Config: box.Config, Eye: box.Eye, Limits: box.Limits, Problem: box.Problem, Report: box.Report,
		Version: box.Version.Number,
		Camera:  func(src string) error { return box.BecomeCamera(src, exec.LookPath) },
	}
}

// flags are those of looking, whatever is looked at and whatever becomes of it.
func (o *Sight) flags(cmd *cobra.Command) {
	toolbox.Settings(cmd, config.KeyModel, config.KeyModelSHA256, config.KeyLabels, config.KeyConfidence, config.KeyIoU, config.KeySize,
		config.KeyDevice, config.KeyGPU, config.KeyPrecision, config.KeyWorkspace, config.KeyThreads, config.KeySpin, config.KeyMaxPixels,
		config.KeyRuntime, config.KeyResolution, config.KeyFPS, config.KeySAMEncoder, config.KeySAMDecoder)
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "keep only these `LABELS` of the model, separated by commas")
	_ = cmd.RegisterFlagCompletionFunc("only", completeOnly)
	cmd.Flags().StringVar(&o.Save, "save", "", "write annotated copies into this `FOLDER`")
	o.showFlag(cmd)
	o.maskFlag(cmd)
}

// completeOnly offers the labels of the model inside; opening another one would take longer than TAB may.
func completeOnly(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if cmd.Flags().Changed("model") || cmd.Flags().Changed("labels") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return toolbox.CompleteList(model.Default().Labels...)(cmd, args, typed)
}

// looker is an open model with the pictures it needs.
type looker struct {
	eye     *toolbox.Eye
	loader  source.Loader
	decoder *source.Decoder
	model   Model
	lanes   int
}

// looker opens the model for so many pictures at once; live is true for a camera or stream.
func (o *Sight) looker(ctx context.Context, lanes int, live bool) (*looker, error) {
	limits, err := o.Limits()
	if err != nil {
		return nil, err
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	o.clock.lap(lapSettings)
	eye, err := o.Eye(ctx, toolbox.Looking{Only: o.Only, Lanes: lanes, Live: live, Masks: o.Masks != noMasks, Lap: o.clock.lap})
	if err != nil {
		return nil, err
	}
	info := eye.Info
	o.clock.opened(info)
	l := &looker{eye: eye, lanes: lanes, decoder: source.NewDecoder(limits),
		loader: source.Loader{Limits: limits, Stdin: o.Console.In()},
		model: Model{
			Name: info.Model, SHA256: info.SHA256, Width: info.Spec.Width, Height: info.Spec.Height,
			Device: string(info.Requested), Provider: info.Provider, Fallback: info.FallbackReason,
			Confidence: float32(c.Vision.Confidence), IoU: float32(c.Vision.IoU),
		}}
	l.announce(o.Console)
	return l, nil
}

func (l *looker) announce(c *terminal.Console) {
	info := l.eye.Info
	c.Step("model %s, input %dx%d, on %s, loaded in %.0f ms", info.Model, info.Spec.Width, info.Spec.Height, info.Provider, info.LoadMS)
	for _, note := range info.Notes {
		c.Warn("model %s: %s", info.Model, note)
	}
	switch {
	case info.FallbackUnexpected:
		c.Warn("runs on the processor: %s", info.FallbackReason)
	case info.FallbackReason != "":
		c.Step("runs on the processor: %s", info.FallbackReason)
	}
}

// warn says what only shows after some pictures.
func (l *looker) warn(c *terminal.Console) {
	if l.eye.NoScores() {
		c.Warn("model %s gives no scores at all; it was probably quantised wrongly", l.model.Name)
	}
	if text := l.eye.Unmasked(); text != "" {
		c.Warn("%s", text)
	}
}

// openStream opens a camera, network stream or video with the wishes of the settings.
func (o *Sight) openStream(ctx context.Context, item source.Item) (source.Stream, error) {
	limits, err := o.Limits()
	if err != nil {
		return nil, err
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	return source.OpenStream(ctx, item, source.StreamOptions{Width: c.Camera.Width, Height: c.Camera.Height, FPS: float64(c.Camera.FPS),
		Reconnect: true, Limits: limits, Notice: func(text string) { o.Console.Warn("%s", text) }})
}
