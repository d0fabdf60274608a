package session

import (
	"context"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TakeOptions is what claim and guest need.
type TakeOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)

	Token string
}

// Taken is the result of claim and guest.
type Taken struct {
	Token    string `json:"session_token" doc:"token of the session"`
	State    string `json:"state" doc:"claimed or guest"`
	RVMID    int64  `json:"rvm_id" doc:"number of the machine"`
	UserName string `json:"user_name,omitempty" doc:"name of the user who has it now, absent for a guest"`
}

// Text is one line; in a pipe: token, state, rvm, user.
func (t Taken) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(t.Token, t.State, toolbox.Number(t.RVMID), t.UserName)
		return
	}
	if t.State == platform.SessionGuest {
		p.Text(p.Good("opened"), " for a guest at rvm ", p.Strong(toolbox.Number(t.RVMID)))
		return
	}
	p.Text(p.Good("claimed"), " for ", p.Strong(toolbox.Or(t.UserName, "you")), " at rvm ", p.Strong(toolbox.Number(t.RVMID)))
}

// fresh refuses a session past its time, which the platform would take. The look costs one small read.
func fresh(ctx context.Context, c *platform.Client, token string, local time.Time) error {
	s, err := c.Sessions.Status(ctx, token)
	if err != nil {
		return err
	}
	if s.State(s.Clock(local)) == platform.SessionExpired {
		return &ExpiredError{At: s.ExpiresAt}
	}
	return nil
}

// take looks at the session, then takes it by one of the two calls.
func take(ctx context.Context, o *TakeOptions, state string, call func(*platform.Client) (platform.Session, error)) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	if err := fresh(ctx, c, o.Token, o.Console.Now()); err != nil {
		return err
	}
	s, err := call(c)
	if err != nil {
		return err
	}
	return toolbox.Unwritten(o.Console.Emit(Taken{s.Token, state, s.RVMID, s.UserName}), "the session is taken", "rvmctl session status TOKEN")
}
