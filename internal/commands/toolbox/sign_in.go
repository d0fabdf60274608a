package toolbox

import (
	"context"
	"time"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SignIn turns a password into a token that is stored for a profile, as a person's login and the outbox's own both do.
type SignIn struct {
	Console *terminal.Console
	// Connect is a client with a token, or without one.
	Connect func(token string) (*platform.Client, error)
	Paths   config.Paths
}

// Obtain asks the platform for a token. It must be stored or taken back.
func (s *SignIn) Obtain(ctx context.Context, email, password string) (string, error) {
	client, err := s.Connect("")
	if err != nil {
		return "", err
	}
	login, err := client.Auth.Login(ctx, email, password)
	if err != nil {
		return "", err
	}
	return login.Token.Reveal(), nil
}

// Accept stores a token that the platform says is good, and says whose it is. One that was issued for this is taken back when it
// cannot be stored.
func (s *SignIn) Accept(ctx context.Context, c *config.Config, token string, issued bool) (file string, user platform.User, err error) {
	if user, err = s.verify(ctx, token); err == nil {
		file, err = s.keep(c, token, user)
	}
	if err != nil && issued {
		s.revoke(ctx, token)
	}
	return file, user, err
}

func (s *SignIn) verify(ctx context.Context, token string) (platform.User, error) {
	client, err := s.Connect(token)
	if err != nil {
		return platform.User{}, err
	}
	return client.Auth.Me(ctx)
}

func (s *SignIn) keep(c *config.Config, token string, user platform.User) (file string, err error) {
	file, err = s.Paths.SaveToken(c.Profile, config.NewToken(token, c.URL, user.Email, s.Console.Now()))
	if err != nil {
		return "", err
	}
	return file, s.Paths.SaveURL(c.Profile, c.URL)
}

// revokeTime bounds the attempt to take a token back.
const revokeTime = time.Second

// revoke takes back a token that could not be kept, also when Ctrl-C was the reason. It is an attempt: the error that led here
// is the one to report.
func (s *SignIn) revoke(ctx context.Context, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	defer cancel()
	if client, err := s.Connect(token); err == nil {
		_ = client.Auth.Logout(ctx)
	}
}

// signInAgain is how the outbox signs in without a person, or nil when the operator stored no credentials for it, or when the
// environment gives a token that would win over the new one.
func (b *Box) signInAgain(c *config.Config) func(context.Context) error {
	if c.Login.Email == "" || c.Login.PasswordFile == "" {
		return nil
	}
	if c.Overridden() {
		b.Console.Step("the stored credentials are not used: the environment gives the token")
		return nil
	}
	again := func(ctx context.Context) error {
		password, err := config.ReadSecretFile("password", c.Login.PasswordFile)
		if err != nil {
			return err
		}
		in := &SignIn{Console: b.Console, Connect: b.Connect, Paths: b.Paths()}
		if err := in.Paths.ProbeTokenStore(c.Profile); err != nil {
			return err
		}
		token, err := in.Obtain(ctx, c.Login.Email, password)
		if err != nil {
			return err
		}
		_, user, err := in.Accept(ctx, c, token, true)
		if err == nil {
			b.Console.Note("signed in again as %s", user.Email)
		}
		return err
	}
	return func(ctx context.Context) error {
		err := again(ctx)
		if err != nil {
			b.Console.Warn("cannot sign in again: %s", b.Explain(err).Fact)
		}
		return err
	}
}
