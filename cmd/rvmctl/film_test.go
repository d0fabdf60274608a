//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// filmRate is the time between two frames of a film.
const filmRate = 20 * time.Millisecond

// film serves a camera on the loopback as motion JPEG, and sets FILM_URL: film bottle:40 none:30 can:40 none. Each connection sees the
// scenes from the first on, each for so many frames, and the last one for ever. The pictures have 64x64 pixels; the model of the kind
// "lit" sees a bottle on the left of "bottle" and "both", a can on the right of "can" and "both", and nothing in "none". With frames for
// the last scene too the connection ends after it.
func film(ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: film scene:frames...")
	}
	type scene struct {
		picture []byte
		frames  int
	}
	var scenes []scene
	for _, arg := range args {
		name, count, _ := strings.Cut(arg, ":")
		n, err := strconv.Atoi(count)
		if count != "" {
			ts.Check(err)
		}
		scenes = append(scenes, scene{stillOf(ts, name), n})
	}
	var closing atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=frame")
		tick := time.NewTicker(filmRate)
		defer tick.Stop()
		for _, s := range scenes {
			for n := 0; (s.frames == 0 || n < s.frames) && !closing.Load(); n++ {
				_, err := fmt.Fprintf(w, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(s.picture), s.picture)
				if err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				select {
				case <-tick.C:
				case <-r.Context().Done():
					return
				}
			}
		}
	}))
	ts.Defer(func() { closing.Store(true); server.CloseClientConnections(); server.Close() })
	ts.Setenv("FILM_URL", server.URL+"/eye")
}

// stillOf is one picture of a scene: red where a bottle stands, green where a can does.
func stillOf(ts *testscript.TestScript, scene string) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(img, img.Bounds(), image.Black, image.Point{}, draw.Src)
	light := func(x int, c color.RGBA) {
		draw.Draw(img, image.Rect(x, 16, x+32, 48), image.NewUniform(c), image.Point{}, draw.Src)
	}
	switch scene {
	case "bottle", "can", "both", "none":
	default:
		ts.Fatalf("there is no scene %q", scene)
	}
	if scene == "bottle" || scene == "both" {
		light(0, color.RGBA{R: 230, A: 255})
	}
	if scene == "can" || scene == "both" {
		light(32, color.RGBA{G: 230, A: 255})
	}
	var b bytes.Buffer
	ts.Check(jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}
