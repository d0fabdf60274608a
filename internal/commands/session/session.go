// Package session creates and follows the sessions of people at a machine. It refuses to know deposits, which only carry a
// session's token.
package session

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("session", "Create and follow the sessions of people at a machine",
		`A session ties a person to a machine for ten minutes. It is known by its token; the number that the platform also gives is
no number of anything. Whoever has the token may claim the session, so it is shown for the QR code and kept nowhere.`,
		NewCreate(box, nil), NewStatus(box, nil), NewClaim(box, nil), NewGuest(box, nil))
}

// theToken is what the argument of most of these commands stands for; "-" reads it from standard input.
const theToken = "the token of the session"

// anonymous is a client without a sign-in, which the platform wants for claiming only.
func anonymous(box *toolbox.Box) func() (*platform.Client, error) {
	return func() (*platform.Client, error) { return box.Connect("") }
}

// token is the argument, or the first line of standard input when it is a hyphen.
func token(c *terminal.Console, word string) (string, error) {
	if word != "-" {
		return word, nil
	}
	line, err := c.Secret("the session token", "the token as an argument")
	if err == nil && line == "" {
		err = toolbox.Usage(theToken+" is missing on standard input", "type: rvmctl session create --rvm N")
	}
	return line, err
}

// ExpiredError says that a session is past its time. The platform would take it all the same.
type ExpiredError struct{ At time.Time }

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("the session expired at %s", e.At.UTC().Format(time.RFC3339))
}
