// Package camera shows what cameras there are and what they give. It refuses to know how a model works, the platform and how a picture is
// read.
package camera

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("camera", "See what cameras there are and what they give",
		`See what cameras there are, what they can and what they show. A source is camera:N or /dev/videoN, a stream (http://, https://,
rtsp://), a GStreamer pipeline (gst:…) or a video file. Motion JPEG over HTTP needs nothing else; for all others rvmctl starts
rvmctl-camera by itself.`,
		NewList(box, nil), NewInfo(box, nil), NewSnapshot(box, nil), NewPreview(box, nil))
}

// Opening is what a command needs that opens a source: dependencies.
type Opening struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)
	Limits  func() (source.Limits, error)
	// Camera becomes the camera build with the same arguments; it returns only when that failed.
	Camera func(source string) error
}

func newOpening(box *toolbox.Box) Opening {
	return Opening{Console: box.Console, Config: box.Config, Limits: box.Limits,
		Camera: func(src string) error { return box.BecomeCamera(src, exec.LookPath) }}
}

// find takes the one source that is named.
func find(ctx context.Context, arg string) (source.Item, error) {
	items, err := source.Find(ctx, []string{arg})
	if err != nil {
		return source.Item{}, err
	}
	if len(items) != 1 || !items[0].Stream {
		return source.Item{}, toolbox.Usage(arg+" is no camera, no stream and no video", "to look at pictures type: rvmctl detect run "+arg)
	}
	return items[0], nil
}

// open opens a source with the wishes of the settings, or becomes the build that can.
func (o *Opening) open(ctx context.Context, item source.Item) (source.Stream, error) {
	limits, err := o.Limits()
	if err != nil {
		return nil, err
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	if source.NeedsCamera(ctx, item) {
		return nil, o.Camera(item.Name)
	}
	return source.OpenStream(ctx, item, source.StreamOptions{Width: c.Camera.Width, Height: c.Camera.Height, FPS: float64(c.Camera.FPS),
		Limits: limits, Notice: func(text string) { o.Console.Warn("%s", text) }})
}

// Setting is what a source was really set to.
type Setting struct {
	Live    bool    `json:"live" doc:"true for a camera or stream, of which the newest picture is taken; false for a file"`
	Backend string  `json:"backend" doc:"what reads it: mjpeg, http, V4L2, FFMPEG, GStreamer or another word of OpenCV"`
	Codec   string  `json:"codec" doc:"four-letter code of how pictures are packed, empty when nobody says"`
	Width   int     `json:"width" doc:"pixels of the picture"`
	Height  int     `json:"height" doc:"pixels of the picture"`
	FPS     float64 `json:"fps" doc:"pictures a second by the source's own word, 0 when it does not say"`
}

func newSetting(f source.StreamFacts) Setting {
	return Setting{Live: f.Live, Backend: f.Backend, Codec: f.Codec, Width: f.Width, Height: f.Height, FPS: f.FPS}
}

// words is a setting in one line.
func (s Setting) words() string {
	text := fmt.Sprintf("%dx%d", s.Width, s.Height)
	if s.FPS > 0 {
		text += ", " + rate(s.FPS) + " a second"
	}
	if s.Codec != "" {
		text += ", " + s.Codec
	}
	return text + ", read by " + s.Backend
}

// differs says in words what was asked for and not given, or "".
func (s Setting) differs(c config.Camera) string {
	switch {
	case c.Width > 0 && (c.Width != s.Width || c.Height != s.Height):
		return fmt.Sprintf("asked for %dx%d, it gives %dx%d", c.Width, c.Height, s.Width, s.Height)
	case c.FPS > 0 && s.FPS > 0 && (s.FPS < float64(c.FPS)-0.5 || s.FPS > float64(c.FPS)+0.5):
		return fmt.Sprintf("asked for %d pictures a second, it gives %s", c.FPS, rate(s.FPS))
	}
	return ""
}

// rate writes pictures a second with as many digits as it has, two at most.
func rate(fps float64) string {
	return strconv.FormatFloat(float64(int64(fps*100+0.5))/100, 'f', -1, 64)
}
