package source

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// feed is what live and recorded streams have in common.
type feed struct {
	opts    StreamOptions
	decoder *Decoder
	shelf   *shelf

	mu    sync.Mutex
	known StreamFacts
}

func newFeed(name string, o StreamOptions) *feed {
	return &feed{opts: o, decoder: NewDecoder(o.Limits), shelf: newShelf(), known: StreamFacts{Name: name}}
}

// Facts says what is known of the stream by now.
func (f *feed) Facts() StreamFacts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known
}

// Recycle takes the memory of a frame.
func (f *feed) Recycle(frame *vision.Frame) {
	if frame == nil {
		return
	}
	f.shelf.put(frame.RGB)
	frame.RGB = nil
}

// opened notes what the source says of itself, the first time and again.
func (f *feed) opened(g grabFacts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := &f.known
	k.Live, k.Backend, k.Codec, k.Width, k.Height, k.FPS = g.Live, g.Backend, g.Codec, g.Width, g.Height, g.FPS
	if k.Opened.IsZero() {
		k.Opened = time.Now()
	}
}

func (f *feed) dropped(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known.Dropped += n
}

// develop makes the frame of a shot. What it gives was given.
func (f *feed) develop(ctx context.Context, s shot) (*vision.Frame, error) {
	name := fmt.Sprintf("%s#%d", f.known.Name, s.number)
	frame := s.frame
	if frame == nil {
		var err error
		if frame, err = f.decoder.Decode(ctx, name, s.data); err != nil {
			return nil, err
		}
		f.shelf.put(s.data)
	}
	frame.Name, frame.Number, frame.Taken = name, s.number, s.taken
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known.Given++
	f.known.Width, f.known.Height = frame.Width, frame.Height
	return frame, nil
}

// discard gives the memory of a shot back that nobody gets.
func (f *feed) discard(s shot) {
	f.shelf.put(s.data)
	f.Recycle(s.frame)
}

// shelf keeps a few buffers of pixels or encoded pictures for the next ones.
type shelf struct {
	mu   sync.Mutex
	free [][]byte
}

// shelfSize is how many buffers wait at most: those of the frames in work in a pipeline.
const shelfSize = 6

func newShelf() *shelf { return &shelf{} }

// get gives a buffer of n bytes whose content is undefined.
func (s *shelf) get(n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, b := range s.free {
		// One that is far too large is left to a larger picture.
		if cap(b) >= n && cap(b) <= 2*n+4096 {
			last := len(s.free) - 1
			s.free[i], s.free[last] = s.free[last], nil
			s.free = s.free[:last]
			return b[:n]
		}
	}
	return make([]byte, n)
}

func (s *shelf) put(b []byte) {
	if cap(b) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == shelfSize {
		// The oldest goes: sizes change when a stream is opened again.
		copy(s.free, s.free[1:])
		s.free = s.free[:shelfSize-1]
	}
	s.free = append(s.free, b[:0])
}
