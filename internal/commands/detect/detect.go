// Package detect looks at pictures and, when asked, sends what it saw to the platform and creates the deposits. It refuses to
// know how a model runs, how a picture is decoded and how a request travels.
package detect

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("detect", "Look at pictures and find bottles and cans",
		"Detection runs on this machine, with the model inside rvmctl or with your own YOLO11 or YOLOv8 export.",
		NewRun(box, nil), NewWatch(box, nil))
}

// Seen is the result for one picture.
type Seen struct {
	File       string           `json:"file" doc:"picture as it was named, - for standard input, video.mp4#12 for a frame"`
	Width      int              `json:"width" doc:"pixels of the displayed picture, EXIF orientation applied"`
	Height     int              `json:"height" doc:"pixels of the displayed picture"`
	Detections []Detection      `json:"detections" doc:"what was found, highest confidence first"`
	Dropped    int              `json:"dropped,omitempty" doc:"rows of the model's answer that were not possible and were left out"`
	Model      Model            `json:"model" doc:"what looked"`
	Timing     Timing           `json:"timing_ms" doc:"where the time went, milliseconds"`
	Stages     *Stages          `json:"stages_ms,omitempty" doc:"with --timing: the time around the model, milliseconds"`
	Saved      string           `json:"saved,omitempty" doc:"annotated copy, with --save"`
	Upload     *Upload          `json:"upload,omitempty" doc:"the stored picture, with --upload"`
	Stored     *Stored          `json:"detection_result,omitempty" doc:"the stored detection, with --upload; absent when nothing was found"`
	Deposits   []Deposit        `json:"deposits,omitempty" doc:"one for each item, with --deposit"`
	Error      *toolbox.Problem `json:"error,omitempty" doc:"why the picture could not be looked at or saved, absent on success"`

	table string
}

// Detection is one box.
type Detection struct {
	Label      string     `json:"label" doc:"the model's text for the class"`
	LabelID    int        `json:"label_id" doc:"the model's number for the class, which means nothing outside the model"`
	Confidence float32    `json:"confidence" doc:"score, 0 to 1"`
	Box        [4]float32 `json:"box" doc:"x1, y1, x2, y2 in pixels of the displayed picture, origin top left"`
	Mask       *Mask      `json:"mask,omitempty" doc:"which pixels of the picture belong to it; absent without a segmentation model or SAM2, and where none does"`
}

// Model says what looked at the picture.
type Model struct {
	Name       string  `json:"name" doc:"name of the model, or its file"`
	SHA256     string  `json:"sha256" doc:"sum of the model file"`
	Width      int     `json:"input_width" doc:"pixels of the model's input"`
	Height     int     `json:"input_height" doc:"pixels of the model's input"`
	Device     string  `json:"device" doc:"device that was asked for"`
	Provider   string  `json:"provider" doc:"execution provider of ONNX Runtime that really ran"`
	Fallback   string  `json:"fallback_reason,omitempty" doc:"why auto took the processor, absent when it did not"`
	Confidence float32 `json:"confidence_threshold" doc:"smallest score of a detection"`
	IoU        float32 `json:"iou_threshold" doc:"overlap above which the weaker box of a label went"`
}

// Timing is in milliseconds.
type Timing struct {
	Pre  float64 `json:"pre" doc:"from the decoded picture to the model's input"`
	Run  float64 `json:"run" doc:"inference"`
	Post float64 `json:"post" doc:"from the model's output to the boxes"`
}

// Upload is the stored picture.
type Upload struct {
	Path     string           `json:"path,omitempty" doc:"path of the picture on the platform"`
	Size     int64            `json:"size_bytes,omitempty" doc:"size that the platform confirmed"`
	Delivery string           `json:"delivery,omitempty" doc:"sent, queued or uncertain"`
	Key      string           `json:"key,omitempty" doc:"its name in the outbox"`
	Error    *toolbox.Problem `json:"error,omitempty" doc:"why it was not uploaded"`
}

// Stored is the stored detection result.
type Stored struct {
	ID       int64            `json:"id,omitempty" doc:"number of the detection result"`
	Delivery string           `json:"delivery,omitempty" doc:"sent, queued or uncertain"`
	Key      string           `json:"key,omitempty" doc:"its name in the outbox"`
	Error    *toolbox.Problem `json:"error,omitempty" doc:"why it was not stored"`
}

// Outcomes of one deposit.
const (
	sent     = "sent"
	queued   = "queued"
	unknown  = "unknown"
	failed   = "failed"
	notSent  = "not_sent"
	needsYes = "needs_yes"
	unmapped = "unmapped"
	tooWeak  = "below_min_confidence"
	// samePicture is the one entry of a picture whose bytes were seen before in this run.
	samePicture = "same_picture"
)

// Deposit is what became of one item.
type Deposit struct {
	Outcome       string           `json:"outcome" doc:"sent, queued (kept until the platform can be reached), unknown (the answer was lost; rvmctl outbox flush settles it, do not send it again), failed, not_sent, needs_yes (two labels are too close, or two boxes may be one object), unmapped (the label is no item), below_min_confidence, or same_picture (the same bytes were counted before in this run; label is then the first file)"`
	Label         string           `json:"label" doc:"label of the item"`
	Rival         string           `json:"rival,omitempty" doc:"label that the doubt is about: another one on the same object whose score is close, or that of the box it overlaps"`
	Confidence    float32          `json:"confidence" doc:"score of the item, 0 to 1"`
	WasteType     string           `json:"waste_type,omitempty" doc:"what the platform pays for"`
	WeightKG      string           `json:"weight_kg,omitempty" doc:"kilograms as text"`
	WeightAssumed bool             `json:"weight_assumed" doc:"true when no scale said it and the typical weight of the item was taken"`
	ID            int64            `json:"deposit_id,omitempty" doc:"number of the deposit, once the platform has confirmed it"`
	RewardAmount  string           `json:"reward_amount,omitempty" doc:"reward in rupiah as text; \"not said\" when the answer did not carry it"`
	Status        string           `json:"status,omitempty" doc:"status of the deposit on the platform"`
	Key           string           `json:"key,omitempty" doc:"its name in the outbox"`
	Error         *toolbox.Problem `json:"error,omitempty" doc:"why it was not created"`

	doubt *doubt
}

func newDetections(found []vision.Detection) []Detection {
	out := make([]Detection, len(found))
	for i, d := range found {
		out[i] = Detection{Label: d.Label, LabelID: d.LabelID, Confidence: d.Confidence,
			Box: [4]float32{d.Box.X1, d.Box.Y1, d.Box.X2, d.Box.Y2}}
	}
	return out
}

// Text is one line for the picture; below it, for people, a line for each thing that was sent. A pipe gets one line: file,
// size, number of boxes, boxes, annotated copy, uploaded path, detection result, deposits.
func (s Seen) Text(p *terminal.Page) {
	if s.Error != nil && s.Width == 0 {
		return
	}
	if !p.ForPeople() {
		p.Row(s.File, fmt.Sprintf("%dx%d", s.Width, s.Height), toolbox.Number(len(s.Detections)), s.boxes(),
			s.Saved, s.uploadedPath(), s.storedID(), s.depositWords())
		return
	}
	p.Text(terminal.Clean(s.File), p.Dim(fmt.Sprintf("  %d×%d  ", s.Width, s.Height)), p.Strong(s.counts()),
		p.Dim(fmt.Sprintf("  %.1f ms", s.Timing.Pre+s.Timing.Run+s.Timing.Post)))
	if s.Saved != "" {
		p.Line("  saved %s", s.Saved)
	}
	if s.Upload != nil && s.Upload.Path != "" {
		p.Line("  uploaded %s%s", s.Upload.Path, s.resultWords())
	} else if s.Upload != nil && s.Upload.Error == nil {
		p.Text("  ", p.Warning("picture "+s.Upload.Delivery))
	}
	for _, d := range s.Deposits {
		p.Text("  ", d.line(p, s.table))
	}
}

// confirmed names what the platform has stored of this picture.
func (s Seen) confirmed() (things []string) {
	if path := s.uploadedPath(); path != "" {
		things = append(things, path)
	}
	if id := s.storedID(); id != "" {
		things = append(things, "detection result "+id)
	}
	for _, d := range s.Deposits {
		if d.Outcome == sent {
			things = append(things, "deposit "+toolbox.Number(d.ID))
		}
	}
	return things
}

func (s Seen) uploadedPath() string {
	if s.Upload == nil {
		return ""
	}
	return s.Upload.Path
}

func (s Seen) storedID() string {
	if s.Stored == nil || s.Stored.ID == 0 {
		return ""
	}
	return toolbox.Number(s.Stored.ID)
}

func (s Seen) resultWords() string {
	if id := s.storedID(); id != "" {
		return ", detection result " + id
	}
	return ""
}

// boxes lists every box for programs: label, confidence and x1,y1,x2,y2, separated by semicolons.
func (s Seen) boxes() string {
	words := make([]string, len(s.Detections))
	for i, d := range s.Detections {
		words[i] = fmt.Sprintf("%s %.3f %.1f,%.1f,%.1f,%.1f", d.Label, d.Confidence, d.Box[0], d.Box[1], d.Box[2], d.Box[3])
	}
	return strings.Join(words, "; ")
}

func (s Seen) depositWords() string {
	words := make([]string, len(s.Deposits))
	for i, d := range s.Deposits {
		words[i] = strings.TrimSuffix(fmt.Sprintf("%s %s %s", d.Outcome, d.Label, toolbox.Number(d.ID)), " 0")
	}
	return strings.Join(words, "; ")
}

// counts is what people want to know first: "2 bottles 0.91 0.88, 1 can 0.72".
func (s Seen) counts() string {
	if len(s.Detections) == 0 {
		return "nothing found"
	}
	var labels []string
	scores := map[string][]string{}
	for _, d := range s.Detections {
		if scores[d.Label] == nil {
			labels = append(labels, d.Label)
		}
		scores[d.Label] = append(scores[d.Label], fmt.Sprintf("%.2f", d.Confidence))
	}
	for i, l := range labels {
		labels[i] = fmt.Sprintf("%d %s (%s)", len(scores[l]), l, strings.Join(scores[l], ", "))
	}
	return strings.Join(labels, ", ")
}

func (d Deposit) line(p *terminal.Page, table string) string {
	what := terminal.Clean(d.Label)
	if d.WasteType != "" {
		what += " → " + d.WasteType + " " + d.WeightKG + " kg"
		if d.WeightAssumed {
			what += " (assumed, " + terminal.Clean(table) + " table)"
		}
	}
	switch d.Outcome {
	case sent:
		return p.Good("deposit ") + p.Strong(toolbox.Number(d.ID)) + "  " + what + "  " + p.Strong("Rp "+d.RewardAmount) + "  " + d.Status
	case queued:
		return p.Warning("deposit queued ") + what
	case unknown:
		return p.Bad("deposit unknown ") + what + ": the answer was lost; settled by rvmctl outbox flush"
	case needsYes:
		return p.Warning("no deposit ") + terminal.Clean(d.doubt.question) + "; use --yes if " + terminal.Clean(d.doubt.taken)
	case unmapped:
		return p.Dim("no deposit  " + terminal.Clean(d.Label) + " is no item of the waste table")
	case samePicture:
		return p.Dim("no deposit  the same picture as " + terminal.Clean(d.Label))
	case tooWeak:
		return p.Dim(fmt.Sprintf("no deposit  %s: confidence %.2f is below --min-confidence", what, d.Confidence))
	}
	return p.Bad("no deposit ") + what + ": " + d.Outcome
}
