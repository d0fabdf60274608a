package toolbox

import "github.com/myrvm/rvmctl/internal/config"

// Request is what the command line says of the settings.
func (b *Box) Request() config.Request {
	return config.Request{Paths: b.Paths(), Profile: b.Profile, Flags: b.settings(), Create: b.CreateProfile}
}

// ChooseProfile names the profile in use and what chose it. It works while other settings are wrong.
func (b *Box) ChooseProfile() (string, config.Source, error) { return config.Choose(b.Request()) }
