//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exampleStream is the address of a camera in examples.
const exampleStream = "http://127.0.0.1:8081/stream"

// cameraVerb starts a web camera of 64x64 pixels, ten pictures a second, and sets CAMERA_URL.
//
//	/stream    pictures one after the other
//	/dying     the same, and every connection ends after five
//	/picture   one picture
//	/locked    the same for the user eye with the password se/cr.et
//	/hangs     the beginning of a stream without a picture
//	/garbage   a stream of what is no picture
//	/video     says that it is a video and is none
//	/page      a page for people
func cameraVerb(ts *testscript.TestScript, _ []string) {
	server := httptest.NewServer(&webCamera{picture: plainJPEG()})
	ts.Defer(func() { server.CloseClientConnections(); server.Close() })
	ts.Setenv("CAMERA_URL", server.URL)
	ts.Setenv("CAMERA_LOCKED", strings.Replace(server.URL, "://", "://eye:se%2Fcr.et@", 1)+"/locked")
}

func plainJPEG() []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{uint8(i % 64 * 4)}.Y
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}

type webCamera struct {
	picture []byte
	sent    atomic.Int64
}

func (c *webCamera) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	switch {
	case r.URL.Path == "/locked" && (user != "eye" || password != "se/cr.et"):
		w.Header().Set("WWW-Authenticate", `Basic realm="eye"`)
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/picture":
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(c.picture)
	case r.URL.Path == "/page":
		_, _ = fmt.Fprint(w, "<html>")
	case r.URL.Path == "/video":
		w.Header().Set("Content-Type", "video/mp4")
		w.WriteHeader(http.StatusOK)
	default:
		c.stream(w, r)
	}
}

func (c *webCamera) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=frame")
	w.WriteHeader(http.StatusOK)
	data := c.picture
	if r.URL.Path == "/garbage" {
		data = []byte("no picture")
	}
	out := http.NewResponseController(w)
	if out.Flush() != nil || r.URL.Path == "/hangs" {
		<-r.Context().Done()
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; r.URL.Path != "/dying" || n < 5; n++ {
		if _, err := fmt.Fprintf(w, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(data), data); err != nil || out.Flush() != nil {
			return
		}
		c.sent.Add(1)
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}
