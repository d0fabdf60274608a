package toolbox

import (
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
)

// Platform is a client of the platform, signed in with the token of the profile.
func (b *Box) Platform() (*platform.Client, error) {
	token, err := b.Token()
	if err != nil {
		return nil, err
	}
	return b.Connect(token.Reveal())
}

// Token is the sign-in in use. A missing address is reported before a missing token, since it is the first thing to mend.
func (b *Box) Token() (config.Token, error) {
	c, err := b.configWithURL()
	if err != nil {
		return config.Token{}, err
	}
	token, err := c.FindToken(b.Paths())
	if err != nil {
		return config.Token{}, err
	}
	b.Console.Step("signed in by the token of %s", token.Source)
	return token, nil
}

func (b *Box) configWithURL() (*config.Config, error) {
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	if c.URL == "" {
		return nil, &NoURLError{Profile: c.Profile}
	}
	return c, nil
}

// NoURLError says that no address of a platform is known.
type NoURLError struct{ Profile string }

func (e *NoURLError) Error() string { return "profile " + e.Profile + " has no platform address" }
