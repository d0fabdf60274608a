package delivery

import (
	"context"
	"errors"
	"io"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

type line struct{}
type rest struct{}

var errNot = errors.New("delivery: not there yet")

func newCourier(o Options) *Courier { return &Courier{Options: o} }

// Send tries one entry now.
func (c *Courier) Send(ctx context.Context, key string) (outbox.Entry, error) {
	e, err := c.Store.Get(ctx, key)
	return e, errors.Join(err, errNot)
}

// Flush sends everything that is due.
func (c *Courier) Flush(ctx context.Context, o FlushOptions) (Summary, error) { return Summary{}, errNot }

// Watch sends what becomes due until ctx ends.
func (c *Courier) Watch(ctx context.Context, o FlushOptions) error { return errNot }

func (p Picture) upload(open func() (io.ReadCloser, error)) platform.Upload {
	if open == nil {
		open = func() (io.ReadCloser, error) { return nil, errNot }
	}
	return platform.Upload{RVMID: p.RVMID, Name: p.Name, Size: p.Size, Metadata: p.Metadata, Open: open}
}
