package platform

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DetectionsService stores and lists what machines saw.
type DetectionsService struct{ c *Client }

const detectionsPath = "/api/v2/detection-results"

// Detection is one thing seen, in the platform's terms.
type Detection struct {
	// Class is the model's label as free text.
	Class string `json:"class" wire:"class_name,label,name"`
	// Confidence is 0–1.
	Confidence float64 `json:"confidence"`
	// BBox is x1,y1,x2,y2 in pixels of the picture.
	BBox [4]float64 `json:"bbox" wire:"box,xyxy"`
	// SegmentationMask is a base64 PNG, or empty.
	SegmentationMask string `json:"segmentation_mask,omitempty" wire:"mask_base64"`
}

// DetectionCreate is one picture's result to be stored.
type DetectionCreate struct {
	RVMID int64
	// ImagePath is the Path that an upload returned.
	ImagePath string
	// Detections must not be empty: the platform refuses a picture in which nothing was seen.
	Detections []Detection
	// Timestamp is when the picture was taken; the zero time is not sent.
	Timestamp time.Time
	// ProcessingTime is how long the model took; 0 is not sent.
	ProcessingTime time.Duration
	// ModelVersion is free text, or empty.
	ModelVersion string
}

// MarshalJSON encodes the body that the platform reads: processing_time in seconds, timestamp in UTC.
func (d DetectionCreate) MarshalJSON() ([]byte, error) {
	wire := struct {
		RVMID          int64       `json:"rvm_id"`
		ImagePath      string      `json:"image_path"`
		Detections     []Detection `json:"detections"`
		Timestamp      string      `json:"timestamp,omitempty"`
		ProcessingTime float64     `json:"processing_time,omitempty"`
		ModelVersion   string      `json:"model_version,omitempty"`
	}{d.RVMID, d.ImagePath, d.Detections, "", d.ProcessingTime.Seconds(), d.ModelVersion}
	if !d.Timestamp.IsZero() {
		wire.Timestamp = formatTime(d.Timestamp)
	}
	return json.Marshal(wire)
}

// DetectionResult is a stored result.
type DetectionResult struct {
	ID         int64       `json:"id"`
	RVMID      int64       `json:"rvm_id"`
	ImagePath  string      `json:"image_path"`
	Detections []Detection `json:"detections"`
	// Status is completed, processing, processing_requested or failed; other words are possible.
	Status string `json:"status"`
	// ProcessingTime is in seconds, nil when unknown.
	ProcessingTime *Decimal  `json:"processing_time"`
	ModelVersion   string    `json:"model_version"`
	ProcessingType string    `json:"processing_type"`
	Priority       string    `json:"priority"`
	Timestamp      time.Time `json:"timestamp,omitzero" wire:"detection_timestamp"`
	CreatedAt      time.Time `json:"created_at,omitzero"`
	UpdatedAt      time.Time `json:"updated_at,omitzero"`
}

// DetectionQuery selects results; zero fields do not restrict.
type DetectionQuery struct {
	RVMID         int64
	From, To      time.Time
	Page, PerPage int
}

// Create stores one result. The platform has no batch and no idempotency.
func (s *DetectionsService) Create(ctx context.Context, d DetectionCreate) (DetectionResult, error) {
	if err := d.Validate(); err != nil {
		return DetectionResult{}, err
	}
	k := call{method: http.MethodPost, path: detectionsPath, body: d, changes: true, creates: true}
	return fetch(ctx, s.c, k, func(r DetectionResult) string {
		if reason := named("detection result", r.ID); reason != "" {
			return reason
		}
		return same("rvm", r.RVMID, d.RVMID)
	})
}

// List returns one page of results.
func (s *DetectionsService) List(ctx context.Context, q DetectionQuery) (Page[DetectionResult], error) {
	if err := firstError(checkOptionalID("rvm_id", q.RVMID), checkSpan("date_from", q.From, "date_to", q.To)); err != nil {
		return Page[DetectionResult]{}, err
	}
	query := url.Values{}
	setInt(query, "rvm_id", q.RVMID)
	setTime(query, "date_from", q.From)
	setTime(query, "date_to", q.To)
	if err := pages(query, q.Page, q.PerPage); err != nil {
		return Page[DetectionResult]{}, err
	}
	return list[DetectionResult](ctx, s.c, get(detectionsPath, query))
}

// All yields every result that q selects, each once; the page fields of q are ignored.
func (s *DetectionsService) All(ctx context.Context, q DetectionQuery) iter.Seq2[DetectionResult, error] {
	return walker[DetectionResult]{
		what: "detection results",
		page: func(page, perPage int) (Page[DetectionResult], error) {
			q.Page, q.PerPage = page, perPage
			return s.List(ctx, q)
		},
		id: func(r DetectionResult) int64 { return r.ID },
	}.all()
}

// Get returns one result.
func (s *DetectionsService) Get(ctx context.Context, id int64) (DetectionResult, error) {
	if err := checkID("detection result", id); err != nil {
		return DetectionResult{}, err
	}
	return fetch(ctx, s.c, get(idPath(detectionsPath, id, ""), nil), func(r DetectionResult) string {
		return same("detection result", r.ID, id)
	})
}

// HistoryQuery selects what History returns; zero fields do not restrict.
type HistoryQuery struct {
	RVMID int64
	// Status is one of ProcessingStates.
	Status   string
	From, To time.Time
	// Limit is the number of rows, 1–1000; the platform's default is 10.
	Limit int
}

// ProcessingStates are the words for the state of a result.
func ProcessingStates() []string {
	return []string{"completed", "processing", "processing_requested", "failed"}
}

// History returns results and processing requests, newest first; there are no pages. Builds differ in where they keep it: the
// older place is tried when the newer one is missing.
func (s *DetectionsService) History(ctx context.Context, q HistoryQuery) ([]DetectionResult, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	query := url.Values{}
	setInt(query, "rvm_id", q.RVMID)
	setText(query, "status", q.Status)
	setTime(query, "date_from", q.From)
	setTime(query, "date_to", q.To)
	setInt(query, "limit", int64(q.Limit))
	page, err := list[DetectionResult](ctx, s.c, get(detectionsPath+"/processing-history", query))
	if notThere(err) {
		older, olderErr := list[DetectionResult](ctx, s.c, get("/api/v2/processing-history", query))
		if !notThere(olderErr) {
			page, err = older, olderErr
		}
	}
	return page.Items, err
}

// notThere says that the endpoint is missing. A build without it may take its last word for the number of a result.
func notThere(err error) bool {
	var no *Error
	return errors.As(err, &no) && (no.RouteMissing() || no.NotFound())
}

// ProcessingTrigger asks for a machine's next picture to be processed.
type ProcessingTrigger struct {
	RVMID int64 `json:"rvm_id"`
	// Type is one of ProcessingTypes, or empty.
	Type string `json:"processing_type,omitempty"`
	// Priority is one of ProcessingPriorities, or empty.
	Priority string `json:"priority,omitempty"`
}

// ProcessingTypes are the kinds of work that can be asked for.
func ProcessingTypes() []string { return []string{"detection", "segmentation", "full_analysis"} }

// ProcessingPriorities are the words for urgency.
func ProcessingPriorities() []string { return []string{"low", "normal", "high"} }

// ProcessingRequest is what the platform wrote down. It tells nobody, and nobody completes it.
type ProcessingRequest struct {
	ID      int64     `json:"processing_request_id" wire:"id"`
	RVM     EngineRVM `json:"rvm"`
	Engines []Engine  `json:"processing_engines"`
	Status  string    `json:"status"`
}

// Trigger makes the platform write down a request. A machine without an engine is a 400 that is NoEngines.
func (s *DetectionsService) Trigger(ctx context.Context, t ProcessingTrigger) (ProcessingRequest, error) {
	if err := t.Validate(); err != nil {
		return ProcessingRequest{}, err
	}
	k := call{method: http.MethodPost, path: triggerPath, body: t, changes: true}
	return fetch(ctx, s.c, k, func(r ProcessingRequest) string {
		if r.RVM.ID == 0 {
			return named("processing request", r.ID)
		}
		return firstReason(named("processing request", r.ID), same("rvm", r.RVM.ID, t.RVMID))
	})
}

const triggerPath = "/api/v2/trigger-processing"

// NoEngines says that processing was refused because no engine is assigned to the machine.
func (e *Error) NoEngines() bool {
	return e.Status == http.StatusBadRequest && e.Path == triggerPath && strings.Contains(e.Message, "No processing engines")
}
