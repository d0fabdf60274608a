package picture

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// flag is a picture of four coloured quarters, of an odd height.
func flag(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	corners := [2][2]color.RGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {255, 255, 255, 255}}}
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, corners[2*y/h][2*x/w])
		}
	}
	return img
}

func encoded(t *testing.T, p Profile, img *image.RGBA, tags ...Tag) (string, Area) {
	t.Helper()
	a := p.Fit(Size{Columns: 80, Rows: 24}, img.Rect.Dx(), img.Rect.Dy(), 0)
	b, err := p.Encode(img, a, tags)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), a
}

// same allows each channel a difference.
func same(t *testing.T, got, want image.Image, allowed int) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("got a picture of %v, want %v", got.Bounds().Size(), want.Bounds().Size())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			g := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
			w := color.RGBAModel.Convert(want.At(x, y)).(color.RGBA)
			for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B)} {
				if d > allowed || d < -allowed {
					t.Fatalf("pixel %d,%d is %v, want %v", x, y, g, w)
				}
			}
		}
	}
}

// decodeKitty follows the protocol: pieces of base64, the first with everything that is to be known.
func decodeKitty(t *testing.T, text string) (keys string, img image.Image) {
	t.Helper()
	var payload strings.Builder
	pieces := strings.SplitAfter(text, "\x1b\\")
	for i, piece := range pieces[:len(pieces)-1] {
		m := regexp.MustCompile(`^\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\$`).FindStringSubmatch(piece)
		if m == nil || len(m[2]) > 4096 {
			t.Fatalf("piece %d is %.60q with %d bytes", i, piece, len(piece))
		}
		more := "m=1"
		if i == len(pieces)-2 {
			more = "m=0"
		}
		if len(pieces) > 2 && !strings.Contains(m[1], more) {
			t.Errorf("piece %d of %d has %q, want %s", i, len(pieces)-1, m[1], more)
		}
		if i == 0 {
			keys = m[1]
		}
		payload.WriteString(m[2])
	}
	raw, err := base64.StdEncoding.DecodeString(payload.String())
	if err != nil {
		t.Fatal(err)
	}
	img, err = png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return keys, img
}

func TestKitty(t *testing.T) {
	t.Parallel()
	noise := flag(300, 201)
	for i := range noise.Pix {
		if i%4 != 3 {
			noise.Pix[i] ^= byte(i * i >> 3)
		}
	}
	for _, want := range []*image.RGBA{flag(40, 25), noise} {
		text, area := encoded(t, Profile{Protocol: Kitty}, want)
		keys, got := decodeKitty(t, text)
		same(t, got, want, 0)
		for _, key := range []string{"a=T", "f=100", "q=2", "C=1", fmt.Sprintf("c=%d", area.Columns), fmt.Sprintf("r=%d", area.Rows)} {
			if !strings.Contains(","+keys+",", ","+key+",") {
				t.Errorf("%q has no %s", keys, key)
			}
		}
	}
}

func TestKittyAgainHasAName(t *testing.T) {
	t.Parallel()
	p := Profile{Protocol: Kitty}
	b, err := p.EncodeAgain(flag(8, 8), Area{Columns: 1, Rows: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if keys, _ := decodeKitty(t, string(b)); !strings.Contains(keys, "i=7001,p=1") {
		t.Errorf("keys %q name no picture", keys)
	}
	if got := string(p.Forget()); got != "\x1b_Ga=d,d=I,i=7001,q=2\x1b\\" {
		t.Errorf("forgetting is %q", got)
	}
	if got := (Profile{Protocol: Sixel, Within: Tmux}).Forget(); got != nil {
		t.Errorf("sixels are forgotten by %q", got)
	}
}

func TestITerm(t *testing.T) {
	t.Parallel()
	want := flag(64, 48)
	text, area := encoded(t, Profile{Protocol: ITerm}, want)
	m := regexp.MustCompile(`^\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]+)\x07$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("got %.80q", text)
	}
	raw, err := base64.StdEncoding.DecodeString(m[2])
	if err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want, 200)
	if c := color.RGBAModel.Convert(got.At(8, 8)).(color.RGBA); c.R < 240 || c.G > 15 {
		t.Errorf("the first quarter is %v, want red", c)
	}
	if want := fmt.Sprintf("size=%d;width=%d;height=%d;inline=1", len(raw), area.Columns, area.Rows); m[1] != want {
		t.Errorf("arguments %q, want %q", m[1], want)
	}
}

// decodeSixel knows what an encoder writes: raster attributes, colours in RGB, repeats, new bands.
func decodeSixel(t *testing.T, text string) image.Image {
	t.Helper()
	m := regexp.MustCompile(`^\x1bP[0-9;]*q"1;1;(\d+);(\d+)(.*)\x1b\\$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("got %.80q", text)
	}
	w, _ := strconv.Atoi(m[1])
	h, _ := strconv.Atoi(m[2])
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	colours := map[int]color.RGBA{}
	x, y, now := 0, 0, 0
	for _, token := range regexp.MustCompile(`#[0-9;]+|!\d+.|.`).FindAllString(m[3], -1) {
		repeat := 1
		switch token[0] {
		case '#':
			n := numbers([]byte(token[1:]))
			if now = n[0]; len(n) == 5 && n[1] == 2 {
				channel := func(v int) uint8 { return uint8((v*255 + 50) / 100) }
				colours[now] = color.RGBA{channel(n[2]), channel(n[3]), channel(n[4]), 255}
			}
			continue
		case '$':
			x = 0
			continue
		case '-':
			x, y = 0, y+6
			continue
		case '!':
			repeat, _ = strconv.Atoi(token[1 : len(token)-1])
		}
		bits := token[len(token)-1] - '?'
		for range repeat {
			for i := range 6 {
				if bits>>i&1 == 1 {
					img.SetRGBA(x, y+i, colours[now])
				}
			}
			x++
		}
	}
	return img
}

func TestSixel(t *testing.T) {
	t.Parallel()
	for _, want := range []*image.RGBA{flag(40, 24), flag(7, 5), flag(130, 66)} {
		text, _ := encoded(t, Profile{Protocol: Sixel}, want)
		same(t, decodeSixel(t, text), want, 3)
	}
	photo := image.NewRGBA(image.Rect(0, 0, 120, 90))
	for i := range 120 * 90 {
		photo.SetRGBA(i%120, i/120, color.RGBA{uint8(i % 120 * 2), uint8(i / 120 * 2), uint8(i / 50), 255})
	}
	text, _ := encoded(t, Profile{Protocol: Sixel}, photo)
	same(t, decodeSixel(t, text), photo, 40)
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	img := flag(200, 120)
	text, _ := encoded(t, Profile{Protocol: Kitty, Within: Tmux}, img)
	var inner strings.Builder
	for _, m := range regexp.MustCompile(`(?s)\x1bPtmux;(.*?[^\x1b])\x1b\\`).FindAllStringSubmatch(text, -1) {
		inner.WriteString(strings.ReplaceAll(m[1], "\x1b\x1b", "\x1b"))
	}
	plain, _ := encoded(t, Profile{Protocol: Kitty}, img)
	if inner.String()+"\x1b\\" != plain && inner.String() != plain {
		t.Errorf("through tmux comes %.100q (%d bytes), want %.100q (%d)", inner.String(), inner.Len(), plain, len(plain))
	}
	text, _ = encoded(t, Profile{Protocol: Sixel, Within: Screen}, img)
	for _, piece := range strings.SplitAfter(text, "\x1b\\") {
		if len(piece) > 780 {
			t.Fatalf("a piece has %d bytes, more than GNU Screen lets through", len(piece))
		}
	}
	if text, _ = encoded(t, Profile{Protocol: Sixel, Within: Tmux}, img); !strings.HasPrefix(text, "\x1bP0;") {
		t.Errorf("tmux gets %.20q, want plain sixels", text)
	}
}
