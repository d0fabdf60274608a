package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// receipt is what the platform said about an entry that it holds. Number is the platform's, empty where it gives none that is
// the entry's alone.
type receipt struct {
	number string
	result any
}

// kind is how entries of one kind are sent. Its error is one of package platform's.
type kind func(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error)

// PayloadError says that an entry cannot be read; another version of rvmctl may have written it.
type PayloadError struct {
	Key, Kind string
	Err       error
}

func (e *PayloadError) Error() string {
	return fmt.Sprintf("entry %s of kind %.40q cannot be read: %v", e.Key, e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *PayloadError) Unwrap() error { return e.Err }

func (c *Courier) kind(name string) kind {
	switch name {
	case KindDeposit:
		return c.sendDeposit
	case KindDecision:
		return c.sendDecision
	case KindStatus:
		return c.sendStatus
	case KindMetrics:
		return c.sendMetrics
	case KindDetection:
		return c.sendDetection
	case KindPicture:
		return c.sendPicture
	}
	return func(_ context.Context, _ *platform.Client, e outbox.Entry) (receipt, error) {
		return receipt{}, &PayloadError{e.Key, e.Kind, fmt.Errorf("the kind is not known")}
	}
}

func payload[T any](e outbox.Entry) (v T, err error) {
	if err := json.Unmarshal(e.Payload, &v); err != nil {
		return v, &PayloadError{e.Key, e.Kind, err}
	}
	return v, nil
}

// asked is what Judge needs to know of an entry.
func (c *Courier) question(e outbox.Entry) Asked {
	a := Asked{Kind: e.Kind, Policy: c.Policy}
	if e.Kind == KindDecision {
		if d, err := payload[decision](e); err == nil {
			a.Wanted = d.Status
		}
	}
	return a
}

func (c *Courier) sendDeposit(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	d, err := payload[platform.DepositCreate](e)
	if err != nil {
		return receipt{}, err
	}
	if c.Policy == Idempotent {
		d.IdempotencyKey = e.Key
	}
	if err := c.asClaimed(ctx, client, e); err != nil {
		return receipt{}, err
	}
	created, err := client.Deposits.Create(ctx, d)
	return receipt{strconv.FormatInt(created.ID, 10), created}, err
}

func (c *Courier) sendDecision(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	d, err := payload[decision](e)
	if err != nil {
		return receipt{}, err
	}
	done, err := client.Deposits.Process(ctx, d.ID, d.DepositProcess)
	if err != nil {
		// What a refusal proves is for Judge to say; the result is what is known then.
		done = platform.DepositProcessed{ID: d.ID, Status: d.Status}
	}
	return receipt{"", done}, err
}

// StatusResult tells how a status was stored.
type StatusResult struct {
	// Announced is true when kiosks and consoles were told.
	Announced bool `json:"announced"`
	// Endpoint is the call that was used, below /api/v2/.
	Endpoint string `json:"endpoint"`
	// Looked is true when only a second look confirmed it.
	Looked bool `json:"looked,omitempty"`
}

func (c *Courier) sendStatus(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	s, err := payload[statusWord](e)
	if err != nil {
		return receipt{}, err
	}
	stored, err := client.RVMs.StoreStatus(ctx, e.RVM, s.Status)
	return receipt{"", StatusResult{stored.Announced, stored.Endpoint, stored.Doubt != nil}}, err
}

func (c *Courier) sendMetrics(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	m, err := payload[platform.MetricsReport](e)
	if err != nil {
		return receipt{}, err
	}
	return receipt{"", struct{}{}}, client.Metrics.Push(ctx, e.RVM, m)
}
