package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// InfoOptions is what info needs.
type InfoOptions struct {
	Opening
	Ask     func(number int) (source.Camera, error)
	Formats func(number int) ([]source.Format, error)

	Source string
}

// Info is the result of info.
type Info struct {
	Source  string   `json:"source" doc:"the source, without a password"`
	Device  *Device  `json:"device,omitempty" doc:"the video device, of a camera of this machine"`
	Formats []Format `json:"formats,omitempty" doc:"what a camera of this machine offers"`
	Setting *Setting `json:"setting,omitempty" doc:"what a stream or file gives, after one picture was read"`
}

// Format is one way in which a camera gives pictures.
type Format struct {
	Code        string `json:"code" doc:"four-letter code, such as YUYV or MJPG"`
	Description string `json:"description" doc:"the driver's word for it"`
	Compressed  bool   `json:"compressed" doc:"true for what has to be decoded first"`
	Sizes       []Size `json:"sizes" doc:"the sizes that are offered"`
}

// Size is a picture size of a format.
type Size struct {
	Width      int       `json:"width" doc:"pixels; with max_width the smallest"`
	Height     int       `json:"height" doc:"pixels; with max_height the smallest"`
	MaxWidth   int       `json:"max_width,omitempty" doc:"the largest of a range of sizes, pixels"`
	MaxHeight  int       `json:"max_height,omitempty" doc:"the largest of a range of sizes, pixels"`
	StepWidth  int       `json:"step_width,omitempty" doc:"pixels between two widths of a range"`
	StepHeight int       `json:"step_height,omitempty" doc:"pixels between two heights of a range"`
	FPS        []float64 `json:"fps" doc:"pictures a second, highest first, at the largest size of a range; the two ends with fps_range"`
	FPSRange   bool      `json:"fps_range,omitempty" doc:"true when everything between the two is possible"`
}

func newFormats(list []source.Format) (formats []Format) {
	for _, f := range list {
		g := Format{Code: f.Code, Description: f.Description, Compressed: f.Compressed, Sizes: []Size{}}
		for _, s := range f.Sizes {
			g.Sizes = append(g.Sizes, Size{Width: s.Width, Height: s.Height, MaxWidth: s.MaxWidth, MaxHeight: s.MaxHeight,
				StepWidth: s.StepWidth, StepHeight: s.StepHeight, FPS: append([]float64{}, s.Rates...), FPSRange: s.RateSteps})
		}
		formats = append(formats, g)
	}
	return formats
}

// Text is the formats of a camera as a table (in a pipe: code, size, rates, description), and fields of everything else.
func (i Info) Text(p *terminal.Page) {
	if d := i.Device; d != nil {
		if p.ForPeople() {
			p.Fields("source", i.Source, "name", d.Name, "driver", d.Driver, "bus", d.Bus)
		}
		if !d.Captures && p.ForPeople() {
			p.Text(p.Warning("this device gives no pictures"))
		}
		i.table(p)
		return
	}
	s := i.Setting
	fps, codec, kind := "not said", toolbox.Or(s.Codec, "not said"), "file"
	if s.FPS > 0 {
		fps = rate(s.FPS)
	}
	if s.Live {
		kind = "live"
	}
	p.Fields("source", i.Source, "kind", kind, "size", fmt.Sprintf("%dx%d", s.Width, s.Height), "fps", fps, "codec", codec, "backend", s.Backend)
}

func (i Info) table(p *terminal.Page) {
	var rows [][]string
	for _, f := range i.Formats {
		for _, s := range f.Sizes {
			rows = append(rows, []string{f.Code, s.words(), s.rates(), f.Description})
		}
		if len(f.Sizes) == 0 {
			rows = append(rows, []string{f.Code, "?", "", f.Description})
		}
	}
	p.Table([]string{"FORMAT", "SIZE", "FPS", "DESCRIPTION"}, rows)
}

func (s Size) words() string {
	size := fmt.Sprintf("%dx%d", s.Width, s.Height)
	if s.MaxWidth > 0 {
		size += fmt.Sprintf("-%dx%d", s.MaxWidth, s.MaxHeight)
	}
	return size
}

func (s Size) rates() string {
	var words []string
	for _, fps := range s.FPS {
		words = append(words, rate(fps))
	}
	if s.FPSRange {
		return strings.Join(words, "-")
	}
	return strings.Join(words, " ")
}

// NewInfo makes the command; runF replaces the run in tests.
func NewInfo(box *toolbox.Box, runF func(context.Context, *InfoOptions) error) *cobra.Command {
	opts := &InfoOptions{Opening: newOpening(box), Ask: source.AskCamera, Formats: source.CameraFormats}
	if runF == nil {
		runF = infoRun
	}
	cmd := &cobra.Command{
		Use:   "info <source>",
		Short: "Show what a camera offers, or what a stream or video gives",
		Long: `Show in which formats, sizes and rates a camera of this machine (camera:0, /dev/video0) gives pictures, by what its driver says; it
is not opened for reading, so that nobody who uses it is disturbed.

A stream or a video file is opened, and one picture read, to show what it really gives: size, pictures a second, how they are
packed and what reads them.

In a pipe there is one line for each size of a camera (format, size, pictures a second, description), and of everything else one
line for each fact: its name and its value.

Exit status: 0 shown, 2 usage, 7 no such file, 8 no such camera, it cannot be read, or rvmctl-camera is missing.`,
		Example: `  $ rvmctl camera info camera:0
  $ rvmctl camera info http://127.0.0.1:8081/stream --json=setting`,
		Args: toolbox.Exactly("the camera, stream or video"), ValidArgsFunction: toolbox.CompleteCamera(),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Source = args[0]
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyMaxPixels)
	return box.Returns(cmd, Info{})
}

func infoRun(ctx context.Context, o *InfoOptions) error {
	item, err := find(ctx, o.Source)
	if err != nil {
		return err
	}
	if number, camera := source.CameraNumber(item.Path); camera {
		return o.device(item, number)
	}
	stream, err := o.open(ctx, item)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	if _, err := stream.Next(ctx); err != nil {
		return noPicture(item, err)
	}
	setting := newSetting(stream.Facts())
	return o.Console.Emit(Info{Source: item.Name, Setting: &setting})
}

func (o *InfoOptions) device(item source.Item, number int) error {
	camera, err := o.Ask(number)
	if err != nil {
		return err
	}
	formats, err := o.Formats(number)
	if err != nil {
		return err
	}
	device := newDevice(camera)
	return o.Console.Emit(Info{Source: item.Name, Device: &device, Formats: newFormats(formats)})
}

// noPicture is the end of a stream where the first picture should be.
func noPicture(item source.Item, err error) error {
	if errors.Is(err, io.EOF) {
		return &source.VideoError{Source: item.Name, Reason: "holds no picture that can be read"}
	}
	return err
}
