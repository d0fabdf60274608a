package session

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StatusOptions is what status needs.
type StatusOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)

	Token string
}

// Status is the result of status.
type Status struct {
	Token          string    `json:"session_token" doc:"token of the session"`
	State          string    `json:"state" doc:"active, claimed, guest or expired"`
	PlatformStatus string    `json:"platform_status" doc:"the platform's own word, which never says expired"`
	RVMID          int64     `json:"rvm_id" doc:"number of the machine"`
	UserID         *int64    `json:"user_id" doc:"number of the user who claimed it, null when nobody did and for a guest"`
	SecondsLeft    int64     `json:"seconds_left" doc:"seconds in which it can still be claimed, by the platform's clock; 0 when it is taken or expired"`
	CreatedAt      time.Time `json:"created_at,omitzero" doc:"when it was opened"`
	ExpiresAt      time.Time `json:"expires_at,omitzero" doc:"until when it could be claimed"`
}

// Text lists the fields, one a line.
func (s Status) Text(p *terminal.Page) {
	fields := []string{"session", s.Token, "state", s.State, "rvm", toolbox.Number(s.RVMID)}
	if s.UserID != nil {
		fields = append(fields, "user", toolbox.Number(*s.UserID))
	}
	if s.State == platform.SessionActive {
		fields = append(fields, "time left", remaining(s.SecondsLeft))
	}
	p.Fields(append(fields, "opened", p.Time(s.CreatedAt), "expires", p.Time(s.ExpiresAt))...)
}

// NewStatus makes the command; runF replaces the run in tests.
func NewStatus(box *toolbox.Box, runF func(context.Context, *StatusOptions) error) *cobra.Command {
	opts := &StatusOptions{Console: box.Console, Platform: anonymous(box)}
	if runF == nil {
		runF = statusRun
	}
	cmd := &cobra.Command{
		Use:   "status <token>",
		Short: "Say whether a session waits, is taken or has expired",
		Long: `Say whether a session waits for somebody (active), is taken (claimed, or guest when that is nobody with an account), or
has expired. The platform calls an expired session active for ever: expiry is computed here, by the platform's own clock.

A hyphen reads the token from standard input. No sign-in is needed.

Exit status: 0 shown, 2 usage, 5 platform away, 6 that cannot be a token, 7 no such session.`,
		Example: `  $ rvmctl session create --rvm 1 | cut -f 1 | rvmctl session status -
  $ rvmctl session create --rvm 1 | cut -f 1 | xargs rvmctl session status --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theToken),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.Token, err = token(opts.Console, args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Status{})
}

func statusRun(ctx context.Context, o *StatusOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	s, err := c.Sessions.Status(ctx, o.Token)
	if err != nil {
		return err
	}
	now := s.Clock(o.Console.Now())
	return o.Console.Emit(Status{s.Token, s.State(now), s.Status, s.RVMID, s.UserID, seconds(s.Left(now)), s.CreatedAt, s.ExpiresAt})
}

// seconds rounds up: a session that can still be claimed has more than 0 left.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// remaining is a time to go in words.
func remaining(seconds int64) string { return (time.Duration(seconds) * time.Second).String() }
