//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

const (
	// argumentsFile and givenFolder lie in $WORK: the command lines of every rvmctl, and the secrets that the script was given.
	argumentsFile = ".arguments"
	givenFolder   = "given"
)

// noEscape refuses an escape byte in stdout, stderr or a file.
func noEscape(ts *testscript.TestScript, args []string) {
	for _, name := range args {
		if i := strings.IndexByte(ts.ReadFile(name), '\x1b'); i >= 0 {
			ts.Fatalf("%s has an escape byte: %q", name, around(ts.ReadFile(name), i))
		}
	}
}

// noSecret refuses the password and every token in the last output, on any command line so far, and in any file but the ones
// that are there to hold them.
func noSecret(ts *testscript.TestScript, _ []string) {
	s := stageOf(ts)
	s.mu.Lock()
	secrets := append([]string{sandbox.DemoPassword}, s.tokens...)
	s.mu.Unlock()
	search := func(where, text string) {
		if slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(text, secret) }) {
			ts.Fatalf("a secret is in %s", where)
		}
	}
	search("stdout", ts.ReadFile("stdout"))
	search("stderr", ts.ReadFile("stderr"))
	work := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(work, func(path string, e fs.DirEntry, err error) error {
		inside, _ := filepath.Rel(work, path)
		token, _ := filepath.Match("*/tokens/*.json", inside)
		if err != nil || !e.Type().IsRegular() || token || filepath.Dir(inside) == givenFolder {
			return err
		}
		search(inside, ts.ReadFile(path))
		return nil
	}))
}

// fileMode compares the permissions of a file or folder: filemode 0600 config/tokens/default.json.
func fileMode(ts *testscript.TestScript, args []string) {
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); got != fs.FileMode(want) {
			ts.Fatalf("%s has mode %04o, want %04o", name, got, want)
		}
	}
}

// picture writes a picture: picture a.jpg plain. The kinds are plain (64x64), black (64x64), rotated (32x64 once its EXIF orientation is
// applied), truncated, bomb (71 bytes that claim 60000x60000), text, and the names of the photos in docs/samples.
func picture(ts *testscript.TestScript, args []string) {
	name, kind := args[0], args[1]
	var data []byte
	switch kind {
	case "plain":
		data = grey(ts, 64, 64)
	case "black":
		var b bytes.Buffer
		ts.Check(jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
		data = b.Bytes()
	case "rotated":
		data = slices.Concat(jpegStart, orientation6, grey(ts, 64, 32)[len(jpegStart):])
	case "truncated":
		data = grey(ts, 64, 64)
		data = data[:len(data)-len(data)/8]
	case "bomb":
		data = bomb()
	case "text":
		data = []byte("this is a letter, not a picture\n")
	default:
		// A test runs in the folder of its package.
		sample, err := os.ReadFile(filepath.Join("..", "..", "docs", "samples", kind+".jpg"))
		ts.Check(err)
		data = sample
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(name)), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
}

var (
	jpegStart = []byte{0xff, 0xd8}
	// orientation6 is an EXIF segment with one entry, orientation 6: to be turned clockwise by a quarter.
	orientation6 = []byte("\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00")
)

func grey(ts *testscript.TestScript, width, height int) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7) // something to compress, so that a part of the file is a part of the picture
	}
	var b bytes.Buffer
	ts.Check(jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// bomb is a PNG whose header promises ten gigabytes and whose data are empty.
func bomb() []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 60_000), 60_000)
	for _, chunk := range []string{"IHDR" + string(head) + "\x08\x06\x00\x00\x00", "IDAT\x78\x9c\x63\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00", "IEND"} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
		out = append(out, chunk...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(chunk)))
	}
	return out
}

// writeModel writes a model that sees the same things in every picture: model eye.onnx bottle-can. On a plain picture boxes
// of the model are boxes of the picture.
func writeModel(ts *testscript.TestScript, args []string) {
	name, kind := args[0], args[1]
	box := func(class int, score float32) onnxtest.Hot {
		return onnxtest.Hot{X1: 8, Y1: 8, X2: 56, Y2: 56, Class: class, Score: score}
	}
	m := onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}, Hot: []onnxtest.Hot{box(0, 0.875)}}
	var data []byte
	switch kind {
	case "bottle-can": // two things side by side
		data = onnxtest.BottleAndCan()
	case "bottle":
		data = m.Model().Bytes()
	case "ambiguous": // one thing that may be either
		m.Hot = append(m.Hot, box(1, 0.75))
		data = m.Model().Bytes()
	case "impossible": // one thing, and two rows that cannot be
		m.Hot = append(m.Hot, box(1, 7), box(1, float32(math.NaN())))
		data = m.Model().Bytes()
	case "lit": // a bottle on the left where the picture is red, a can on the right where it is green
		data = onnxtest.Lit{Width: 64, Height: 64, Labels: m.Labels, Hot: []onnxtest.Hot{
			{X1: 4, Y1: 20, X2: 28, Y2: 44, Class: 0}, {X1: 36, Y1: 20, X2: 60, Y2: 44, Class: 1}}}.Model().Bytes()
	case "nothing-possible": // rows that cannot be, and nothing else
		m.Hot = []onnxtest.Hot{box(1, 7), box(1, float32(math.NaN())), box(0, float32(math.Inf(1)))}
		data = m.Model().Bytes()
	case "hand": // a label that no waste table knows
		m.Labels = []string{"hand", "can"}
		data = m.Model().Bytes()
	case "wrong-count": // three names for two classes
		wrong := m.Model()
		wrong.Metadata = onnxtest.Metadata([]string{"bottle", "can", "jar"}, 64, 64)
		data = wrong.Bytes()
	case "yolox": // rows of boxes with a score for "something is here"
		x := m.Model()
		x.Graph.Outputs[0].Dims = []any{1, m.Anchors(), 5 + len(m.Labels)}
		x.Graph.Constants[0] = onnxtest.Floats("rows", []int64{1, int64(m.Anchors()), 7}, make([]float32, m.Anchors()*7))
		data = x.Bytes()
	case "sam-encoder", "sam-decoder", "sam-sized", "sam-nan", "sam-family", "sam-external", "slim": // halves of a SAM2 model that draws its prompt
		data = samModel(kind)
	case "segment": // a thing that is where the picture is not darker in red than in green and blue
		data = onnxtest.Segment(m.Model(), 1, 64, 64).Bytes()
	case "text":
		data = []byte("this is a letter, not a model\n")
	default:
		if data = badModel(kind); data == nil {
			ts.Fatalf("there is no model of the kind %s", kind)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
}
