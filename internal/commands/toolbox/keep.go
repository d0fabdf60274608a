package toolbox

import (
	"bytes"
	"context"

	"github.com/myrvm/rvmctl/internal/platform"
)

// Keep puts something into the outbox without trying to send it; Send does that. It is for work of several parts, which must all
// be kept before the first is sent.
func (o *Outgoing) Keep(ctx context.Context, entry NewEntry) (Handed, error) {
	c, err := o.Config()
	if err != nil {
		return Handed{}, err
	}
	profile, target, err := o.Target()
	if err != nil {
		return Handed{}, err
	}
	n, err := entry(profile, target)
	if err != nil {
		return Handed{}, err
	}
	n.Once = c.Outbox.Queue == QueueNever
	store, err := o.Store(ctx)
	if err != nil {
		return Handed{}, err
	}
	e, added, err := store.Add(ctx, n)
	if err != nil {
		return Handed{}, err
	}
	return Handed{Entry: e, Delivery: Queued, Again: !added}, nil
}

// Waits says whether nothing is to be sent now.
func (o *Outgoing) Waits() (bool, error) {
	c, err := o.Config()
	return err == nil && c.Outbox.Queue == QueueAlways, err
}

// Blob keeps a copy of a picture's bytes in the outbox.
func (o *Outgoing) Blob(ctx context.Context, data []byte) (sum string, size int64, err error) {
	store, err := o.Store(ctx)
	if err != nil {
		return "", 0, err
	}
	return store.Spool(ctx, bytes.NewReader(data), platform.MaxUpload)
}
