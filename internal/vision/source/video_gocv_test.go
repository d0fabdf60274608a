//go:build gocv

package source

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/myrvm/rvmctl/internal/vision"
)

func file(path string) Item { return Item{Name: path, Path: path, Stream: true} }

func barsIn(f *vision.Frame) int {
	return barsOf(func(x, y int) color.RGBA { return pixel(f, x, y) })
}

func TestVideoGivesEveryFrameInOrder(t *testing.T) {
	const frames = 75
	tests := map[string][]string{
		"h264.mp4":    {"-c:v", "libx264", "-pix_fmt", "yuv420p"},
		"bframes.mkv": {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "25"},
		"mjpeg.avi":   {"-c:v", "mjpeg", "-pix_fmt", "yuvj420p"},
		"mpeg4.avi":   {"-c:v", "mpeg4"},
		"ffv1.mkv":    {"-c:v", "ffv1"},
		"vp8.webm":    {"-c:v", "libvpx", "-b:v", "1M"},
		"mpeg4.mov":   {"-c:v", "mpeg4"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := video(t, name, frames, args...)
			var said notices
			s := openTest(t, file(path), StreamOptions{Notice: said.add})
			for i := range frames {
				f := next(t, s)
				checkWhole(t, f)
				if got := barsIn(f); got != i || f.Number != int64(i) {
					t.Fatalf("frame %d has number %d and shows %d", i, f.Number, got)
				}
				if want := fmt.Sprintf("%s#%d", path, i); f.Name != want {
					t.Errorf("got name %s, want %s", f.Name, want)
				}
				s.Recycle(f)
			}
			for range 2 {
				if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
					t.Errorf("after the last frame: got %v, want io.EOF", err)
				}
			}
			facts := s.Facts()
			if facts.Live || facts.Backend != "FFMPEG" || facts.Width != barWidth || facts.Height != barHeight || facts.FPS != 25 || facts.Codec == "" && name != "vp8.webm" ||
				facts.Given != frames || facts.Dropped != 0 || len(said.all()) > 0 {
				t.Errorf("got %+v, said %q", facts, said.all())
			}
		})
	}
}

// TestColoursAreRedFirst needs no ffmpeg beside OpenCV's own.
func TestColoursAreRedFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.avi")
	out, err := gocv.VideoWriterFile(path, "MJPG", 25, 64, 48, true)
	if err != nil || !out.IsOpened() {
		t.Skipf("this OpenCV writes no MJPG: %v", err)
	}
	mat := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(10, 100, 200, 0), 48, 64, gocv.MatTypeCV8UC3)
	defer mat.Close()
	for range 3 {
		if err := out.Write(mat); err != nil {
			t.Fatal(err)
		}
	}
	out.Close()
	f := next(t, openTest(t, file(path), StreamOptions{}))
	if got, want := pixel(f, 30, 20), (color.RGBA{200, 100, 10, 255}); !near(got, want, 12) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFramesStayWhenTheNextIsRead(t *testing.T) {
	s := openTest(t, file(video(t, "a.avi", 30, "-c:v", "mjpeg")), StreamOptions{})
	first := next(t, s)
	for range 20 {
		next(t, s)
	}
	if got := barsIn(first); got != 0 {
		t.Errorf("the first frame shows %d now", got)
	}
}

// TestFramesUseTheirMemoryAgain counts what a frame costs when the last one was given back.
func TestFramesUseTheirMemoryAgain(t *testing.T) {
	s := openTest(t, file(video(t, "a.avi", 400, "-vf", "scale=640:480", "-c:v", "mjpeg")), StreamOptions{})
	read := func(n int) {
		for range n {
			s.Recycle(next(t, s))
		}
	}
	read(50)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const frames = 300
	read(frames)
	runtime.ReadMemStats(&after)
	t.Logf("%d bytes in %d allocations a frame", (after.TotalAlloc-before.TotalAlloc)/frames, (after.Mallocs-before.Mallocs)/frames)
	if each := (after.TotalAlloc - before.TotalAlloc) / frames; each > 8<<10 {
		t.Errorf("%d bytes a frame of %d", each, 3*640*480)
	}
}

func TestAFileThatIsCutOffIsSaidToBe(t *testing.T) {
	path := video(t, "a.avi", 100, "-c:v", "mjpeg")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	var said notices
	s := openTest(t, file(path), StreamOptions{Notice: said.add})
	count := 0
	for err = error(nil); err == nil; count++ {
		var f *vision.Frame
		if f, err = s.Next(t.Context()); err == nil && barsIn(f) != count {
			t.Errorf("frame %d shows %d", count, barsIn(f))
		}
	}
	if !errors.Is(err, io.EOF) || count < 10 || count > 60 {
		t.Errorf("got %d frames, then %v", count-1, err)
	}
	if all := said.all(); len(all) != 1 || !strings.Contains(all[0], "its header says 100") {
		t.Errorf("said %q", all)
	}
}

func TestVideoStopsWithItsContextAndCloses(t *testing.T) {
	s := openTest(t, file(video(t, "a.avi", 3, "-c:v", "mjpeg")), StreamOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: got %v, want io.EOF", err)
	}
}

// TestAVideoOnAWebServer is read by FFmpeg, whole and in order: it has an end.
func TestAVideoOnAWebServer(t *testing.T) {
	const frames = 40
	path := video(t, "a.mp4", frames, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		http.ServeFile(w, r, path)
	})
	s := openTest(t, item, StreamOptions{})
	for i := range frames {
		if got := barsIn(next(t, s)); got != i {
			t.Fatalf("frame %d shows %d", i, got)
		}
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	if facts := s.Facts(); facts.Live || facts.Backend != "FFMPEG" {
		t.Errorf("got %+v", facts)
	}
}

func TestAVideoMayNotBeTooLarge(t *testing.T) {
	path := video(t, "a.avi", 3, "-c:v", "mjpeg")
	_, err := OpenStream(t.Context(), file(path), StreamOptions{Limits: Limits{MaxPixels: 96*64 - 1}})
	var bad *VideoError
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "96×64") {
		t.Errorf("got %v", err)
	}
}

func TestOpenStreamRefusesInWords(t *testing.T) {
	if !CameraBuild() || NeedsCamera(t.Context(), file("a.mp4")) {
		t.Error("this is the camera build")
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mp4")
	if err := os.WriteFile(text, []byte("dear diary"), 0o644); err != nil {
		t.Fatal(err)
	}
	var missing *NotFoundError
	if _, err := OpenStream(t.Context(), file(filepath.Join(dir, "gone.mp4")), StreamOptions{}); !errors.As(err, &missing) {
		t.Errorf("missing file: got %v", err)
	}
	var odd *NotRegularError
	if _, err := OpenStream(t.Context(), file(dir), StreamOptions{}); !errors.As(err, &odd) {
		t.Errorf("folder: got %v", err)
	}
	for _, arg := range []string{text, "camera:99", "http://me:secret@127.0.0.1:1/live", "rtsp://me:secret@127.0.0.1:1/live", "gst:nosuchelement ! appsink"} {
		_, err := OpenStream(t.Context(), Item{Name: streamName(arg), Path: arg, Stream: true}, StreamOptions{})
		var bad *VideoError
		if !errors.As(err, &bad) || bad.Source != streamName(arg) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want a VideoError", arg, err)
		}
	}
}

// TestAPipeline needs GStreamer's plugins, which OpenCV's packages do not bring along.
func TestAPipeline(t *testing.T) {
	arg := "gst:videotestsrc num-buffers=50 ! video/x-raw,width=320,height=240,framerate=25/1 ! videoconvert ! video/x-raw,format=BGR ! appsink"
	s, err := OpenStream(t.Context(), Item{Name: arg, Path: arg, Stream: true}, StreamOptions{})
	if err != nil {
		t.Skipf("no GStreamer plugins here (videotestsrc, videoconvert, appsink): %v", err)
	}
	defer s.Close()
	if f := next(t, s); f.Width != 320 || f.Height != 240 {
		t.Errorf("got %d×%d", f.Width, f.Height)
	}
	if facts := s.Facts(); facts.Backend != "GStreamer" || !facts.Live {
		t.Errorf("got %+v", facts)
	}
}

// TestARealCamera needs one.
func TestARealCamera(t *testing.T) {
	cameras, err := Cameras()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cameras {
		if !c.Captures {
			continue
		}
		arg := fmt.Sprintf("camera:%d", c.Number)
		s := openTest(t, Item{Name: arg, Path: arg, Stream: true}, StreamOptions{Width: 640, Height: 480})
		for range 10 {
			checkWhole(t, next(t, s))
		}
		t.Logf("%+v", s.Facts())
		return
	}
	t.Skip("there is no /dev/video here that gives pictures")
}

// BenchmarkVideo720p is a frame of a video from the file to packed pixels, and OpenCV's own part of it.
func BenchmarkVideo720p(b *testing.B) {
	path := video(b, "a.mp4", 60, "-vf", "scale=1280:720", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
	b.Run("Stream", func(b *testing.B) {
		var s Stream
		for range b.N {
			var f *vision.Frame
			err := io.EOF
			if s != nil {
				f, err = s.Next(b.Context())
			}
			if err != nil {
				s = openTest(b, file(path), StreamOptions{})
				f = next(b, s)
			}
			s.Recycle(f)
		}
	})
	b.Run("OpenCV", func(b *testing.B) {
		mat := gocv.NewMat()
		defer mat.Close()
		var c *gocv.VideoCapture
		for range b.N {
			for c == nil || !c.Read(&mat) {
				c, _ = gocv.VideoCaptureFile(path)
			}
		}
	})
}
