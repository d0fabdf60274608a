package detect

import (
	"context"
	"fmt"
	"image"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/overlay"
	"github.com/myrvm/rvmctl/internal/vision/report"
)

// recorder is a viewer that also wants to know how it ended with each picture, also with those that could not be looked at.
type recorder interface {
	// Record gets every result in order, after everything that belongs to it was done.
	Record(s Seen)
}

// record tells the recorders among the viewers.
func record(viewers []viewer, s Seen) {
	for _, v := range viewers {
		if r, ok := v.(recorder); ok {
			r.Record(s)
		}
	}
}

// reporter collects a page.
type reporter struct {
	page *report.Writer
	// image is the picture between View and Record.
	image image.Image
	model *Model
}

// reporter begins the page, before anything is looked at.
func (o *Sight) reporter() (viewer, error) {
	facts := report.Facts{Program: "rvmctl " + o.Version, Sources: cleaned(o.Named), Started: o.Console.Now()}
	page, err := report.Create(o.ReportFile, facts)
	if err != nil {
		return nil, err
	}
	return &reporter{page: page}, nil
}

// mostSources is how many arguments the page names; a shell turns a pattern into thousands.
const mostSources = 20

func cleaned(words []string) []string {
	var out []string
	for i, w := range words {
		if i == mostSources {
			return append(out, fmt.Sprintf("and %d more", len(words)-mostSources))
		}
		out = append(out, terminal.Clean(w))
	}
	return out
}

func (r *reporter) View(_ context.Context, _ *Seen, f *vision.Frame, found []vision.Detection) error {
	w, h := overlay.Fit(f.Width, f.Height, report.Side, report.Side)
	small, placed, err := overlay.Shrink(f, found, w, h)
	if err != nil {
		return err
	}
	r.image, err = overlay.Draw(small, placed)
	return err
}

// Record makes one entry of the page. Names and labels come from outside: the page makes them harmless as markup, Clean as text.
func (r *reporter) Record(s Seen) {
	e := report.Entry{Name: terminal.Clean(s.File), Width: s.Width, Height: s.Height, Image: r.image,
		Pre: s.Timing.Pre, Run: s.Timing.Run, Post: s.Timing.Post}
	r.image = nil
	if s.Width > 0 {
		r.model = &s.Model
	}
	for _, d := range s.Detections {
		e.Boxes = append(e.Boxes, report.Box{Label: terminal.Clean(d.Label), Confidence: d.Confidence,
			X1: d.Box[0], Y1: d.Box[1], X2: d.Box[2], Y2: d.Box[3]})
	}
	for _, d := range s.Deposits {
		e.Outcomes = append(e.Outcomes, outcomeOf(d))
	}
	if s.Dropped > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("%d rows of the model's answer were not possible and were left out", s.Dropped))
	}
	if path := s.uploadedPath(); path != "" {
		e.Notes = append(e.Notes, terminal.Clean("uploaded "+path+s.resultWords()))
	}
	for _, problem := range []*toolbox.Problem{s.Error, problemOf(s.Upload), storedProblem(s.Stored)} {
		if problem != nil {
			e.Errors = append(e.Errors, terminal.Clean(problem.Message))
		}
	}
	r.page.Add(e)
}

func problemOf(u *Upload) *toolbox.Problem {
	if u == nil {
		return nil
	}
	return u.Error
}

func storedProblem(s *Stored) *toolbox.Problem {
	if s == nil {
		return nil
	}
	return s.Error
}

func outcomeOf(d Deposit) report.Outcome {
	o := report.Outcome{Label: terminal.Clean(d.Label), Outcome: strings.ReplaceAll(d.Outcome, "_", " "),
		Type: terminal.Clean(d.WasteType), Weight: terminal.Clean(d.WeightKG), Reward: terminal.Clean(d.RewardAmount)}
	if d.WeightAssumed {
		o.Weight += " (assumed)"
	}
	if d.ID > 0 {
		o.Number = toolbox.Number(d.ID)
	}
	if d.Error != nil {
		o.Error = terminal.Clean(d.Error.Message)
	}
	return o
}

// Close puts the page under its name.
func (r *reporter) Close() error {
	var facts []report.Fact
	if m := r.model; m != nil {
		facts = []report.Fact{
			{Name: "model", Value: fmt.Sprintf("%s, input %d × %d", terminal.Clean(m.Name), m.Width, m.Height)},
			{Name: "sha256", Value: m.SHA256},
			{Name: "ran on", Value: fmt.Sprintf("%s (asked for: %s)", m.Provider, m.Device)},
			{Name: "thresholds", Value: fmt.Sprintf("confidence %g, overlap %g", m.Confidence, m.IoU)},
		}
		if m.Fallback != "" {
			facts = append(facts, report.Fact{Name: "why the processor", Value: terminal.Clean(m.Fallback)})
		}
	}
	return r.page.Close(facts...)
}
