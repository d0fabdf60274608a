package commands

import (
	"errors"

	"github.com/myrvm/rvmctl/internal/commands/wait"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// explainNetwork is about the addresses of the platform. An address that was not trusted or not fit is no answer of the platform:
// nothing was sent, and the same command may succeed as soon as the other address is back.
func explainNetwork(err error) (f terminal.Failure, known bool) {
	var late *wait.LateError
	var stranger *network.IdentityError
	var unfit *network.UnfitError
	var away *network.AwayError
	var none *network.NoAddressError
	switch {
	case errors.As(err, &late):
		return terminal.Failure{Code: exitUnreachable, Hint: "see what is known: rvmctl network test", Retryable: true}, true
	case errors.As(err, &none):
		return terminal.Failure{Code: exitConfig, Hint: "type: rvmctl config set platform.tunnel_url http://HOST:PORT"}, true
	case errors.As(err, &away) && away.All:
		return terminal.Failure{Code: exitUnreachable, Retryable: true, Hint: "check the network and the addresses: rvmctl network status"}, true
	case errors.As(err, &away):
		return terminal.Failure{Code: exitPartial, Hint: "the other address is used meanwhile; see rvmctl network status"}, true
	case errors.As(err, &stranger):
		return explainStranger(err, stranger), true
	case errors.As(err, &unfit):
		return terminal.Failure{Code: exitUnreachable, Retryable: true, Hint: "nothing was changed; a second address wants https, or a private network"}, true
	}
	return f, false
}

func explainStranger(err error, e *network.IdentityError) terminal.Failure {
	var call *platform.UnreachableError
	if !errors.As(err, &call) && e.Different {
		return terminal.Failure{Code: exitRefused, Hint: "check platform.url and platform.tunnel_url: rvmctl config list --show-origin"}
	}
	f := terminal.Failure{Code: exitUnreachable, Retryable: true,
		Hint: "nothing was sent there; when you know that it is the same platform: rvmctl network switch tunnel|local"}
	if e.Different {
		f.Hint = "nothing was sent there; check platform.url and platform.tunnel_url: rvmctl network test"
	}
	return f
}
