package camera

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console *terminal.Console
	Cameras func() ([]source.Camera, error)
}

// Listing is the result of list.
type Listing struct {
	Cameras []Device `json:"cameras" doc:"the video devices in the order of their numbers"`
}

// Device is one video device.
type Device struct {
	Number   int    `json:"number" doc:"N of camera:N"`
	Path     string `json:"path" doc:"file of the device"`
	Name     string `json:"name" doc:"name that its driver gives"`
	Driver   string `json:"driver" doc:"name of the driver"`
	Bus      string `json:"bus" doc:"where it is plugged in"`
	Captures bool   `json:"captures" doc:"true when it gives pictures; a camera may have a second device that does not"`
	Problem  string `json:"problem,omitempty" doc:"why it could not be asked"`
}

func newDevice(c source.Camera) Device { return Device(c) }

// Text is a table; in a pipe: source, name, driver, bus, yes or no, problem.
func (l Listing) Text(p *terminal.Page) {
	if len(l.Cameras) == 0 && p.ForPeople() {
		p.Line("this machine has no camera: there is no /dev/video*")
		return
	}
	rows := make([][]string, 0, len(l.Cameras))
	for _, c := range l.Cameras {
		captures := "no"
		if c.Captures {
			captures = "yes"
		}
		if c.Problem != "" {
			captures = "?"
		}
		rows = append(rows, []string{"camera:" + strconv.Itoa(c.Number), c.Name, c.Driver, c.Bus, captures, c.Problem})
	}
	p.Table([]string{"SOURCE", "NAME", "DRIVER", "BUS", "PICTURES", "PROBLEM"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Cameras: source.Cameras}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the cameras of this machine",
		Long: `List the video devices of this machine, by what their drivers say; nothing is opened for reading, so that a camera in use is not
disturbed. Many cameras have a second device for data about their pictures, which gives none. Linux only.

In a pipe the columns are: source, name, driver, bus, whether it gives pictures (yes, no, ?), and why it could not be asked. There
are no lines where there is no camera.

Exit status: 0 listed, also when there is none, 8 this system does not say.`,
		Example: `  $ rvmctl camera list
  $ rvmctl camera list --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Listing{})
}

func listRun(_ context.Context, o *ListOptions) error {
	cameras, err := o.Cameras()
	if err != nil {
		return err
	}
	l := Listing{Cameras: make([]Device, 0, len(cameras))}
	for _, c := range cameras {
		l.Cameras = append(l.Cameras, newDevice(c))
	}
	if len(cameras) == 0 {
		o.Console.Step("there is no /dev/video* on this machine")
	}
	return o.Console.Emit(l)
}
