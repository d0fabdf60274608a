package detect

import (
	"context"

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
	if o.Save != "" {
		saver, err := overlay.NewSaver(o.Save)
		if err != nil {
			return nil, err
		}
		all = append(all, keeper{saver})
	}
	return all, nil
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
