package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/image/draw"
)

// quality of the JPEG pictures on the page.
const quality = 82

// tally counts while pictures come, in memory that does not grow with them.
type tally struct {
	entries, failed, empty int
	// small and bare count the pictures that are on the page as small ones, and not at all.
	small, bare      int
	pictures, thumbs int
	labels           map[string]*count
	outcomes         map[string]int
	pre, run, post   histogram
}

type count struct {
	items int
	sum   float64
}

// maxLabels bounds the lines for labels, which come from a model.
const maxLabels = 200

func (t *tally) add(e Entry) {
	if t.labels == nil {
		t.labels, t.outcomes = map[string]*count{}, map[string]int{}
	}
	t.entries++
	if len(e.Errors) > 0 {
		t.failed++
	}
	if e.Width > 0 {
		if len(e.Boxes) == 0 {
			t.empty++
		}
		t.pre.add(e.Pre)
		t.run.add(e.Run)
		t.post.add(e.Post)
	}
	for _, b := range e.Boxes {
		c := t.labels[b.Label]
		if c == nil {
			if len(t.labels) == maxLabels {
				continue
			}
			c = &count{}
			t.labels[b.Label] = c
		}
		c.items++
		c.sum += float64(b.Confidence)
	}
	for _, o := range e.Outcomes {
		t.outcomes[o.Outcome]++
	}
}

// picture is a picture as part of the page: whole, small when there is no room any more, empty when there is none for that.
func (t *tally) picture(img image.Image) (template.URL, error) {
	used := &t.pictures
	if t.pictures >= MaxPictures {
		if t.thumbs >= MaxThumbnails {
			t.bare++
			return "", nil
		}
		t.small++
		used = &t.thumbs
		img = thumbnail(img)
	}
	var b bytes.Buffer
	b.WriteString("data:image/jpeg;base64,")
	encoder := base64.NewEncoder(base64.StdEncoding, &b)
	if err := jpeg.Encode(encoder, img, &jpeg.Options{Quality: quality}); err != nil {
		return "", err
	}
	_ = encoder.Close()
	*used += b.Len()
	//nolint:gosec // it is the base64 of a JPEG made here
	return template.URL(b.String()), nil
}

func thumbnail(img image.Image) image.Image {
	size := img.Bounds().Size()
	scale := min(1, small/float64(max(size.X, size.Y, 1)))
	out := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	draw.BiLinear.Scale(out, out.Rect, img, img.Bounds(), draw.Src, nil)
	return out
}

// histogram keeps the spread of durations in steps of one percent, from a microsecond to a quarter of an hour.
type histogram struct {
	counts [2100]uint32
	n      int
	sum    float64
}

const percent = 0.00995033085316808 // ln(1.01)

func (h *histogram) add(ms float64) {
	if math.IsNaN(ms) || ms < 0 {
		return
	}
	bin := 0
	if us := 1000 * ms; us > 1 {
		bin = min(int(math.Log(us)/percent), len(h.counts)-1)
	}
	h.counts[bin]++
	h.n++
	h.sum += ms
}

func (h *histogram) mean() float64 { return h.sum / float64(max(h.n, 1)) }

// median is right to half a percent.
func (h *histogram) median() float64 {
	seen := 0
	for bin, n := range h.counts {
		if seen += int(n); n > 0 && 2*seen >= h.n {
			return math.Exp((float64(bin)+0.5)*percent) / 1000
		}
	}
	return 0
}

// figures are the head of the page.
type figures struct {
	Facts
	When, Took                    string
	Pictures, Failed, Empty, More int
	Small, Bare                   int
	Labels                        []labelLine
	Outcomes                      []Fact
	Timings                       []timing
	Lines                         []Fact
	Style                         template.CSS
}

type labelLine struct {
	Label, Mean string
	Items       int
}

type timing struct{ Name, Median, Mean string }

func (w *Writer) summary(lines []Fact) figures {
	t := &w.tally
	f := figures{Facts: w.facts, When: w.facts.Started.Format("2006-01-02 15:04:05 -07:00"),
		Took:     took(time.Since(w.facts.Started)),
		Pictures: t.entries, Failed: t.failed, Empty: t.empty, More: max(0, t.entries-MaxEntries), Small: t.small, Bare: t.bare,
		Lines: lines, Style: template.CSS(style)}
	for label, c := range t.labels {
		f.Labels = append(f.Labels, labelLine{label, fmt.Sprintf("%.2f", c.sum/float64(c.items)), c.items})
	}
	slices.SortFunc(f.Labels, func(a, b labelLine) int {
		if a.Items != b.Items {
			return b.Items - a.Items
		}
		return strings.Compare(a.Label, b.Label)
	})
	for outcome, n := range t.outcomes {
		f.Outcomes = append(f.Outcomes, Fact{outcome, fmt.Sprint(n)})
	}
	slices.SortFunc(f.Outcomes, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
	for _, one := range []struct {
		name string
		h    *histogram
	}{{"before inference", &t.pre}, {"inference", &t.run}, {"after inference", &t.post}} {
		if one.h.n > 0 {
			f.Timings = append(f.Timings, timing{one.name, ms(one.h.median()), ms(one.h.mean())})
		}
	}
	return f
}

// took is rounded to what is of interest.
func took(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// ms has three digits that mean something.
func ms(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.3f ms", v)
	case v < 10:
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.1f ms", v)
}
