package auth

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// LogoutOptions is what logout needs.
type LogoutOptions struct {
	Console  *terminal.Console
	Config   func() (*config.Config, error)
	Token    func() (config.Token, error)
	Platform func() (*platform.Client, error)
	Paths    config.Paths

	Local bool
}

// SignedOut is the result of logout.
type SignedOut struct {
	Profile string `json:"profile" doc:"profile that is signed out now"`
	Revoked bool   `json:"revoked" doc:"true when the platform confirmed that the token is void; false with --local, or when it was void before"`
	Source  string `json:"token_source" doc:"where the token came from"`
}

// Text says what became of the token.
func (s SignedOut) Text(p *terminal.Page) {
	if s.Revoked {
		p.Line("signed out (profile %s): the platform has revoked the token", s.Profile)
		return
	}
	p.Line("signed out (profile %s): the token is forgotten here; the platform was not told, or had revoked it before", s.Profile)
}

// NewLogout makes the command; runF replaces the run in tests.
func NewLogout(box *toolbox.Box, runF func(context.Context, *LogoutOptions) error) *cobra.Command {
	opts := &LogoutOptions{Console: box.Console, Config: box.Config, Token: box.Token, Platform: box.Platform}
	if runF == nil {
		runF = logoutRun
	}
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Revoke the token and forget it",
		Long: `Revoke the token of this profile on the platform and remove it from this machine.

When the platform is away the token stays, since a token that is only forgotten here is still good for whoever has it.
Use --local to forget it all the same.

Exit status: 0 signed out, 4 nobody was signed in, 5 platform away.`,
		Example: `  $ rvmctl logout
  $ rvmctl logout --profile site-a --local`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Paths = box.Paths()
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.Local, "local", false, "only forget the token here, do not tell the platform")
	return box.Returns(cmd, SignedOut{})
}

func logoutRun(ctx context.Context, o *LogoutOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	token, err := o.Token()
	if err != nil && !o.Local {
		return err
	}
	revoked := false
	if !o.Local {
		if revoked, err = o.revoke(ctx); err != nil {
			return err
		}
	}
	if err := o.forget(c, token); err != nil {
		return err
	}
	return o.Console.Emit(SignedOut{Profile: c.Profile, Revoked: revoked, Source: token.Source})
}

// forget removes the stored token, unless another one was revoked: it would stay good for whoever has a copy, and nobody could
// revoke it any more.
func (o *LogoutOptions) forget(c *config.Config, revoked config.Token) error {
	if !o.Local && revoked.Source != o.Paths.TokenFile(c.Profile) {
		o.Console.Warn("this was the token of %s; one that rvmctl login stored for profile %s is untouched", revoked.Source, c.Profile)
		return nil
	}
	if c.Overridden() {
		o.Console.Warn("RVMCTL_TOKEN or RVMCTL_TOKEN_FILE is still set in this environment")
	}
	return o.Paths.RemoveToken(c.Profile)
}

// revoke asks the platform to void the token. One that the platform does not know any more is as good as revoked.
func (o *LogoutOptions) revoke(ctx context.Context) (bool, error) {
	client, err := o.Platform()
	if err != nil {
		return false, err
	}
	err = client.Auth.Logout(ctx)
	var no *platform.Error
	if errors.As(err, &no) && no.Unauthenticated() {
		return false, nil
	}
	return err == nil, err
}
