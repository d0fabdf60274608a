package source

import (
	"context"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Stream gives frame after frame: a camera, a network stream or a video file. It belongs to one goroutine, except for Facts
// and Recycle, which may be called from any.
type Stream interface {
	// Next gives the next frame, named "source#n" with its Number. The end of a file is io.EOF, and so is every call after
	// Close; a live stream that ended for good is a *VideoError. When ctx ends first Next returns its error at once.
	//
	// The frame belongs to the caller and stays as it is when the next one is read.
	Next(ctx context.Context) (*vision.Frame, error)
	// Recycle takes a frame back of which nothing is needed any more, so that its memory serves a later one. Its pixels are
	// gone then. It is a courtesy: a frame that is not given back is freed like any other memory.
	Recycle(f *vision.Frame)
	// Facts says what is known of the stream by now.
	Facts() StreamFacts
	// Close ends the stream within 2 seconds. Where the system does not return from a read it is left behind, and what it
	// holds is freed when it does.
	Close() error
}

// StreamOptions are the wishes of whoever opens a stream. A zero field is no wish.
type StreamOptions struct {
	// Width, Height and FPS are asked of a camera; it may do otherwise, which Facts tells.
	Width, Height int
	FPS           float64
	// Reconnect opens a live stream again, with a growing wait between the tries, when it dies after its first picture. It is
	// given up after five minutes without one. False gives up at once.
	Reconnect bool
	// Notice is told, in one line each, of what an operator may want to know while the stream runs. It may be called from
	// another goroutine.
	Notice func(text string)
	// Limits bound the frames.
	Limits Limits

	pace pace
}

// StreamFacts is what a stream really does.
type StreamFacts struct {
	// Name is the source without a password.
	Name string
	// Live is true for what goes on without us: of such a stream the newest frame is given and others are dropped. Of a file
	// no frame is lost.
	Live bool
	// Backend is what reads it, such as "mjpeg", "V4L2" or "FFMPEG".
	Backend string
	// Codec is the four-letter code of how the pictures are packed, such as "MJPG" or "h264", empty where nobody says.
	Codec string
	// Width, Height and FPS are what was really set, 0 where nobody says.
	Width, Height int
	FPS           float64
	// Given counts the frames that Next gave; Dropped those that were replaced by a newer one, or could not be decoded.
	Given, Dropped int64
	// Reconnects counts how often the stream was opened again and gave a picture.
	Reconnects int
	// Opened is when the stream was first opened.
	Opened time.Time
}

// pace is what a stream waits for, and for how long.
type pace struct {
	// stall is how long a live stream may give no picture before it counts as dead; open how long opening may take.
	stall, open time.Duration
	// wait is the first wait before a dead stream is opened again, longest the last, patience how long it is tried.
	wait, longest, patience time.Duration
	// farewell is how long Close waits for a read to end.
	farewell time.Duration
	// quiet is how long nothing is said of further deaths after one was told.
	quiet time.Duration
}

func (o StreamOptions) orDefault() StreamOptions {
	o.Limits = o.Limits.orDefault()
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.pace == (pace{}) {
		o.pace = pace{stall: 10 * time.Second, open: 15 * time.Second, wait: 500 * time.Millisecond, longest: 15 * time.Second,
			patience: 5 * time.Minute, farewell: 1500 * time.Millisecond, quiet: time.Minute}
	}
	return o
}

// OpenStream opens an item with Stream set. In a build without OpenCV what needs it is refused with *NeedsCameraBuildError.
//
// Other errors are *NotFoundError and *NotRegularError for a video file, *VideoError, and ctx.Err().
func OpenStream(ctx context.Context, item Item, o StreamOptions) (Stream, error) {
	o = o.orDefault()
	feed := newFeed(item.Name, o)
	open := opener(item.Path, o, feed.shelf)
	first, err := dial(ctx, open, o.pace.open, item.Name)
	if err != nil {
		return nil, err
	}
	feed.opened(first.facts)
	if first.facts.Live {
		return newLive(feed, open, first), nil
	}
	return &recorded{feed: feed, conn: first}, nil
}

// opener is how path is opened, once or again.
func opener(path string, o StreamOptions, s *shelf) func(context.Context) (grabber, error) {
	capture := func(context.Context) (grabber, error) { return openCapture(path, o, s) }
	if !isWeb(path) {
		return capture
	}
	return func(ctx context.Context) (grabber, error) {
		g, err := openWeb(ctx, path, o, s)
		if isForeign(err) {
			return capture(ctx)
		}
		return g, err
	}
}

// NeedsCamera says whether an item is a stream that this build cannot open and the camera build can. Of a URL only its
// server knows, so it is asked; when it does not answer the reply is false, and OpenStream will say why.
func NeedsCamera(ctx context.Context, item Item) bool {
	switch {
	case !item.Stream || CameraBuild():
		return false
	case !isWeb(item.Path):
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, (StreamOptions{}).orDefault().pace.open)
	defer cancel()
	g, err := openWeb(ctx, item.Path, StreamOptions{}.orDefault(), newShelf())
	if err == nil {
		g.close()
	}
	return isForeign(err)
}

func isWeb(path string) bool {
	lower := strings.ToLower(path)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}
