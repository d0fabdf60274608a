// Package remote opens and closes remote access to a machine through the platform, and sends it commands. It refuses to take a
// simulated answer for a done one.
package remote

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("remote", "Open and close remote access, and send commands to a machine",
		`Remote access and commands go through the platform, which reaches the machine by itself. Many platform builds have them in
their web console only; rvmctl says so then. An answer that the platform made up because it could not reach the machine counts as
a failure.`,
		NewStart(box, nil), NewStop(box, nil), NewStatus(box, nil), NewHistory(box, nil), NewCommand(box, nil))
}

// client is what these commands ask of the platform.
type client func() (*platform.Client, error)

// active is the status that the platform gives a machine when remote access ends.
const active = "active"

// Session is one session of remote access as it is shown.
type Session struct {
	ID        int64     `json:"id" doc:"number of the session"`
	UserID    int64     `json:"user_id,omitempty" doc:"number of the user whose session it is, absent when the platform does not say"`
	UserName  string    `json:"user_name,omitempty" doc:"name of that user, absent when the platform does not say"`
	State     string    `json:"state" doc:"open or ended"`
	Address   string    `json:"address,omitempty" doc:"where the machine is reached"`
	Port      int       `json:"port,omitempty" doc:"port of the machine"`
	Type      string    `json:"type,omitempty" doc:"camera, gui or both"`
	Reason    string    `json:"reason,omitempty" doc:"what it is for"`
	StartedAt time.Time `json:"started_at,omitzero" doc:"when it was opened"`
	EndedAt   time.Time `json:"ended_at,omitzero" doc:"when it was ended, absent while it is open"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"when it should end, absent when the platform does not say"`
	URL       string    `json:"url,omitempty" doc:"address to open, absent when the platform gives none"`
}

// The states of a session.
const (
	open  = "open"
	ended = "ended"
)

func newSession(r platform.RemoteSession) Session {
	s := Session{ID: r.ID, UserID: r.AdminID, UserName: r.AdminName, State: open, Address: r.IPAddress, Port: r.Port, Type: r.AccessType,
		Reason: r.Reason, StartedAt: r.StartTime, EndedAt: r.EndTime, ExpiresAt: r.ExpiresAt, URL: r.AccessURL}
	if !r.EndTime.IsZero() {
		s.State = ended
	}
	return s
}

// user is whose session it is, for people.
func (s Session) user() string {
	if s.UserName == "" && s.UserID != 0 {
		return "user " + toolbox.Number(s.UserID)
	}
	return toolbox.Or(s.UserName, "-")
}

// lasted is how long a session was open, "" while it is.
func (s Session) lasted() string {
	if s.EndedAt.IsZero() || s.StartedAt.IsZero() {
		return ""
	}
	return s.EndedAt.Sub(s.StartedAt).Round(time.Second).String()
}

// row is a line of a table; in a pipe all cells are there: id, state, user id, user name, address, port, type, start, end, reason.
func (s Session) row(p *terminal.Page) []string {
	if p.ForPeople() {
		return []string{toolbox.Number(s.ID), s.State, s.user(), toolbox.Or(s.Type, "-"), p.Time(s.StartedAt), toolbox.Or(s.lasted(), "-"), s.Reason}
	}
	return []string{toolbox.Number(s.ID), s.State, toolbox.Number(s.UserID), s.UserName, s.Address, toolbox.Number(s.Port), s.Type,
		p.Time(s.StartedAt), p.Time(s.EndedAt), s.Reason}
}

// present is the machine's status before a change, "" when the platform does not tell this account. A machine that is not there
// and a platform that is away are errors: nothing has been sent yet.
func present(ctx context.Context, c *platform.Client, rvm int64) (string, error) {
	m, err := c.RVMs.Current(ctx, rvm)
	var no *platform.Error
	if errors.As(err, &no) && !no.NotFound() && !no.Unauthenticated() && !no.Temporary() {
		return "", nil
	}
	return m.Status, err
}
