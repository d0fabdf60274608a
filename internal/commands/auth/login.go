// Package auth signs a profile in and out of the platform and says who it is. It refuses to know where tokens lie and how
// requests are made.
package auth

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// LoginOptions is what login needs: dependencies first, then flags.
type LoginOptions struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)
	Connect func(token string) (*platform.Client, error)
	Paths   config.Paths

	Email         string
	PasswordStdin bool
	WithToken     bool
}

// SignedIn is the result of login.
type SignedIn struct {
	Profile   string `json:"profile" doc:"profile that is signed in now"`
	URL       string `json:"url" doc:"address of the platform"`
	UserID    int64  `json:"user_id" doc:"number of the user on the platform"`
	Name      string `json:"name" doc:"name of the user"`
	Email     string `json:"email" doc:"e-mail of the user"`
	Role      string `json:"role" doc:"name of the user's role"`
	TokenFile string `json:"token_file" doc:"where the token was stored, mode 0600"`
}

// Text says who is signed in where.
func (s SignedIn) Text(p *terminal.Page) {
	p.Text(p.Good("signed in"), " to ", p.Strong(s.URL), " as ", p.Strong(s.Email), p.Dim(" ("+s.Role+")"))
	p.Line("token stored in %s", s.TokenFile)
}

// NewLogin makes the command; runF replaces the run in tests.
func NewLogin(box *toolbox.Box, runF func(context.Context, *LoginOptions) error) *cobra.Command {
	opts := &LoginOptions{Console: box.Console, Config: box.Config, Connect: box.Connect}
	if runF == nil {
		runF = loginRun
	}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the platform",
		Long: `Sign in to the platform and keep the token for this profile.

The password comes from a prompt without echo, or from standard input with --password-stdin. A token that you already
have comes from standard input with --with-token. The platform is asked whether the token is good before it is stored,
in a file that only you can read. There is no flag that takes a secret.

Exit status: 0 signed in, 2 something is missing, 4 refused, 5 platform away, 10 the token cannot be stored.`,
		Example: `  $ rvmctl login --url http://172.28.233.83:8001 --email operator@example.com
  $ rvmctl login --url http://172.28.233.83:8001 --email operator@example.com --password-stdin < password.txt
  $ rvmctl login --profile site-a --url http://172.28.233.83:8001 --with-token < token.txt`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.PasswordStdin && opts.WithToken {
				return toolbox.Usage("--password-stdin and --with-token both read standard input", "give one of them")
			}
			box.CreateProfile, opts.Paths = true, box.Paths()
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Email, "email", "", "e-mail of the account")
	cmd.Flags().BoolVar(&opts.PasswordStdin, "password-stdin", false, "read the password from standard input")
	cmd.Flags().BoolVar(&opts.WithToken, "with-token", false, "read a token from standard input instead of signing in")
	return box.Returns(cmd, SignedIn{})
}

func loginRun(ctx context.Context, o *LoginOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	// Before the platform is asked: a token that cannot be stored would be lost and stay valid.
	if err := o.Paths.ProbeTokenStore(c.Profile); err != nil {
		return err
	}
	token, issued, err := o.obtain(ctx)
	if err != nil {
		return err
	}
	file, user, err := o.signIn().Accept(ctx, c, token, issued)
	if err != nil {
		return err
	}
	if c.Overridden() {
		o.Console.Warn("RVMCTL_TOKEN or RVMCTL_TOKEN_FILE is set and wins over the token that was stored now")
	}
	return o.Console.Emit(SignedIn{
		Profile: c.Profile, URL: c.URL, UserID: user.ID, Name: user.Name, Email: user.Email, Role: user.Role, TokenFile: file,
	})
}

func (o *LoginOptions) signIn() *toolbox.SignIn {
	return &toolbox.SignIn{Console: o.Console, Connect: o.Connect, Paths: o.Paths}
}

// obtain gets a token from standard input or from the platform; issued says that the platform made it just now.
func (o *LoginOptions) obtain(ctx context.Context) (token string, issued bool, err error) {
	// A wrong address is told before anything is asked.
	if _, err := o.Connect(""); err != nil {
		return "", false, err
	}
	if o.WithToken {
		token, err := o.Console.Secret("the token", "--with-token")
		if err == nil && strings.TrimSpace(token) == "" {
			err = toolbox.Usage("there is no token on standard input", "type: rvmctl login --with-token < token.txt")
		}
		return strings.TrimSpace(token), false, err
	}
	if o.Email == "" {
		if o.Email, err = o.Console.Answer("E-mail", "--email"); err != nil {
			return "", false, err
		}
	}
	password, err := o.password()
	if err != nil {
		return "", false, err
	}
	token, err = o.signIn().Obtain(ctx, o.Email, password)
	return token, err == nil, err
}

func (o *LoginOptions) password() (string, error) {
	ask := o.Console.Password
	if o.PasswordStdin {
		ask = o.Console.Secret
	}
	password, err := ask("Password", "--password-stdin")
	if err == nil && password == "" {
		err = toolbox.Usage("the password is empty", "type: rvmctl login --password-stdin < password.txt")
	}
	return password, err
}
