// Package platform is the typed HTTP client of the MyRVM Platform: what can be asked, what may be sent, and what an
// answer means. Every failure is one of its exported error types, so that a caller can tell "never arrived" from
// "perhaps stored" from "refused".
//
// It refuses to know commands, flags, files, the terminal, the environment, the queue and the camera. It never sends a
// changing call twice, never follows a redirect, never shows a secret, and takes no answer for a success unless the
// answer names what was stored.
package platform

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Defaults of Options.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultReadAttempts = 3
	DefaultRetryDelay   = 500 * time.Millisecond
	DefaultMaxResponse  = 8 << 20
	// StallTimeout ends an upload during which no byte moved in either direction for this long.
	StallTimeout = 30 * time.Second
)

// Options is what New needs to know. Only URL is required.
type Options struct {
	// URL is the platform's base address, http or https, with an optional path prefix and no user name.
	URL string
	// Token is the bearer token; empty for calls that need none.
	Token string
	// UserAgent is sent with every request, "rvmctl/<version>"; "rvmctl" when empty.
	UserAgent string
	// Timeout bounds one attempt from dialling to the last byte of the answer. Uploads obey StallTimeout instead.
	Timeout time.Duration
	// Transport carries requests; nil means NewTransport().
	Transport http.RoundTripper
	// Trace, when set, is told about every attempt after it ended, already redacted.
	Trace func(Exchange)
	// ReadAttempts is how often a call that changes nothing is tried at each address, the first try included.
	ReadAttempts int
	// RetryDelay bounds the wait before the second try; it doubles with every further one, up to 30 s.
	RetryDelay time.Duration
	// Header is sent with every request, besides the client's own; nil for none.
	Header http.Header
	// Endpoints says at which address each attempt is made; nil means URL, always.
	Endpoints Endpoints
	// Sleep waits between attempts and returns early with the context's error; nil means real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// MaxResponse bounds the decompressed body of an answer, in bytes.
	MaxResponse int64
	// AllowPlaintext permits a token or a password over http to a public address.
	AllowPlaintext bool
}

// Client speaks to one platform as one identity. It remembers nothing but which address answered last, and is safe for
// concurrent use.
type Client struct {
	Auth       *AuthService
	Engines    *EnginesService
	Detections *DetectionsService
	Uploads    *UploadsService
	Deposits   *DepositsService
	RVMs       *RVMsService
	Metrics    *MetricsService
	Sessions   *SessionsService
	Balance    *BalanceService
	Devices    *DevicesService
	Remote     *RemoteService
	Health     *HealthService
	Raw        *RawService

	base   *url.URL
	opts   Options
	stall  time.Duration
	clean  redactor
	served atomic.Pointer[string]
}

// New checks the options and returns a client; it does not touch the network. It returns *OptionError for an option
// that cannot work and *PlaintextError when a token would cross the public internet unencrypted.
func New(opts Options) (*Client, error) {
	base, err := parseBase(opts.URL)
	if err != nil {
		return nil, err
	}
	if err := checkToken(opts.Token); err != nil {
		return nil, err
	}
	c := &Client{base: base, opts: withDefaults(opts), stall: StallTimeout, clean: newRedactor(opts.Token)}
	if opts.Token != "" && opts.Endpoints == nil {
		if err := c.checkPlaintext(c.base); err != nil {
			return nil, err
		}
	}
	c.Auth, c.Engines = &AuthService{c}, &EnginesService{c}
	c.Detections, c.Uploads = &DetectionsService{c}, &UploadsService{c}
	c.Deposits, c.RVMs = &DepositsService{c}, &RVMsService{c}
	c.Metrics, c.Health = &MetricsService{c}, &HealthService{c}
	c.Sessions, c.Balance = &SessionsService{c}, &BalanceService{c}
	c.Devices, c.Remote, c.Raw = &DevicesService{c}, &RemoteService{c}, &RawService{c}
	return c, nil
}

// URL is the base address in its cleaned form, without a trailing slash.
func (c *Client) URL() string { return c.base.String() }

// Served is the base address that answered last, whatever it said; empty before the first answer.
func (c *Client) Served() string {
	if base := c.served.Load(); base != nil {
		return *base
	}
	return ""
}

// Close drops idle connections. The client stays usable.
func (c *Client) Close() {
	if t, ok := c.opts.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

func withDefaults(o Options) Options {
	if o.UserAgent == "" {
		o.UserAgent = "rvmctl"
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	if o.RetryDelay <= 0 {
		o.RetryDelay = DefaultRetryDelay
	}
	if o.ReadAttempts <= 0 {
		o.ReadAttempts = DefaultReadAttempts
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.MaxResponse <= 0 {
		o.MaxResponse = DefaultMaxResponse
	}
	return o
}

// sleep waits for d or for the end of ctx, whichever comes first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
