package platform

import (
	"context"
	"time"
)

// Need is what an attempt asks of the address that it goes to, in growing order of trust.
type Need int

// The needs.
const (
	// NeedNothing is a call without a token that changes nothing.
	NeedNothing Need = iota
	// NeedToken is a call that carries the token.
	NeedToken
	// NeedChange is a call after which the platform may hold something else.
	NeedChange
)

// Endpoints says at which address each attempt is made, for a platform that has several. It is safe for concurrent use. Only
// attempts that cannot have been carried out are repeated at another address: a call that changes nothing, or one of which no
// byte was written.
type Endpoints interface {
	// Pick gives the base address for the next attempt of a call that has failed at the addresses of tried, in that order. It is
	// empty when none is left that fulfils the need; err then says why, or is nil when all have been tried.
	Pick(ctx context.Context, need Need, tried []string) (base string, err error)
	// Report tells what came of an attempt at an address.
	Report(base string, r Reported)
}

// Reported is the outcome of one attempt as far as it says something about its address.
type Reported struct {
	// Sent says that bytes of the request may have left this machine.
	Sent bool
	// Status is that of the answer, 0 without one.
	Status int
	// Err is why there was no whole answer, or nil.
	Err     error
	Elapsed time.Duration
}
