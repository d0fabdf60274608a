package delivery

import (
	"context"
	"fmt"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// AccountError says that a deposit was not sent, because another account is signed in than the one that was recorded for it.
type AccountError struct {
	// Key is the entry, Recorded the account that it names.
	Key, Recorded string
	// Err is why the account could not be learned, nil when it is another one.
	Err error
}

func (e *AccountError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("whose deposit entry %s would be is not known: %v", e.Key, e.Err)
	}
	return fmt.Sprintf("entry %s was not sent: another account than %s has signed in", e.Key, e.Recorded)
}

// Unwrap returns the cause.
func (e *AccountError) Unwrap() error { return e.Err }

// asClaimed sees that a deposit goes out in the name of the account that its entry records. Somebody else may have signed in since,
// and whose list is looked through after a lost answer depends on that record.
func (c *Courier) asClaimed(ctx context.Context, client *platform.Client, e outbox.Entry) error {
	if c.Policy != Reconcile {
		return nil
	}
	account, err := c.whose(ctx)
	if now, _ := c.line.now(); err != nil || account != e.Account || now != client {
		return &AccountError{e.Key, e.Account, err}
	}
	return nil
}
