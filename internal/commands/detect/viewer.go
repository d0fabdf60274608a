package detect

import (
	"context"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/overlay"
)

// viewer shows or keeps what was seen.
type viewer interface {
	// View gets every picture in order, while its pixels are still there, and may add to s what it made of it.
	View(ctx context.Context, s *Seen, f *vision.Frame, found []vision.Detection) error
	// Close is called once after the last picture.
	Close() error
}

// viewers are those that the flags ask for.
func (o *Sight) viewers() (all []viewer, err error) {
	for _, one := range []struct {
		wanted bool
		make   func() (viewer, error)
	}{{o.shows(), o.shower}, {o.ReportFile != "", o.reporter}, {o.Save != "", o.keeper}} {
		if !one.wanted {
			continue
		}
		v, err := one.make()
		if err != nil {
			return nil, toolbox.Graver(err, closeAll(all))
		}
		all = append(all, v)
	}
	return all, nil
}

// closeAll closes every viewer; the error is the gravest.
func closeAll(viewers []viewer) (worst error) {
	for _, v := range viewers {
		worst = toolbox.Graver(worst, v.Close())
	}
	return worst
}

func (o *Sight) keeper() (viewer, error) {
	saver, err := overlay.NewSaver(o.Save)
	return keeper{saver}, err
}

// keeper writes annotated copies into a folder.
type keeper struct{ saver *overlay.Saver }

func (k keeper) View(_ context.Context, s *Seen, f *vision.Frame, found []vision.Detection) error {
	annotated, err := overlay.Draw(f, found)
	if err != nil {
		return err
	}
	s.Saved, err = k.saver.Save(f.Name, annotated)
	return err
}

func (keeper) Close() error { return nil }
