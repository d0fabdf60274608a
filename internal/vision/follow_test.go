package vision_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// counting gives n frames as wide as their number plus one, each after a while, and then end.
func counting(n int, each time.Duration, end error) func(context.Context) (*vision.Frame, error) {
	i := 0
	return func(ctx context.Context) (*vision.Frame, error) {
		select {
		case <-time.After(each):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if i == n {
			return nil, end
		}
		i++
		return &vision.Frame{Name: fmt.Sprint(i - 1), Number: int64(i - 1), Width: i, Height: 1}, nil
	}
}

func TestFollowRun(t *testing.T) {
	t.Parallel()
	died := errors.New("the camera is gone")
	for _, workers := range []int{0, 1, 3} {
		for _, live := range []bool{false, true} {
			for _, end := range []error{io.EOF, died} {
				t.Run(fmt.Sprintf("%d workers, live %t, %v", workers, live, end), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						var got []string
						err := vision.Follow{Next: counting(12, time.Millisecond, end), Workers: workers, Live: live,
							Detect: func(ctx context.Context, f *vision.Frame) (vision.Result, error) {
								r, err := uneven(ctx, f)
								if f.Number == 4 {
									r, err = vision.Result{}, errBad
								}
								return r, err
							},
							Emit: func(f *vision.Frame, r vision.Result, err error) error {
								got = append(got, fmt.Sprint(f.Number, r.Dropped, err))
								return nil
							}}.Run(t.Context())
						if want := map[error]error{io.EOF: nil, died: died}[end]; !errors.Is(err, want) {
							t.Errorf("got %v, want %v", err, want)
						}
						var want []string
						for i := range 12 {
							if i == 4 {
								want = append(want, fmt.Sprint(i, 0, errBad))
								continue
							}
							want = append(want, fmt.Sprint(i, i+1, nil))
						}
						if diff := cmp.Diff(want, got); diff != "" {
							t.Error(diff)
						}
					})
				})
			}
		}
	}
}

func TestFollowStops(t *testing.T) {
	t.Parallel()
	t.Run("an error of emit ends the run and leaves no goroutine", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			full := errors.New("disk full")
			emitted := 0
			err := vision.Follow{Next: counting(1000, time.Millisecond, io.EOF), Detect: uneven, Workers: 2,
				Emit: func(*vision.Frame, vision.Result, error) error { emitted++; return full }}.Run(t.Context())
			if !errors.Is(err, full) || emitted != 1 {
				t.Errorf("got %v after %d, want %v after 1", err, emitted, full)
			}
		})
	})
	t.Run("cancelling within a run emits what is whole, in order, and ends with the cause", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("the operator stopped it")
			ctx, cancel := context.WithCancelCause(t.Context())
			next := int64(0)
			err := vision.Follow{Next: counting(1_000_000, time.Millisecond, io.EOF),
				Detect: func(_ context.Context, f *vision.Frame) (vision.Result, error) {
					if f.Number == 20 {
						cancel(cause)
					}
					time.Sleep(10 * time.Millisecond) // A run that has begun is finished.
					return vision.Result{}, nil
				},
				Emit: func(f *vision.Frame, _ vision.Result, err error) error {
					if f.Number != next || err != nil {
						t.Errorf("emitted frame %d with %v, want %d", f.Number, err, next)
					}
					next++
					return nil
				}}.Run(ctx)
			if !errors.Is(err, cause) || next < 21 || next > 22 {
				t.Errorf("got %v after %d frames, want %v after 21 or 22", err, next, cause)
			}
		})
	})
	t.Run("a source that waits is given up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := vision.Follow{Next: counting(1, time.Hour, io.EOF), Detect: uneven,
				Emit: func(*vision.Frame, vision.Result, error) error { return nil }}.Run(ctx)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
			}
		})
	})
}

func TestFollowOverlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := vision.Follow{Next: counting(100, 9*time.Millisecond, io.EOF),
			Detect: func(context.Context, *vision.Frame) (vision.Result, error) {
				time.Sleep(10 * time.Millisecond)
				return vision.Result{}, nil
			},
			Emit: func(*vision.Frame, vision.Result, error) error { time.Sleep(8 * time.Millisecond); return nil }}.Run(t.Context())
		if err != nil {
			t.Error(err)
		}
		// The clock is the bubble's own, so the figure is exact on any machine.
		if got, want := time.Since(start), 1017*time.Millisecond; got > want {
			t.Errorf("100 frames took %v, want at most %v: reading and showing are not hidden behind detecting", got, want)
		}
	})
}

// A frame that waits for the model grows old, and one that waits for the screen does so too.
func TestFollowLiveIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		err := vision.Follow{Live: true,
			Next: func(context.Context) (*vision.Frame, error) {
				if n++; n > 50 {
					return nil, io.EOF
				}
				return &vision.Frame{Taken: time.Now()}, nil
			},
			Detect: func(_ context.Context, f *vision.Frame) (vision.Result, error) {
				if age := time.Since(f.Taken); age > 0 {
					t.Errorf("the frame is %v old before anybody looks at it", age)
				}
				time.Sleep(10 * time.Millisecond)
				return vision.Result{}, nil
			},
			Emit: func(f *vision.Frame, _ vision.Result, _ error) error {
				if age := time.Since(f.Taken); age > 50*time.Millisecond {
					t.Errorf("the frame is %v old before anybody sees it", age)
				}
				time.Sleep(40 * time.Millisecond)
				return nil
			}}.Run(t.Context())
		if err != nil {
			t.Error(err)
		}
	})
}

func TestFollowIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var read atomic.Int64
		err := vision.Follow{Detect: uneven, Workers: 2,
			Next: func(context.Context) (*vision.Frame, error) {
				n := read.Add(1)
				if n > 40 {
					return nil, io.EOF
				}
				return &vision.Frame{Number: n}, nil
			},
			Emit: func(f *vision.Frame, _ vision.Result, _ error) error {
				time.Sleep(time.Second)
				if ahead := read.Load() - f.Number; ahead > 3 {
					t.Errorf("%d frames are in memory behind number %d", ahead, f.Number)
				}
				return nil
			}}.Run(t.Context())
		if err != nil {
			t.Error(err)
		}
	})
}

// TestFollowAllocatesNothing compares a short stream with a long one: what a start costs is in both.
func TestFollowAllocatesNothing(t *testing.T) {
	frames := []*vision.Frame{{Width: 1}, {Width: 2}, {Width: 3}, {Width: 4}}
	follow := func(n int) float64 {
		return testing.AllocsPerRun(5, func() {
			i := 0
			err := vision.Follow{
				Next: func(context.Context) (*vision.Frame, error) {
					if i++; i > n {
						return nil, io.EOF
					}
					return frames[i%len(frames)], nil
				},
				Detect: func(context.Context, *vision.Frame) (vision.Result, error) { return vision.Result{}, nil },
				Emit: func(f *vision.Frame, _ vision.Result, _ error) error {
					if !slices.Contains(frames, f) {
						t.Error("another frame came out")
					}
					return nil
				}}.Run(context.Background())
			if err != nil {
				t.Error(err)
			}
		})
	}
	short, long := follow(10), follow(5010)
	if each := (long - short) / 5000; each > 0.01 {
		t.Errorf("%.2f allocations a frame, want 0", each)
	}
}
