package auth

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// WhoamiOptions is what whoami needs.
type WhoamiOptions struct {
	Console  *terminal.Console
	Config   func() (*config.Config, error)
	Token    func() (config.Token, error)
	Platform func() (*platform.Client, error)
}

// Identity is the result of whoami.
type Identity struct {
	Profile     string    `json:"profile" doc:"profile in use"`
	URL         string    `json:"url" doc:"address of the platform"`
	URLSource   string    `json:"url_source" doc:"where the address came from: a flag, a variable or a file"`
	UserID      int64     `json:"user_id" doc:"number of the user on the platform"`
	Name        string    `json:"name" doc:"name of the user"`
	Email       string    `json:"email" doc:"e-mail of the user"`
	Role        string    `json:"role" doc:"name of the user's role"`
	TokenSource string    `json:"token_source" doc:"where the token came from: a file or a variable"`
	SavedAt     time.Time `json:"token_saved_at,omitzero" doc:"when rvmctl login stored the token, absent for other sources"`
}

// Text lists who, where and by which token.
func (i Identity) Text(p *terminal.Page) {
	fields := []string{
		"user", i.Name + " <" + i.Email + ">", "user id", toolbox.Number(i.UserID), "role", i.Role,
		"platform", i.URL, "address from", i.URLSource, "profile", i.Profile, "token from", i.TokenSource,
	}
	if !i.SavedAt.IsZero() {
		fields = append(fields, "token stored", p.Time(i.SavedAt))
	}
	p.Fields(fields...)
}

// NewWhoami makes the command; runF replaces the run in tests.
func NewWhoami(box *toolbox.Box, runF func(context.Context, *WhoamiOptions) error) *cobra.Command {
	opts := &WhoamiOptions{Console: box.Console, Config: box.Config, Token: box.Token, Platform: box.Platform}
	if runF == nil {
		runF = whoamiRun
	}
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Say who is signed in, where, and by which token",
		Long: `Ask the platform whose token this is, and say where the token and the address came from.

Exit status: 0 the token is good, 4 not signed in or the token is refused, 5 platform away.`,
		Example: `  $ rvmctl whoami
  $ rvmctl whoami --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Identity{})
}

func whoamiRun(ctx context.Context, o *WhoamiOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	token, err := o.Token()
	if err != nil {
		return err
	}
	client, err := o.Platform()
	if err != nil {
		return err
	}
	user, err := client.Auth.Me(ctx)
	if err != nil {
		return err
	}
	return o.Console.Emit(Identity{
		Profile: c.Profile, URL: c.URL, URLSource: c.Origin(config.KeyURL),
		UserID: user.ID, Name: user.Name, Email: user.Email, Role: user.Role,
		TokenSource: token.Source, SavedAt: token.SavedAt,
	})
}
