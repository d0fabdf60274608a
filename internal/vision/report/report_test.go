package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

var started = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func begin(t *testing.T, path string) *Writer {
	t.Helper()
	w, err := Create(path, Facts{Program: "rvmctl v1.2.3", Sources: []string{"photos"}, Started: started})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func picture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.SetRGBA(i%w, i/w, color.RGBA{uint8(i), uint8(i >> 4), uint8(i >> 8), 255})
	}
	return img
}

// alone fails when the folder holds anything but these names.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		t.Errorf("the folder holds %v, want %v", got, names)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	w.Add(Entry{Name: "a.jpg", Width: 640, Height: 480, Image: picture(64, 48), Pre: 1, Run: 20, Post: 2,
		Boxes:    []Box{{"bottle", 0.91, 1, 2, 30, 40}, {"can", 0.8, 5, 5, 10, 10}},
		Outcomes: []Outcome{{Label: "bottle", Outcome: "sent", Type: "plastic", Weight: "0.025", Number: "7", Reward: "90.64"}}})
	w.Add(Entry{Name: "b.jpg", Width: 640, Height: 480, Image: picture(64, 48), Pre: 3, Run: 40, Post: 2})
	w.Add(Entry{Name: "broken.jpg", Errors: []string{"broken.jpg: not a picture"}})
	if err := w.Close(Fact{"model", "beverage-nano"}); err != nil {
		t.Fatal(err)
	}
	alone(t, filepath.Dir(path), "r.html")
	text := read(t, path)
	for _, want := range []string{
		`<tr><th scope="row">looked at</th><td class="number">3</td></tr>`,
		`<tr><th scope="row">nothing found</th><td class="number">1</td></tr>`,
		`<tr class="bad"><th scope="row">with an error</th><td class="number">1</td></tr>`,
		`<tr><th scope="row"><bdi>bottle</bdi></th><td class="number">1</td><td class="number">0.91</td></tr>`,
		`<tr><th scope="row">inference</th><td class="number">20.0 ms</td><td class="number">30.0 ms</td></tr>`,
		`<tr><th scope="row">sent</th><td class="number">1</td></tr>`,
		`<th scope="row">model</th><td><bdi>beverage-nano</bdi></td>`,
		`<td class="number">0.910</td><td>1.0, 2.0, 30.0, 40.0</td><td>29 × 38</td>`,
		`<td>plastic</td><td class="number">0.025</td><td>7</td><td class="number">90.64</td>`,
		`<p class="bad"><bdi>broken.jpg: not a picture</bdi></p>`,
		"2026-03-04 05:06:07 &#43;00:00",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if !strings.HasPrefix(text, mark) || !strings.HasSuffix(text, "</html>\n") || strings.Count(text, "<article>") != 3 ||
		strings.Count(text, "<article>") != strings.Count(text, "</article>") {
		t.Error("the page is not whole")
	}
	m := regexp.MustCompile(`src="data:image/jpeg;base64,([A-Za-z0-9+/=]+)"`).FindAllStringSubmatch(html.UnescapeString(text), -1)
	if len(m) != 2 {
		t.Fatalf("%d pictures, want 2", len(m))
	}
	raw, err := base64.StdEncoding.DecodeString(m[0][1])
	if err != nil {
		t.Fatal(err)
	}
	if img, err := jpeg.Decode(bytes.NewReader(raw)); err != nil || img.Bounds().Dx() != 64 {
		t.Errorf("the picture on the page is %v, %v", img, err)
	}
}

// TestTextIsText gives markup from outside everywhere it could come from.
func TestTextIsText(t *testing.T) {
	t.Parallel()
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)></style></title><!--`
	path := filepath.Join(t.TempDir(), "r.html")
	w, err := Create(path, Facts{Program: evil, Sources: []string{evil}, Started: started})
	if err != nil {
		t.Fatal(err)
	}
	w.Add(Entry{Name: evil, Width: 1, Height: 1, Image: picture(2, 2), Boxes: []Box{{Label: evil}}, Notes: []string{evil}, Errors: []string{evil},
		Outcomes: []Outcome{{evil, evil, evil, evil, evil, evil, evil}}})
	if err := w.Close(Fact{evil, evil}); err != nil {
		t.Fatal(err)
	}
	text := strings.ToLower(read(t, path))
	if n := strings.Count(text, "alert(1)"); n < 12 {
		t.Errorf("the text is there %d times", n)
	}
	if strings.Contains(text, "<script") || strings.Count(text, "<img ") != 1 || strings.Count(text, "</style>") != 1 || strings.Count(text, "</title>") != 1 {
		t.Error("text from outside became markup")
	}
	if regexp.MustCompile(`(?:src|href)="?(?:https?:|//)|@import|url\(`).MatchString(text) {
		t.Error("the page needs something from elsewhere")
	}
}

func TestNothingElseIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	photo := filepath.Join(dir, "bottle.jpg")
	if err := os.WriteFile(photo, []byte("\xff\xd8 a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{photo, dir} {
		var refused *FileError
		if _, err := Create(path, Facts{}); !errors.As(err, &refused) || !refused.Taken || refused.Path != path {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if got := read(t, photo); got != "\xff\xd8 a picture" {
		t.Errorf("the picture is %q now", got)
	}
	alone(t, dir, "bottle.jpg")
	var missing *FileError
	if _, err := Create(filepath.Join(dir, "no", "r.html"), Facts{}); !errors.As(err, &missing) || missing.Taken || strings.Contains(err.Error(), ".rvmctl-") {
		t.Errorf("a missing folder gives %v", err)
	}
}

func TestAReportReplacesAReport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	for _, name := range []string{"first.jpg", "second.jpg"} {
		w := begin(t, path)
		w.Add(Entry{Name: name})
		before := ""
		if name == "second.jpg" {
			before = read(t, path)
			if !strings.Contains(before, "first.jpg") {
				t.Error("the report of before was touched too early")
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if text := read(t, path); strings.Contains(text, "first.jpg") || !strings.Contains(text, "second.jpg") {
		t.Error("the second report has not taken the place of the first")
	}
}

func TestAnEmptyRunLeavesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	if runtime.GOOS != "windows" {
		// What a process that is killed now leaves behind.
		alone(t, filepath.Dir(path))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	alone(t, filepath.Dir(path))
}

func TestAFailureLeavesNothingAndIsToldOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	_ = w.body.Close()
	for range 100 {
		w.Add(Entry{Name: strings.Repeat("x", 5000)})
	}
	var failed *FileError
	if err := w.Close(); !errors.As(err, &failed) || failed.Path != path {
		t.Errorf("got %v", err)
	}
	alone(t, filepath.Dir(path))
}

func TestThePageIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	w.tally.pictures = MaxPictures - 10
	for i := range 4 {
		if i == 3 {
			w.tally.thumbs = MaxThumbnails
		}
		w.Add(Entry{Name: "p.jpg", Width: 900, Height: 600, Image: picture(900, 600)})
	}
	w.tally.entries = MaxEntries
	w.Add(Entry{Name: "one too many", Width: 1, Height: 1, Boxes: []Box{{Label: "can"}}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := read(t, path)
	var widths []int
	for _, m := range regexp.MustCompile(`base64,([A-Za-z0-9+/=]+)"`).FindAllStringSubmatch(html.UnescapeString(text), -1) {
		raw, _ := base64.StdEncoding.DecodeString(m[1])
		img, err := jpeg.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		widths = append(widths, img.Bounds().Dx())
	}
	if fmt.Sprint(widths) != "[900 200 200]" {
		t.Errorf("widths %v, want one in full and two small", widths)
	}
	for _, want := range []string{"2 of them are small", "1 pictures are not shown", "1 more pictures were looked at"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say: %s", want)
		}
	}
	if strings.Contains(text, "one too many") {
		t.Error("more are listed than may be")
	}
}

func TestLongListsAreCut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	w.Add(Entry{Name: "a", Width: 1, Height: 1, Boxes: make([]Box, MaxRows+7), Outcomes: make([]Outcome, MaxRows+5)})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, path); !strings.Contains(text, "and 7 more") || !strings.Contains(text, "and 5 more") {
		t.Error("the page does not say how much is not listed")
	}
}

// TestMemoryDoesNotGrow adds so many pictures that keeping any of them would show.
func TestMemoryDoesNotGrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.html")
	w := begin(t, path)
	img := picture(160, 120)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	add := func(n int) {
		for i := range n {
			w.Add(Entry{Name: fmt.Sprintf("%d.jpg", i), Width: 160, Height: 120, Image: img, Run: float64(i), Boxes: []Box{{Label: "can"}}})
		}
	}
	add(10)
	before := heap()
	add(200)
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("200 pictures have taken %d KiB", grown>>10)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var h histogram
	for i := 1; i <= 1001; i++ {
		h.add(float64(i) / 10)
	}
	if m := h.median(); m < 49.7 || m > 50.5 {
		t.Errorf("median %v, want 50.1", m)
	}
	if m := h.mean(); m < 50.05 || m > 50.15 {
		t.Errorf("mean %v, want 50.1", m)
	}
	for _, odd := range []float64{0, 1e300, -1} {
		h.add(odd)
	}
	if (&histogram{}).median() != 0 {
		t.Error("nothing has a median")
	}
}
