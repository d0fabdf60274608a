// Package detection lists, shows and uploads detection results that are already there, as files or on the platform. It
// refuses to know models and pictures: looking is the noun detect.
package detection

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("detection", "List, show and upload what engines saw",
		`A detection result is what an engine saw in one picture, as the platform keeps it.`,
		NewList(box, nil), NewShow(box, nil), NewUpload(box, nil), NewHistory(box, nil), NewTrigger(box, nil))
}

// client is what these commands ask of the platform.
type client func() (*platform.Client, error)

// Record is one detection result as it is shown.
type Record struct {
	ID             int64     `json:"id" doc:"number of the detection result"`
	RVMID          int64     `json:"rvm_id" doc:"number of the machine"`
	Status         string    `json:"status" doc:"completed, processing, processing_requested or failed; the platform may have other words"`
	ImagePath      string    `json:"image_path" doc:"path of the picture on the platform, empty for a request"`
	Detections     []Seen    `json:"detections" doc:"what was seen; empty for a request"`
	ModelVersion   string    `json:"model_version" doc:"what looked, as the sender said it"`
	ProcessingTime *string   `json:"processing_time_s" doc:"how long it took, seconds as text, null when unknown"`
	ProcessingType string    `json:"processing_type,omitempty" doc:"what a request asked for: detection, segmentation or full_analysis"`
	Priority       string    `json:"priority,omitempty" doc:"urgency of a request: low, normal or high"`
	TakenAt        time.Time `json:"taken_at,omitzero" doc:"when the picture was taken, as the sender said it"`
	CreatedAt      time.Time `json:"created_at,omitzero" doc:"when the platform stored it"`
}

// Seen is one thing in a picture.
type Seen struct {
	Class      string     `json:"class" doc:"label of the model"`
	Confidence float64    `json:"confidence" doc:"score, 0 to 1"`
	Box        [4]float64 `json:"bbox" doc:"x1, y1, x2, y2 in pixels of the picture"`
	Mask       string     `json:"segmentation_mask,omitempty" doc:"base64 PNG of its outline, absent when there is none"`
}

func newRecord(d platform.DetectionResult) Record {
	r := Record{ID: d.ID, RVMID: d.RVMID, Status: d.Status, ImagePath: d.ImagePath, Detections: []Seen{}, ModelVersion: d.ModelVersion,
		ProcessingType: d.ProcessingType, Priority: d.Priority, TakenAt: d.Timestamp, CreatedAt: d.CreatedAt}
	for _, one := range d.Detections {
		r.Detections = append(r.Detections, Seen{one.Class, one.Confidence, one.BBox, one.SegmentationMask})
	}
	if d.ProcessingTime != nil {
		seconds := d.ProcessingTime.StringFixed(3)
		r.ProcessingTime = &seconds
	}
	return r
}

func newRecords(all []platform.DetectionResult) []Record {
	records := make([]Record, len(all))
	for i, d := range all {
		records[i] = newRecord(d)
	}
	return records
}

// labels are the classes in one cell.
func (r Record) labels() string {
	words := make([]string, len(r.Detections))
	for i, d := range r.Detections {
		words[i] = d.Class
	}
	return strings.Join(words, ",")
}

// table is the rows of list and history.
func table(p *terminal.Page, all []Record) {
	rows := make([][]string, len(all))
	for i, r := range all {
		rows[i] = []string{toolbox.Number(r.ID), toolbox.Number(r.RVMID), r.Status, toolbox.Or(r.labels(), "-"), toolbox.Or(r.ImagePath, "-"),
			toolbox.Or(r.ModelVersion, "-"), p.Time(r.CreatedAt)}
	}
	p.Table([]string{"ID", "RVM", "STATUS", "LABELS", "PICTURE", "MODEL", "STORED"}, rows)
}
