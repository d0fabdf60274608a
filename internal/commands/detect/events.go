package detect

import (
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/track"
)

// Kinds of events.
const (
	eventOpened  = "opened"
	eventFrame   = "frame"
	eventItem    = "item"
	eventSettled = "settled"
	eventDoubt   = "doubt"
	eventDeposit = "deposit"
	eventUpload  = "upload"
	eventLost    = "lost"
	eventBack    = "back"
	eventLeft    = "left"
	eventSummary = "summary"
)

// Event is one line of watch.
type Event struct {
	Event      string           `json:"event" doc:"opened (the source), frame (with --every-frame), item (something new is there), settled (it was seen often enough and is clear), doubt (it was seen often enough and a person must look), deposit (what became of its deposit; again when that changes), upload (what became of its picture), lost (it is out of sight), back (it is seen again), left (it will not come back under this number), or summary (the last line)"`
	At         time.Time        `json:"at" doc:"when, UTC"`
	Frame      int64            `json:"frame" doc:"number of the frame, those that were dropped included"`
	Source     *Opened          `json:"source,omitempty" doc:"with opened: what is watched"`
	Model      *Model           `json:"model,omitempty" doc:"with opened: what looks"`
	Item       *Item            `json:"item,omitempty" doc:"the item that the event is about"`
	Deposit    *Deposit         `json:"deposit,omitempty" doc:"the item's deposit, once it is kept"`
	Upload     *Upload          `json:"upload,omitempty" doc:"with upload: the item's best picture"`
	Stored     *Stored          `json:"detection_result,omitempty" doc:"with upload: the stored detection"`
	Detections []Detection      `json:"detections,omitempty" doc:"with frame: what was found in it"`
	Timing     *Timing          `json:"timing_ms,omitempty" doc:"with frame: where the time went, milliseconds"`
	Saved      string           `json:"saved,omitempty" doc:"with frame: annotated copy, with --save"`
	Summary    *Watched         `json:"summary,omitempty" doc:"with summary: what was seen in all"`
	Error      *toolbox.Problem `json:"error,omitempty" doc:"why something of it failed, absent on success"`
}

// Opened is a source that is watched.
type Opened struct {
	Name    string  `json:"name" doc:"the source, without a password"`
	Live    bool    `json:"live" doc:"true for a camera or stream, of which the newest frame is looked at and others are dropped; of a file none is"`
	Backend string  `json:"backend,omitempty" doc:"what reads it"`
	Width   int     `json:"width,omitempty" doc:"pixels, absent while not known"`
	Height  int     `json:"height,omitempty" doc:"pixels, absent while not known"`
	FPS     float64 `json:"fps,omitempty" doc:"frames a second as the source says, absent when it says nothing"`
}

// Item is one thing that was followed through the frames.
type Item struct {
	Track      int64      `json:"track" doc:"number of the item in this run"`
	Label      string     `json:"label" doc:"what most of its frames say, weighed by their confidence"`
	Share      float64    `json:"share" doc:"share of that, with other labels of the same waste type, in all votes, 0 to 1"`
	Confidence float64    `json:"confidence" doc:"mean confidence of the label, 0 to 1"`
	WasteType  string     `json:"waste_type,omitempty" doc:"what the platform pays for, absent when the label is no item"`
	Frames     int        `json:"frames" doc:"frames in which it was seen"`
	Box        [4]float32 `json:"box" doc:"where it was seen last: x1, y1, x2, y2 in pixels"`
	Area       float64    `json:"area" doc:"mean part of the picture that it covers, 0 to 1"`
	State      string     `json:"state" doc:"seen (not often enough yet), settled, below_min_confidence, below_min_area, unmapped (the label is no item), doubt (a person must look), or the outcome of its deposit: sent, queued, unknown, failed or not_sent"`
	Rival      string     `json:"rival,omitempty" doc:"the strongest other label that is paid differently"`
	Reason     string     `json:"reason,omitempty" doc:"why there is a doubt"`
}

// Watched is what a watch saw in all.
type Watched struct {
	Frames     int64   `json:"frames" doc:"frames that were looked at"`
	Failed     int64   `json:"failed_frames" doc:"frames of them in which the model failed"`
	Dropped    int64   `json:"dropped_frames" doc:"frames of a live source that were not looked at, since a newer one had come"`
	Reconnects int     `json:"reconnects" doc:"how often the source was opened again"`
	Seconds    float64 `json:"seconds" doc:"how long it was watched"`
	Items      int64   `json:"items" doc:"things that were followed"`
	Settled    int64   `json:"settled" doc:"things of them that were clear enough to be paid for"`
	Doubts     int64   `json:"doubts" doc:"things that left with a doubt, and for which no deposit was created"`
	Impossible int64   `json:"impossible" doc:"detections that cannot be true and were left out"`
	Sent       int64   `json:"deposits_sent" doc:"deposits that the platform has confirmed"`
	Queued     int64   `json:"deposits_queued" doc:"deposits that are kept and not sent yet"`
	Unknown    int64   `json:"deposits_unknown" doc:"deposits whose answer was lost; rvmctl outbox flush settles them"`
	Refused    int64   `json:"deposits_failed" doc:"deposits that were refused, or could not be kept"`
	Ended      string  `json:"ended" doc:"what ended it: source, frames, duration, signal or error"`
}

func newOpened(f source.StreamFacts) *Opened {
	return &Opened{Name: f.Name, Live: f.Live, Backend: f.Backend, Width: f.Width, Height: f.Height, FPS: f.FPS}
}

func newItem(t *track.Track, v verdict) *Item {
	return &Item{Track: t.ID, Label: v.label, Share: v.share, Confidence: v.confidence, WasteType: v.row.Type, Frames: t.Frames,
		Box: [4]float32{t.Box.X1, t.Box.Y1, t.Box.X2, t.Box.Y2}, Area: t.Area(), State: v.state, Rival: v.rival, Reason: v.reason}
}

// Text is one line; in a pipe: event, time, frame, and for an item its number, label, confidence, frames, state, deposit and reward.
// For opened they are source, size and frames a second; for frame the boxes; for summary frames, items, settled, doubts, and deposits
// sent, queued, unknown and failed.
func (e Event) Text(p *terminal.Page) {
	cells := []string{e.Event, e.At.UTC().Format(time.RFC3339Nano), toolbox.Number(e.Frame)}
	if p.ForPeople() {
		cells = []string{fmt.Sprintf("%-8s", e.Event)}
	}
	switch {
	case e.Summary != nil:
		e.Summary.text(p, cells)
	case e.Source != nil:
		p.Row(append(cells, e.Source.Name, fmt.Sprintf("%dx%d", e.Source.Width, e.Source.Height), fmt.Sprintf("%.3g", e.Source.FPS))...)
	case e.Event == eventFrame:
		p.Row(append(cells, Seen{Detections: e.Detections}.boxes())...)
	case e.Item != nil:
		p.Row(append(cells, e.cells()...)...)
	}
}

// cells are those of an item.
func (e Event) cells() []string {
	i := e.Item
	row := []string{toolbox.Number(i.Track), i.Label, fmt.Sprintf("%.3f", i.Confidence), toolbox.Number(i.Frames), i.State, "", ""}
	if d := e.Deposit; d != nil {
		row[5], row[6] = d.Key, d.RewardAmount
		if d.ID != 0 {
			row[5] = toolbox.Number(d.ID)
		}
	}
	return row
}

func (w Watched) text(p *terminal.Page, cells []string) {
	if !p.ForPeople() {
		for _, n := range []int64{w.Frames, w.Items, w.Settled, w.Doubts, w.Sent, w.Queued, w.Unknown, w.Refused} {
			cells = append(cells, toolbox.Number(n))
		}
		p.Row(cells...)
		return
	}
	p.Text(p.Strong(fmt.Sprintf("%d frames", w.Frames)), p.Dim(fmt.Sprintf(" in %.0f s, %d dropped, %d reconnects · ", w.Seconds, w.Dropped, w.Reconnects)),
		fmt.Sprintf("%d items, %d settled, %d in doubt", w.Items, w.Settled, w.Doubts), w.money(p))
}

// money is what became of the deposits, nothing when there are none.
func (w Watched) money(p *terminal.Page) (text string) {
	for _, part := range []struct {
		n    int64
		word string
		tone func(string) string
	}{{w.Sent, "sent", p.Good}, {w.Queued, "queued", p.Warning}, {w.Unknown, "unknown", p.Bad}, {w.Refused, "failed", p.Bad}} {
		if part.n > 0 {
			text += " · " + part.tone(deposits(part.n)+" "+part.word)
		}
	}
	return text
}

// deposits is a number of them in words.
func deposits(n int64) string {
	if n == 1 {
		return "1 deposit"
	}
	return fmt.Sprintf("%d deposits", n)
}
