// Package maintenance takes a machine out of service and back, and remembers the status in between. It refuses to know what is
// done to the machine.
package maintenance

import (
	"context"
	"fmt"
	"os/user"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// Outcomes of start and end.
const (
	started   = "started"
	ended     = "ended"
	unchanged = "unchanged"
)

// inMaintenance is the platform's word.
const inMaintenance = "maintenance"

// lockWait is how long one start or end waits for another of the same machine.
const lockWait = 10 * time.Second

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("maintenance", "Take a machine out of service, and back",
		`A machine in maintenance says so on the platform. The platform itself does not refuse sessions or deposits meanwhile: switch
the machine off, or keep people away from it. What it was before, since when, by whom and why is remembered on this computer
only, for each profile; the platform has no place for it.`,
		NewStart(box, nil), NewEnd(box, nil), NewList(box, nil))
}

// client is what these commands ask of the platform.
type client func() (*platform.Client, error)

// locker keeps other rvmctl processes away from the same machine.
type locker func(ctx context.Context, name, work string, wait time.Duration) (release func(), err error)

func (l locker) hold(ctx context.Context, rvm int64) (release func(), err error) {
	return l(ctx, fmt.Sprintf("maintenance-%d", rvm), fmt.Sprintf("changing the maintenance of rvm %d", rvm), lockWait)
}

// notes are the notes of the profile in use.
func notes(box *toolbox.Box) func() (notebook, error) {
	return func() (notebook, error) {
		c, err := box.Config()
		if err != nil {
			return notebook{}, err
		}
		return notebook{file: filepath.Join(box.Paths().User, "maintenance", c.Profile+".json"), url: c.URL}, nil
	}
}

// who is the account that is signed in where that is known here, otherwise the user of this computer.
func who(box *toolbox.Box) func() string {
	return func() string {
		if token, err := box.Token(); err == nil && token.Email != "" {
			return token.Email
		}
		if u, err := user.Current(); err == nil {
			return u.Username
		}
		return ""
	}
}
