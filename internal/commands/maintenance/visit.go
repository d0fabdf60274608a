package maintenance

import (
	"context"

	"github.com/myrvm/rvmctl/internal/platform"
)

// visit is one machine with nobody else of this user at it: what the platform holds, and what is remembered.
type visit struct {
	client  *platform.Client
	book    notebook
	machine platform.RVM
	// before is nil when nothing is remembered.
	before *note
	leave  func()
}

// enter looks at the machine under its lock; leave gives the lock back.
func enter(ctx context.Context, connect client, number func() (int64, error), lock locker, notes func() (notebook, error)) (*visit, error) {
	rvm, err := number()
	if err != nil {
		return nil, err
	}
	v := &visit{}
	if v.client, err = connect(); err != nil {
		return nil, err
	}
	if v.book, err = notes(); err != nil {
		return nil, err
	}
	if v.leave, err = lock.hold(ctx, rvm); err != nil {
		return nil, err
	}
	if err := v.look(ctx, rvm); err != nil {
		v.leave()
		return nil, err
	}
	return v, nil
}

func (v *visit) look(ctx context.Context, rvm int64) (err error) {
	if v.before, err = v.book.find(rvm); err != nil {
		return err
	}
	v.machine, err = v.client.RVMs.Current(ctx, rvm)
	return err
}
