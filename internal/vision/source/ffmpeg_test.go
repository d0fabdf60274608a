//go:build gocv

package source

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ffmpeg runs it, or skips where it is not installed.
func ffmpeg(t testing.TB, args ...string) {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("there is no ffmpeg here to make videos with: type make setup")
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

const barWidth, barHeight, bars = 96, 64, 12

// barPictures writes n pictures whose twelve bars are the bits of their number, white for 1, so that lossy coding cannot change
// them. It gives the pattern of their names for ffmpeg.
func barPictures(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, barWidth, barHeight))
		for y := range barHeight {
			for x := range barWidth {
				if i>>(bars-1-x*bars/barWidth)&1 == 1 {
					img.SetGray(x, y, color.Gray{255})
				}
			}
		}
		f, err := os.Create(filepath.Join(dir, strconv.Itoa(i)+".png"))
		if err == nil {
			err = errors.Join(png.Encode(f, img), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "%d.png")
}

// video makes a video file of n numbered frames with what ffmpeg is told beside.
func video(t testing.TB, name string, n int, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	ffmpeg(t, append(append([]string{"-framerate", "25", "-start_number", "0", "-i", barPictures(t, n)}, args...), path)...)
	return path
}

// barsOf reads the number of a frame of barPictures.
func barsOf(pixelAt func(x, y int) color.RGBA) (n int) {
	for bar := range bars {
		n <<= 1
		if pixelAt(bar*barWidth/bars+barWidth/bars/2, barHeight/2).G > 127 {
			n++
		}
	}
	return n
}
