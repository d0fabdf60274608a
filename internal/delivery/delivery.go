// Package delivery takes what the outbox keeps to the platform, and judges what came of it: delivered, to be tried later, refused,
// or unknown. It is the only place that decides whether something is sent a second time. It refuses to know commands, flags, the
// terminal and where credentials are kept.
package delivery

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// Policy says what follows a deposit whose outcome is unknown.
type Policy string

// The policies.
const (
	// Reconcile asks the platform what it holds, and sends again only what it does not.
	Reconcile Policy = "reconcile"
	// Hold waits for a person.
	Hold Policy = "hold"
	// Idempotent sends the same again with the same key, on a platform that is proven to store keys.
	Idempotent Policy = "idempotent"
)

// DefaultSettle is how long after an attempt a platform without the deposit is believed: longer than the gateways before it wait.
const DefaultSettle = 2 * time.Minute

// Options is what a courier works with. Store and Connect are required.
type Options struct {
	Store *outbox.Store
	// Connect gives the client to send with, and a name of the account whose token it carries that tells nothing about the token:
	// its SHA-256 in hex. It is called again after SignIn.
	Connect func(ctx context.Context) (*platform.Client, string, error)
	// SignIn signs in again with stored credentials; nil when there are none.
	SignIn func(ctx context.Context) error
	// Profile is in whose name entries are sent; Targets are the addresses of the platform that it reaches.
	Profile string
	Targets []string
	// Policy is Reconcile when empty.
	Policy Policy
	// Settle is DefaultSettle when 0.
	Settle time.Duration
	// Spacing keeps the uploads of one machine apart; nil means one for this courier alone.
	Spacing *platform.UploadSpacing
	// Report is told about every entry that was tried or settled, from several goroutines but never two at once; may be nil.
	Report func(Event)
}

// Event is what became of one entry.
type Event struct {
	// Entry is as it is afterwards.
	Entry outbox.Entry
	// Err is why it was not delivered, nil when it was.
	Err error
}

// Courier sends what the outbox keeps. It is safe for concurrent use.
type Courier struct {
	Options
	line line
	rest rest
	// telling guards Report, owing what could not be written down, and claiming the rest below it.
	telling, owing, claiming sync.Mutex
	owed                     []func(context.Context) error
	// looked is when the uncertain ones were last looked for.
	looked outbox.Moment
	// random is within [0, 1); poll is how often a watch looks for work.
	random func() float64
	poll   time.Duration
}

// New makes a courier; it touches neither the network nor the disk.
func New(o Options) *Courier {
	if o.Policy == "" {
		o.Policy = Reconcile
	}
	if o.Settle <= 0 {
		o.Settle = DefaultSettle
	}
	if o.Spacing == nil {
		o.Spacing = &platform.UploadSpacing{}
	}
	return &Courier{Options: o, random: rand.Float64, poll: watchPoll}
}

// FlushOptions restricts and speeds up a flush.
type FlushOptions struct {
	// Classes restricts what is sent; none means all.
	Classes []outbox.Class
	// Now tries also what should wait for its time.
	Now bool
	// Parallel is how many entries are under way at once, 4 when 0. Entries of one order are never.
	Parallel int
}

// Summary is what a flush did and what it left.
type Summary struct {
	// Delivered were confirmed by the platform, Refused became dead, both in this flush.
	Delivered, Refused int64
	// Queued, Uncertain, Held and Dead are there afterwards; Others are being sent by other processes.
	Queued, Uncertain, Held, Dead, Others int64
	// Reason is why something is left, in one line; empty when nothing is.
	Reason string
}
