// Package device gives a machine an identity of its own on the platform. It refuses to know the sign-in of people.
package device

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("device", "Give this machine an identity of its own",
		`A machine can be known to the platform by its API key and by a token of its own, apart from any person's account. None of
these commands sends the token of the person who is signed in, and none needs one.`,
		NewClaim(box, nil), newToken(box))
}

// connect makes a client that nobody is signed in with.
type connect func(token string) (*platform.Client, error)

// secret asks for a secret of the machine.
type secret func() (platform.Secret, error)

// read binds where a secret may come from to the box that reads it.
func read(box *toolbox.Box, m *toolbox.MachineSecret) secret {
	return func() (platform.Secret, error) { return box.Read(m) }
}

// until is a moment for people: the day, and how many days that is.
func until(now, at time.Time) string {
	if at.IsZero() {
		return "a day that the platform does not say"
	}
	return at.Local().Format(time.DateOnly) + ", " + toolbox.Number(int(at.Sub(now).Hours()/24)) + " days from now"
}
