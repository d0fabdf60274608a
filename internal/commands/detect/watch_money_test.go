package detect

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/track"
	"github.com/myrvm/rvmctl/internal/waste"
)

// payer is a watch of machine 1 that keeps deposits and sends none; what it writes goes to the buffer, as JSON.
func payer(t *testing.T, s *outbox.Store) (*watcher, *bytes.Buffer) {
	t.Helper()
	console, out := newConsole(false)
	console.Wish(terminal.Wishes{JSON: true})
	open := func(context.Context) (*outbox.Store, error) { return s, nil }
	o := &WatchOptions{RunOptions: RunOptions{
		Sight: Sight{Console: console, Report: func(error) {}, Config: func() (*config.Config, error) { return &config.Config{}, nil },
			Problem: problem},
		Deposit: true, RVM: func() (int64, error) { return 1, nil }, Waste: func() (waste.Table, error) { return waste.Default(), nil },
		Outgoing: &toolbox.Outgoing{Store: open, Config: func() (*config.Config, error) { return &config.Config{}, nil },
			Target: func() (string, string, error) { return "default", site, nil }},
	}, Lost: time.Second}
	w, err := o.watcher()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.policy = policy{settle: 5, minConfidence: .5, minArea: .01, table: waste.Default()}
	w.introduced, w.sender = true, &sender{queue: make(chan parcel, sendAhead)}
	w.items, w.others = track.New(track.Options{}), track.New(track.Options{})
	return w, out
}

func problem(err error) *toolbox.Problem {
	if err == nil {
		return nil
	}
	return &toolbox.Problem{Message: err.Error()}
}

// show lets a watch see the same for so many frames, so much time apart.
func show(t *testing.T, w *watcher, n int, apart time.Duration, found ...vision.Detection) {
	t.Helper()
	for range n {
		frame := &vision.Frame{Number: w.at.Number + 1, Width: 100, Height: 100, Taken: time.Unix(1000, 0).Add(time.Duration(w.sum.Frames) * apart)}
		w.facts.Live = true
		if err := w.handle(t.Context(), looked{frame: frame, result: vision.Result{Detections: found}}); err != nil {
			t.Fatal(err)
		}
	}
}

func entries(t *testing.T, s *outbox.Store) int {
	t.Helper()
	all, err := s.List(t.Context(), outbox.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A machine that looks twice a second needs longer to settle an item than --lost.
func TestWhatLiesThereIsNotPaidAgainHoweverSlowTheCamera(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"bottle", "can"} {
		s, _ := newStore(t)
		for range 3 {
			w, _ := payer(t, s)
			show(t, w, 12, time.Second/2, spot("bottle", .9))
		}
		w, _ := payer(t, s)
		show(t, w, 12, time.Second/2, spot(again, .9))
		if n := entries(t, s); n != 1 {
			t.Errorf("%s: got %d deposits for one item", again, n)
		}
		// Another one, once that has left, is another item.
		show(t, w, 6, time.Second/2)
		show(t, w, 12, time.Second/2, spot(again, .9))
		if n := entries(t, s); n != 2 {
			t.Errorf("%s: got %d deposits for two items", again, n)
		}
	}
}

// What the watch before has paid for is read when that one has ended, and not while this one waits for it.
func TestTheMemoryIsReadAlone(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w, _ := payer(t, s)
	o, did := w.WatchOptions, []string{}
	o.Sources = []string{"http://127.0.0.1:9/eye"}
	o.Lock = func(context.Context, string, string, time.Duration) (func(), error) {
		did = append(did, "alone")
		return func() {}, nil
	}
	o.Outgoing.Store = func(context.Context) (*outbox.Store, error) {
		did = append(did, "read")
		return s, nil
	}
	enough := errors.New("enough")
	o.Outgoing.Target = func() (string, string, error) {
		did = append(did, "target")
		if slices.Contains(did, "alone") {
			return "", "", enough
		}
		return "default", site, nil
	}
	if err := detectWatch(t.Context(), o); !errors.Is(err, enough) || did[0] != "alone" {
		t.Errorf("got %v, %v", did, err)
	}
}

// A deposit that the disk refuses is tried again while its item is in view, and then counts as what it is.
func TestADepositThatIsKeptLateCountsOnce(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w, out := payer(t, s)
	full, room := w.Outgoing.Store, false
	w.Outgoing.Store = func(ctx context.Context) (*outbox.Store, error) {
		if !room {
			return nil, syscall.ENOSPC
		}
		return full(ctx)
	}
	show(t, w, 9, time.Second/30, spot("can", .9))
	if w.sum.Refused != 1 || w.sum.Queued != 0 || w.things[1].item.State != failed || strings.Count(out.String(), `"event":"deposit"`) != 1 {
		t.Errorf("got %+v %+v", w.sum, w.things[1])
	}
	room, w.things[1].retry = true, time.Now()
	show(t, w, 3, time.Second/30, spot("can", .9))
	if n := entries(t, s); n != 1 || w.sum.Refused != 0 || w.sum.Queued != 1 || w.things[1].item.State != queued {
		t.Errorf("got %d deposits, %+v %+v", n, w.sum, w.things[1])
	}
	// It is told of before the end, though nobody tried to send it.
	w.sender = nil
	if err := w.untold(); err != nil || !strings.Contains(out.String(), `"outcome":"queued"`) {
		t.Errorf("got %v, %s", err, out)
	}
}

func TestAReaderThatWentAwayHidesNoMoney(t *testing.T) {
	t.Parallel()
	gone := &terminal.WriteError{Cause: syscall.EPIPE}
	w := &watcher{errands: newErrands()}
	if err := w.gravest(gone); !errors.Is(err, gone) {
		t.Errorf("got %v, want that the reader went away", err)
	}
	lost := &platform.UncertainError{}
	w.errands.begin(delivery.KindDeposit)
	w.errands.end(1, delivery.KindDeposit, lost)
	if err := w.gravest(gone); !errors.Is(err, lost) {
		t.Errorf("got %v, want that an outcome is unknown", err)
	}
}

// What failed is named as what it is, and a deposit that was kept at last did not fail.
func TestEachErrandCountsOnceAsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	e := newErrands()
	e.begin(delivery.KindDeposit)
	e.end(1, delivery.KindDeposit, syscall.ENOSPC)
	e.end(1, delivery.KindDeposit, syscall.ENOSPC)
	if err := e.Err(); !errors.Is(err, syscall.ENOSPC) || err.Error() != syscall.ENOSPC.Error() {
		t.Errorf("got %v", err)
	}
	e.end(1, delivery.KindDeposit, nil)
	if err := e.Err(); err != nil {
		t.Errorf("got %v", err)
	}
	e.begin(delivery.KindPicture)
	e.end(1, delivery.KindPicture, syscall.ENOSPC)
	if err := e.Err(); err == nil || err.Error() != "1 of 2 deposits, pictures and detections failed" {
		t.Errorf("got %v", err)
	}
}

// A camera of many pixels gives pictures that are larger than the platform takes.
func TestTheBestPictureIsMadeSmallEnough(t *testing.T) {
	t.Parallel()
	const side = 4096
	f := &vision.Frame{Width: side, Height: side, YCbCr: image.NewYCbCr(image.Rect(0, 0, side, side), image.YCbCrSubsampleRatio420)}
	_, _ = rand.NewChaCha8([32]byte{}).Read(f.YCbCr.Y)
	data, err := encode(f)
	if err != nil || len(data) > platform.MaxUpload || len(data) < platform.MaxUpload/8 {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
}

// The picture and the box that go along are of one frame: the item moves.
func TestTheBestPictureAndItsBoxAreOfOneFrame(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w, _ := payer(t, s)
	w.Upload, w.looker = true, &looker{}
	for i, score := range []float32{.8, .81, .815, .9, .91} {
		found := spot("can", score)
		found.Box.X1, found.Box.X2 = found.Box.X1+float32(i), found.Box.X2+float32(i)
		frame := &vision.Frame{Number: int64(i), Width: 100, Height: 100, RGB: make([]byte, 3*100*100)}
		if err := w.handle(t.Context(), looked{frame: frame, result: vision.Result{Detections: []vision.Detection{found}}}); err != nil {
			t.Fatal(err)
		}
		if r := w.things[1]; r.best != nil && r.bestFound.Box.X1 != map[bool]float32{false: 20, true: 23}[i >= 3] {
			t.Errorf("frame %d: got the box %+v", i, r.bestFound.Box)
		}
	}
	all, err := s.List(t.Context(), outbox.Query{Kind: delivery.KindDetection})
	if err != nil || len(all) != 1 || !strings.Contains(string(all[0].Payload), "23") {
		t.Errorf("got %v, %v", all, err)
	}
}
