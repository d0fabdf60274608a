package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
)

// square is a mask of 3x2 pixels in a picture of 6x4.
func square() *vision.Mask {
	return &vision.Mask{Width: 6, Height: 4, Rect: image.Rect(1, 1, 4, 3), Bits: []byte{1, 1, 1, 1, 1, 1}}
}

func TestMaskForms(t *testing.T) {
	t.Parallel()
	for form, want := range map[maskForm]string{
		polygonMasks: `{"format":"polygon","area":6,"value":[[1,1,1,2,3,2,3,1]]}`,
		runMasks:     `{"format":"rle","area":6,"value":{"size":[4,6],"counts":"5220007"}}`,
	} {
		m, err := newMask(square(), form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(m)
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	m, err := newMask(square(), pngMasks)
	if err != nil || m.Area != 6 {
		t.Fatalf("got %v, %v", m, err)
	}
	file, err := base64.StdEncoding.DecodeString(m.Value.(string))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(file)); err != nil || c.Width != 6 || c.Height != 4 {
		t.Errorf("got %v, %v", c, err)
	}
	thin := &vision.Mask{Width: 6, Height: 4, Rect: image.Rect(1, 1, 4, 2), Bits: []byte{1, 1, 1}}
	if m, err := newMask(thin, polygonMasks); err != nil || m.Area != 3 {
		t.Errorf("got %v, %v", m, err)
	} else if text, _ := json.Marshal(m.Value); string(text) != "[]" {
		t.Errorf("a line has the outline %s, want an empty list", text)
	}
	if m, err := newMask(nil, pngMasks); m != nil || err != nil {
		t.Errorf("no mask: got %v, %v", m, err)
	}
}

func TestMasksAreForJSONAlone(t *testing.T) {
	t.Parallel()
	found := []vision.Detection{see("can", .9), see("bottle", .8)}
	found[0].Mask = square()
	for asJSON, want := range map[bool]bool{true: true, false: false} {
		console, _ := newConsole(false)
		console.Wish(terminal.Wishes{Color: "never", JSON: asJSON})
		o := &Sight{Console: console, Masks: polygonMasks}
		out, err := o.detections(found)
		if err != nil || (out[0].Mask != nil) != want || out[1].Mask != nil {
			t.Errorf("json %t: got %v, %v", asJSON, out, err)
		}
	}
}

func TestMasksFlag(t *testing.T) {
	t.Parallel()
	for word, ok := range map[string]bool{"polygon": true, "rle": true, "png": true, "none": true, "outline": false, "": false} {
		o := &Sight{}
		cmd := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { return nil }}
		o.maskFlag(cmd)
		cmd.SetArgs([]string{"--masks", word})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		if err := cmd.Execute(); (err == nil) != ok || ok && string(o.Masks) != word {
			t.Errorf("--masks %q: got %q, %v", word, o.Masks, err)
		}
	}
}

func TestMasksGoToThePlatform(t *testing.T) {
	t.Parallel()
	console, _ := newConsole(false)
	found := []vision.Detection{see("can", .9), see("bottle", .8)}
	found[1].Mask = square()
	sent := make([]platform.Detection, 2)
	if err := sentMasks(console, "a.jpg", sent, found, maxSentMasks); err != nil {
		t.Fatal(err)
	}
	if sent[0].SegmentationMask != "" || !strings.HasPrefix(sent[1].SegmentationMask, "iVBORw0KGgo") {
		t.Errorf("got %+v, want a PNG for the second alone", sent)
	}
	sent = make([]platform.Detection, 2)
	found[0].Mask = square()
	if err := sentMasks(console, "a.jpg", sent, found, 150); err != nil || sent[0].SegmentationMask == "" || sent[1].SegmentationMask != "" {
		t.Errorf("%v: a mask beyond the bound was sent, or the one before it was not", err)
	}
}
