package source

import (
	"context"
	"io"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Stream gives frame after frame: a camera, a network stream or a video file. It belongs to one goroutine, except for Facts,
// which may be asked from any.
type Stream interface {
	// Next gives the next frame. The end of a file is io.EOF; a live stream that ended for good is a *VideoError. When ctx
	// ends first Next returns its error at once.
	Next(ctx context.Context) (*vision.Frame, error)
	// Facts says what is known of the stream by now.
	Facts() StreamFacts
	// Close ends the stream and frees what it holds.
	Close() error
}

// StreamOptions are the wishes of whoever opens a stream. A zero field is no wish.
type StreamOptions struct {
	// Width, Height and FPS are asked of a camera; it may do otherwise, which Facts tells.
	Width, Height int
	FPS           float64
	// Reconnect opens a live stream again, with a growing wait between the tries, when it dies. False gives up at once.
	Reconnect bool
	// Notice is told, in one line each, of what an operator may want to know while the stream runs.
	Notice func(text string)
	// Limits bound the frames.
	Limits Limits
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
	// Width, Height and FPS are what was really set, 0 where nobody says.
	Width, Height int
	FPS           float64
	// Given counts the frames that Next gave; Dropped those that were replaced by a newer one, or could not be decoded.
	Given, Dropped int64
	// Reconnects counts how often the stream was opened again.
	Reconnects int
	// Opened is when the stream was first opened.
	Opened time.Time
}

// OpenStream opens an item with Stream set. In a build without OpenCV what needs it is refused with *NeedsCameraBuildError.
//
// Other errors are *NotFoundError for a missing video file and *VideoError.
func OpenStream(_ context.Context, item Item, _ StreamOptions) (Stream, error) {
	video, err := OpenVideo(item.Path)
	if err != nil {
		return nil, err
	}
	return &plainStream{Video: video, facts: StreamFacts{Name: item.Name, Live: isStream(item.Path), Opened: time.Now()}}, nil
}

type plainStream struct {
	*Video
	facts StreamFacts
}

func (s *plainStream) Facts() StreamFacts { return s.facts }

func (s *plainStream) Next(ctx context.Context) (*vision.Frame, error) {
	f, err := s.Video.Next(ctx)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, io.EOF
	}
	f.Number, f.Taken = s.facts.Given, time.Now()
	s.facts.Given++
	return f, nil
}
