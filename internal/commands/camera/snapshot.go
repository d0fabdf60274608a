package camera

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SnapshotOptions is what snapshot needs: dependencies first, then flags.
type SnapshotOptions struct {
	Opening

	Source string
	Output string
	Force  bool
}

// Snapshot is the result of snapshot.
type Snapshot struct {
	Source  string    `json:"source" doc:"the source, without a password"`
	File    string    `json:"file" doc:"where the picture is"`
	Bytes   int       `json:"bytes" doc:"its size"`
	Taken   time.Time `json:"taken_at" doc:"when the source gave the picture"`
	Setting Setting   `json:"setting" doc:"what the source was really set to"`
}

// Text is one sentence; in a pipe: file, width, height, bytes.
func (s Snapshot) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(s.File, toolbox.Number(s.Setting.Width), toolbox.Number(s.Setting.Height), toolbox.Number(s.Bytes))
		return
	}
	p.Line("%s: %s", s.File, s.Setting.words())
}

// NewSnapshot makes the command; runF replaces the run in tests.
func NewSnapshot(box *toolbox.Box, runF func(context.Context, *SnapshotOptions) error) *cobra.Command {
	opts := &SnapshotOptions{Opening: newOpening(box)}
	if runF == nil {
		runF = snapshotRun
	}
	cmd := &cobra.Command{
		Use:   "snapshot <source> --output <file>",
		Short: "Take one picture of a camera, stream or video",
		Long: `Take one picture of a camera, stream or video into a file, JPEG or PNG by its ending. - is standard output, as JPEG. A file that
exists stays as it is without --force, and is never left half written. The first pictures of a camera are thrown away, while it
finds its exposure; of a video file the first one is taken.

With --resolution and --fps a camera is asked for them; what it did is told, with a warning where it did otherwise.

In a pipe the columns are: file, width, height, bytes.

Exit status: 0 taken, 2 usage, 5 not in time (--timeout), 7 no such file, 8 no such camera, it gives no picture, or rvmctl-camera is
missing.`,
		Example: `  $ rvmctl camera snapshot camera:0 --output tray.jpg
  $ rvmctl camera snapshot http://127.0.0.1:8081/stream --output tray.png --force --timeout 20s`,
		Args: toolbox.Exactly("the camera, stream or video"), ValidArgsFunction: toolbox.CompleteCamera(),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Source = args[0]
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyResolution, config.KeyFPS, config.KeyMaxPixels)
	cmd.Flags().StringVarP(&opts.Output, "output", "o", "", "write the picture into this `FILE` (.jpg, .jpeg or .png), or - for standard output")
	cmd.Flags().BoolVar(&opts.Force, "force", false, "replace the file when it exists")
	return box.Returns(cmd, Snapshot{})
}

func (o *SnapshotOptions) check() error {
	const example = "for example: --output tray.jpg"
	switch {
	case o.Output == "":
		return toolbox.Usage("--output is missing", example)
	case o.Output == "-" && o.Console.JSON():
		return toolbox.Usage("--output - and --json both want standard output", example)
	case o.Output == "-" && o.Console.OutIsTerminal():
		return toolbox.Usage("a picture on a terminal is no use to anybody", "send it into a pipe, or name a file: --output tray.jpg")
	case o.Output != "-" && format(o.Output) == "":
		return toolbox.Usage(fmt.Sprintf("--output %s: pictures are .jpg, .jpeg or .png", o.Output), example)
	}
	return nil
}

// format is jpeg or png by the ending, or empty.
func format(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg":
		return "jpeg"
	case ".png":
		return "png"
	}
	return ""
}

func snapshotRun(ctx context.Context, o *SnapshotOptions) error {
	item, err := find(ctx, o.Source)
	if err != nil {
		return err
	}
	if err := o.free(); err != nil {
		return err
	}
	stream, err := o.open(ctx, item)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	frame, err := stream.Next(ctx)
	if err != nil {
		return noPicture(item, err)
	}
	data, err := encode(frame, format(o.Output))
	if err != nil {
		return err
	}
	s := Snapshot{Source: item.Name, File: o.Output, Bytes: len(data), Taken: frame.Taken.UTC(), Setting: newSetting(stream.Facts())}
	c, err := o.Config()
	if err != nil {
		return err
	}
	if words := s.Setting.differs(c.Camera); words != "" {
		o.Console.Warn("%s: %s", item.Name, words)
	}
	if o.Output == "-" {
		return o.Console.Bytes(data)
	}
	if err := keep(o.Output, data, o.Force); err != nil {
		return err
	}
	return o.Console.Emit(s)
}
