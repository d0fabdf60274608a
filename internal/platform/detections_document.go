package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// What other programs write about a picture comes in three dialects: the lines of rvmctl's own detection, the body that the
// platform reads, and the dictionaries of the Python edge software. ParseDetections reads all of them, by their keys.

const (
	// MaxDetectionDocument bounds a document, in bytes.
	MaxDetectionDocument = 16 << 20
	// MaxDetectionItems is how many results a document may hold.
	MaxDetectionItems = 10_000
)

// BoxForm says what the four numbers of a box mean. Four numbers do not tell themselves.
type BoxForm string

// The forms of a box. Values under the key xyxy are always BoxCorners.
const (
	// BoxCorners is left, top, right, bottom.
	BoxCorners BoxForm = "xyxy"
	// BoxSize is left, top, width, height.
	BoxSize BoxForm = "xywh"
	// BoxCentre is centre x, centre y, width, height.
	BoxCentre BoxForm = "cxcywh"
)

// DetectionItem is one result of a document: a draft, or the reason why it is none.
type DetectionItem struct {
	// Line is where the item stands in a document with one on each line, or its place in a list, from 1; 0 for the only one.
	Line  int
	Draft DetectionDraft
	// Err is a *DetectionDocumentError, or nil.
	Err error
}

// DetectionDraft is a result that may lack something. RVMID is 0 and ImagePath empty when the document does not say them;
// Detections is empty when nothing was seen.
type DetectionDraft struct {
	DetectionCreate
	// RVMName is what stood in the place of the machine's number and is none, such as the device name of old edge software.
	RVMName string
	// StoredID is the number under which the platform has this result already, 0 when the document does not say so.
	StoredID int64
	// Failure is why nothing could be looked at, in the words of the program that tried, or "".
	Failure string
}

// DetectionDocumentError says where a document is none of the known dialects.
type DetectionDocumentError struct {
	// Line counts as in DetectionItem; Path is the way to the value inside, such as detections.0.bbox, or "".
	Line         int
	Path, Reason string
}

func (e *DetectionDocumentError) Error() string {
	text := e.Reason
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	if e.Line > 0 {
		text = fmt.Sprintf("item %d: %s", e.Line, text)
	}
	return text
}

// ParseDetections reads a document: one result, a list of results, or one on each line. A result that cannot be understood is an
// item with Err, and those around it are not affected. Times without a zone are taken in zone. The error is a
// *DetectionDocumentError when the whole is not readable at all.
func ParseDetections(raw []byte, form BoxForm, zone *time.Location) ([]DetectionItem, error) {
	if len(raw) > MaxDetectionDocument {
		return nil, &DetectionDocumentError{Reason: fmt.Sprintf("larger than %d MiB", MaxDetectionDocument>>20)}
	}
	r := draftReader{form, zone}
	if v, err := parseJSON(raw); err == nil {
		list, isList := v.([]any)
		if !isList {
			return []DetectionItem{r.item(0, v)}, nil
		}
		return r.list(list)
	} else if line, _, several := bytes.Cut(bytes.TrimSpace(raw), []byte("\n")); !several || !json.Valid(line) {
		return nil, &DetectionDocumentError{Reason: err.Error()}
	}
	return r.lines(raw)
}

type draftReader struct {
	form BoxForm
	zone *time.Location
}

func (r draftReader) lines(raw []byte) (items []DetectionItem, err error) {
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(items) == MaxDetectionItems {
			return nil, tooManyItems()
		}
		v, err := parseJSON(line)
		if err != nil {
			items = append(items, DetectionItem{Line: n, Err: &DetectionDocumentError{Line: n, Reason: err.Error()}})
			continue
		}
		items = append(items, r.item(n, v))
	}
	return items, nil
}

func (r draftReader) list(list []any) ([]DetectionItem, error) {
	if len(list) > MaxDetectionItems {
		return nil, tooManyItems()
	}
	items := make([]DetectionItem, len(list))
	for i, v := range list {
		items[i] = r.item(i+1, v)
	}
	return items, nil
}

func tooManyItems() error {
	return &DetectionDocumentError{Reason: fmt.Sprintf("more than %d items", MaxDetectionItems)}
}

// item reads one result.
func (r draftReader) item(line int, v any) DetectionItem {
	draft, err := r.draft(v)
	if err != nil {
		return DetectionItem{Line: line, Err: &DetectionDocumentError{Line: line, Path: err.path, Reason: err.reason}}
	}
	return DetectionItem{Line: line, Draft: draft}
}

func (r draftReader) draft(v any) (d DetectionDraft, failed *shapeError) {
	object, ok := v.(map[string]any)
	if !ok {
		return d, &shapeError{"", kindOf(v) + " where a detection result belongs"}
	}
	if problem, ok := object["error"].(map[string]any); ok {
		d.Failure = oneLine(text(problem["message"]))
		if d.Failure == "" {
			d.Failure = "no reason given"
		}
		return d, nil
	}
	found, ok := listOf(unpack(object["detections"]))
	if !ok || object["detections"] == nil {
		return d, &shapeError{"detections", "missing, or no list"}
	}
	for i, one := range found {
		seen, failed := r.seen(one)
		if failed != nil {
			return d, &shapeError{join(fmt.Sprintf("detections.%d", i), failed.path), failed.reason}
		}
		d.Detections = append(d.Detections, seen)
	}
	return d, r.surroundings(object, &d)
}

// surroundings reads what stands around the detections.
func (r draftReader) surroundings(object map[string]any, d *DetectionDraft) *shapeError {
	if rvm := first(object, "rvm_id", "rvm"); rvm != nil {
		id, err := wireInt(rvm)
		name, isText := rvm.(string)
		switch {
		case err == nil:
			d.RVMID = id
		case isText:
			d.RVMName = bound(name, 64)
		default:
			return &shapeError{"rvm_id", kindOf(rvm) + " where the number of a machine belongs"}
		}
	}
	d.ImagePath = text(object["image_path"])
	if upload, ok := object["upload"].(map[string]any); ok && d.ImagePath == "" {
		d.ImagePath = text(upload["path"])
	}
	if stored, ok := object["detection_result"].(map[string]any); ok {
		d.StoredID, _ = wireInt(stored["id"])
	}
	d.ModelVersion = modelOf(object)
	if err := r.times(object, d); err != nil {
		return err
	}
	return nil
}

// modelOf is model_version, or name and sum of the model that rvmctl names.
func modelOf(object map[string]any) string {
	if version := text(object["model_version"]); version != "" {
		return version
	}
	if model, ok := object["model"].(map[string]any); ok && text(model["name"]) != "" {
		return fmt.Sprintf("%s@%.12s", text(model["name"]), text(model["sha256"]))
	}
	return text(object["model"])
}

// times reads when the picture was taken and how long the model took. Python's time.time() is a number of seconds.
func (r draftReader) times(object map[string]any, d *DetectionDraft) *shapeError {
	at := first(object, "timestamp", "detection_timestamp")
	if stamp, ok := at.(json.Number); ok {
		seconds, err := wireFloat(stamp)
		if err != nil || seconds < 0 || seconds > 253_402_300_799 {
			return &shapeError{"timestamp", "no moment of the years 1970 to 9999"}
		}
		d.Timestamp = time.UnixMicro(int64(seconds * 1e6)).UTC()
	} else if at != nil {
		moment, err := r.moment(text(at))
		if err != nil {
			return &shapeError{"timestamp", err.Error()}
		}
		d.Timestamp = moment
	}
	seconds, scale := first(object, "processing_time"), 1.0
	if timing, ok := object["timing_ms"].(map[string]any); ok && seconds == nil {
		seconds, scale = timing["run"], 1000
	}
	if seconds != nil {
		took, err := wireFloat(seconds)
		const most = 1e7
		if err != nil || took < 0 || took/scale >= most {
			return &shapeError{"processing_time", "no number of seconds from 0 to 10000000"}
		}
		d.ProcessingTime = time.Duration(took / scale * float64(time.Second))
	}
	return nil
}

// moment is ParseTime, with another zone for times that name none.
func (r draftReader) moment(text string) (time.Time, error) {
	at, err := ParseTime(text)
	if err != nil {
		return at, err
	}
	for _, layout := range timeLayouts {
		if local, err := time.ParseInLocation(layout, text, r.zone); err == nil && local.UTC().Year() >= 1 && local.UTC().Year() <= 9999 {
			return local.UTC(), nil
		}
	}
	return at, nil
}

// first is the value of the first key that is there and not null.
func first(object map[string]any, keys ...string) any {
	for _, key := range keys {
		if v := object[key]; v != nil {
			return v
		}
	}
	return nil
}

// text is v when it is a string, else "".
func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}
