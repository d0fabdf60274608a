package vision_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

var errBad = errors.New("bad picture")

// numbered loads pictures as wide as their number plus one and refuses those in bad.
func numbered(bad ...int) func(context.Context, int) (*vision.Frame, error) {
	return func(_ context.Context, i int) (*vision.Frame, error) {
		for _, b := range bad {
			if b == i {
				return nil, errBad
			}
		}
		return &vision.Frame{Name: fmt.Sprint(i), Width: i + 1, Height: 1}, nil
	}
}

// uneven takes longer for some pictures than for others, so that results come out of order.
func uneven(_ context.Context, f *vision.Frame) (vision.Result, error) {
	time.Sleep(time.Duration(f.Width%7) * time.Millisecond)
	return vision.Result{Dropped: f.Width}, nil
}

func TestPipelineRun(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{0, 1, 2, 5} {
		t.Run(fmt.Sprintf("%d workers keep the order and report a bad picture", workers), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []string
				p := vision.Pipeline{Load: numbered(3, 8), Detect: uneven, Workers: workers,
					Emit: func(i int, f *vision.Frame, r vision.Result, err error) error {
						got = append(got, fmt.Sprint(i, f != nil && f.Width == i+1, r.Dropped, err))
						return nil
					}}
				if err := p.Run(t.Context(), 12); err != nil {
					t.Fatalf("got %v, want no error", err)
				}
				var want []string
				for i := range 12 {
					if i == 3 || i == 8 {
						want = append(want, fmt.Sprint(i, false, 0, errBad))
						continue
					}
					want = append(want, fmt.Sprint(i, true, i+1, nil))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestPipelineStops(t *testing.T) {
	t.Parallel()
	t.Run("no pictures are no error", func(t *testing.T) {
		p := vision.Pipeline{Load: numbered(), Detect: uneven, Workers: 3, Emit: func(int, *vision.Frame, vision.Result, error) error {
			t.Error("emitted something")
			return nil
		}}
		if err := p.Run(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
	t.Run("an error of emit ends the run and leaves no goroutine", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			full := errors.New("disk full")
			emitted := 0
			p := vision.Pipeline{Load: numbered(), Detect: uneven, Workers: 3,
				Emit: func(int, *vision.Frame, vision.Result, error) error { emitted++; return full }}
			if err := p.Run(t.Context(), 1000); !errors.Is(err, full) || emitted != 1 {
				t.Errorf("got %v after %d, want %v after 1", err, emitted, full)
			}
		})
	})
	t.Run("cancelling ends the run with the cause and emits nothing incomplete", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("the operator stopped it")
			ctx, cancel := context.WithCancelCause(t.Context())
			next := 0
			p := vision.Pipeline{Load: numbered(), Workers: 3,
				Detect: func(ctx context.Context, f *vision.Frame) (vision.Result, error) {
					if f.Name == "20" {
						cancel(cause)
					}
					return uneven(ctx, f)
				},
				Emit: func(i int, f *vision.Frame, _ vision.Result, err error) error {
					if i != next || f == nil || err != nil {
						t.Errorf("emitted picture %d with %v, want %d", i, err, next)
					}
					next++
					return nil
				}}
			if err := p.Run(ctx, 1_000_000); !errors.Is(err, cause) {
				t.Errorf("got %v, want %v", err, cause)
			}
			if next > 25 {
				t.Errorf("emitted %d pictures after the end", next)
			}
		})
	})
}

func TestPipelineIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var loaded atomic.Int64
		p := vision.Pipeline{Detect: uneven, Workers: 2,
			Load: func(ctx context.Context, i int) (*vision.Frame, error) {
				loaded.Add(1)
				return numbered()(ctx, i)
			},
			Emit: func(i int, _ *vision.Frame, _ vision.Result, _ error) error {
				time.Sleep(time.Second)
				if ahead := loaded.Load() - int64(i); ahead > 8 {
					t.Errorf("%d pictures are in memory while number %d is shown", ahead, i)
				}
				return nil
			}}
		if err := p.Run(t.Context(), 40); err != nil {
			t.Error(err)
		}
	})
}

func TestPipelineOverlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := make(chan struct{}, 1) // The detector does one frame at a time, as one GPU does.
		p := vision.Pipeline{Workers: 2,
			Load: func(ctx context.Context, i int) (*vision.Frame, error) {
				time.Sleep(9 * time.Millisecond)
				return numbered()(ctx, i)
			},
			Detect: func(context.Context, *vision.Frame) (vision.Result, error) {
				busy <- struct{}{}
				time.Sleep(10 * time.Millisecond)
				<-busy
				return vision.Result{}, nil
			},
			Emit: func(int, *vision.Frame, vision.Result, error) error { return nil }}
		start := time.Now() // The clock is the bubble's own, so the figure is exact on any machine.
		if err := p.Run(t.Context(), 100); err != nil {
			t.Error(err)
		}
		if got, want := time.Since(start), 1010*time.Millisecond; got > want {
			t.Errorf("100 pictures took %v, want at most %v: loading is not hidden behind detecting", got, want)
		}
	})
}
