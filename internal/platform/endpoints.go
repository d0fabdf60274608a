package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Need is what an attempt asks of the address that it goes to, in growing order of trust.
type Need int

// The needs.
const (
	// NeedNothing is a call without a secret that changes nothing.
	NeedNothing Need = iota
	// NeedToken is a call that carries the token or another secret.
	NeedToken
	// NeedChange is a call after which the platform may hold something else.
	NeedChange
)

// Endpoints says at which address each attempt is made, for a platform that has several. It is safe for concurrent use. Only
// attempts that cannot have been carried out are repeated at another address: a call that changes nothing, or one of which no
// byte was written.
type Endpoints interface {
	// Pick gives the base address for the next attempt of a call that has failed at the addresses of tried, in that order. Its
	// base is empty when none is left that fulfils the need; err then says why, or is nil when all have been tried.
	Pick(ctx context.Context, need Need, tried []string) (Choice, error)
	// Report tells what came of an attempt at an address.
	Report(base string, r Reported)
}

// Choice is the address of one attempt.
type Choice struct {
	// Base is an address as CleanURL gives it.
	Base string
	// Patience bounds the wait for the beginning of an answer to a call that changes nothing, since another address is left to
	// ask; 0 is the client's own patience. A call that may change something is never cut short by it.
	Patience time.Duration
	// Header is what a tunnel's provider wants to be told, or nil.
	Header http.Header
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

// ElsewhereError says that one address failed and why no other could take its place.
type ElsewhereError struct {
	// Err is the failure of the address that was asked, Other what kept the next one from being asked.
	Err, Other error
}

func (e *ElsewhereError) Error() string {
	return dialText(e.Err) + "; and elsewhere: " + oneLine(e.Other.Error())
}

// Unwrap gives both.
func (e *ElsewhereError) Unwrap() []error { return []error{e.Err, e.Other} }

// need is what a call asks of its address.
func (c *Client) need(k call) Need {
	switch {
	case k.changes:
		return NeedChange
	case c.opts.Token != "" && !k.anonymous, k.identity.header != "", k.secret != "":
		return NeedToken
	}
	return NeedNothing
}

// address is the place of one attempt.
type address struct {
	base     *url.URL
	patience time.Duration
	header   http.Header
}

// host is the address's host with its port written out.
func (a address) host() string { return hostPort(a.base) }

// pick finds the address of the next attempt. ok is false when there is none left to try, with or without a reason.
func (c *Client) pick(ctx context.Context, k call, tried []string) (where address, ok bool, err error) {
	if c.opts.Endpoints == nil {
		return address{base: c.base}, len(tried) == 0, nil
	}
	chosen, err := c.opts.Endpoints.Pick(ctx, c.need(k), tried)
	if err != nil || chosen.Base == "" || slices.Contains(tried, chosen.Base) {
		return address{}, false, err
	}
	base, err := parseBase(chosen.Base)
	if err == nil && c.need(k) != NeedNothing {
		err = c.checkPlaintext(base)
	}
	where = address{base: base, header: chosen.Header}
	if !k.changes {
		where.patience = chosen.Patience
	}
	return where, err == nil, err
}

// report tells what came of an attempt, unless the caller ended it, which says nothing about the address.
func (c *Client) report(ctx context.Context, o *outcome) {
	if o.status != 0 {
		base := o.at.base.String()
		c.served.Store(&base)
	}
	if c.opts.Endpoints == nil || o.err != nil && ctx.Err() != nil {
		return
	}
	var source *SourceError
	if errors.As(o.err, &source) {
		return
	}
	c.opts.Endpoints.Report(o.at.base.String(), Reported{Sent: o.reached, Status: o.status, Err: o.err, Elapsed: o.ended.Sub(o.began)})
}

// elsewhere says whether a failed call may be made at another address: nothing can have been carried out, and the failure is one
// of the way and not of the call.
func elsewhere(k call, err error) bool {
	var unreachable *UnreachableError
	var refused *Error
	switch {
	case errors.As(err, &unreachable):
		return !(unreachable.Sent && k.changes)
	case k.changes:
		return false
	case errors.As(err, &refused):
		return ofWay(refused.Status)
	}
	return false
}

// ofWay lists the statuses that what stands before the platform answers when it is not there.
func ofWay(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// unpicked is the error of a call for which no address was left: the failure of the last one that was asked, or that there was
// none from the start. Nothing was sent because of it.
func (c *Client) unpicked(k call, before, reason error) error {
	var unreachable *UnreachableError
	switch {
	case before == nil && reason == nil:
		reason = errors.New("no address is left to ask")
	case before != nil && reason == nil:
		return before
	case errors.As(before, &unreachable):
		unreachable.Err = &ElsewhereError{Err: unreachable.Err, Other: reason}
		return before
	case before != nil:
		return before
	}
	return &UnreachableError{Method: k.method, Path: k.path, Host: hostPort(c.base), Err: fmt.Errorf("nothing was sent: %w", reason)}
}

// hostPort is an address's host with its port written out.
func hostPort(base *url.URL) string {
	if base.Port() != "" {
		return base.Host
	}
	if base.Scheme == "https" {
		return base.Host + ":443"
	}
	return base.Host + ":80"
}
