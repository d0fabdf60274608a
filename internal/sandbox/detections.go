package sandbox

import (
	"database/sql"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
)

// detectionRow is a stored detection result.
type detectionRow struct {
	ID             int64    `json:"id"`
	RVMID          int64    `json:"rvm_id"`
	ImagePath      *string  `json:"image_path"`
	Detections     string   `json:"detections"` // an array inside a string: the platform encodes it twice
	Status         string   `json:"status"`
	ProcessingTime *string  `json:"processing_time"` // seconds, three decimals
	ModelVersion   *string  `json:"model_version"`
	ProcessingType *string  `json:"processing_type"`
	Priority       *string  `json:"priority"`
	Timestamp      *string  `json:"timestamp"`
	CreatedAt      string   `json:"created_at"`
	UpdatedAt      string   `json:"updated_at"`
	RVM            *rvmWire `json:"reverse_vending_machine,omitempty"`
}

// detectedItem is what is kept of one detection; every other key vanishes.
type detectedItem struct {
	Class      string  `json:"class"`
	Confidence any     `json:"confidence"`
	Box        any     `json:"bbox"`
	Mask       *string `json:"segmentation_mask,omitempty"`
}

const detectionColumns = `d.id, d.rvm_id, d.image_path, d.detections, d.status, d.processing_time, d.model_version,
	d.processing_type, d.priority, d.detected_at, d.created_at, d.updated_at`

func scanDetection(row scanner) (d detectionRow, err error) {
	var at *int64
	var made, changed int64
	err = row.Scan(&d.ID, &d.RVMID, &d.ImagePath, &d.Detections, &d.Status, &d.ProcessingTime, &d.ModelVersion,
		&d.ProcessingType, &d.Priority, &at, &made, &changed)
	d.Timestamp, d.CreatedAt, d.UpdatedAt = stampNull(at), stamp(made), stamp(changed)
	return d, err
}

func detectionRoutes(bearer guard) []route {
	const base = "api/v2/detection-results"
	return []route{
		on("GET", base, bearer, listDetections),
		on("POST", base, bearer, storeDetection),
		on("GET", base+"/processing-history", bearer, processingHistory),
		on("POST", base+"/trigger-processing", bearer, triggerProcessing),
		on("GET", base+"/{}", bearer, showDetection),
		on("GET", base+"/rvm/{}/status", bearer, withRVM("Failed to retrieve RVM status", rvmStatus)),
		on("POST", "api/v2/trigger-processing", bearer, triggerProcessing),
		on("GET", "api/v2/rvm-status/{}", bearer, withRVM("Failed to retrieve RVM status", rvmStatus)),
	}
}

func storeDetection(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("rvm_id", required(), isInteger(), existingRVM()),
		must("image_path", required(), isString()),
		must("detections", required(), isArray()),
		must("detections.*.class", required(), isString()),
		must("detections.*.confidence", required(), isNumeric(), atLeast(0), atMost(1)),
		must("detections.*.bbox", required(), isArray(), items(4)),
		must("detections.*.bbox.*", isNumeric()),
		must("detections.*.segmentation_mask", nullable, isString()),
		must("timestamp", nullable, isDate()),
		must("processing_time", nullable, isNumeric()),
		must("model_version", nullable, isString()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	encoded, err := phpJSON(keptDetections(c.input["detections"]), false)
	if err != nil {
		return reply{}, err
	}
	seconds, err := c.seconds()
	if err != nil {
		return reply{}, err
	}
	in, at := c.input, c.now.Unix()
	made, err := c.tx.Exec(`INSERT INTO detection_results (rvm_id, image_path, detections, status, processing_time,
		model_version, detected_at, created_at, updated_at) VALUES (?, ?, ?, 'completed', ?, ?, ?, ?, ?)`,
		in.integer("rvm_id", 0), in.text("image_path"), string(encoded), seconds, in.text("model_version"),
		c.detectedAt(), at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return reply{}, err
	}
	row, err := c.detection(id)
	return created("Detection result stored successfully", row), err
}

// keptDetections picks the validated keys. An object in place of the array counts as the array of its values.
func keptDetections(value any) []detectedItem {
	found, _ := value.([]any)
	if object, is := value.(map[string]any); is {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			found = append(found, object[key])
		}
	}
	kept := []detectedItem{}
	for _, one := range found {
		fields, _ := one.(map[string]any)
		item := detectedItem{Class: phpString(fields["class"]), Confidence: fields["confidence"], Box: fields["bbox"]}
		item.Mask = input(fields).text("segmentation_mask")
		kept = append(kept, item)
	}
	return kept
}

func (c *call) seconds() (*string, error) {
	if c.input.text("processing_time") == nil {
		return nil, nil
	}
	if f, _ := asNumber(c.input["processing_time"]); math.Abs(f) >= maxSeconds {
		return nil, errUncaught
	}
	d, err := asDecimal(c.input["processing_time"])
	if err != nil {
		return nil, err
	}
	s := d.StringFixed(3)
	return &s, nil
}

// maxSeconds is where a processing time stops fitting the platform's column.
const maxSeconds = 1e7

func (c *call) detectedAt() int64 {
	if at, good := parseDate(c.input.str("timestamp")); good {
		return at.Unix()
	}
	return c.now.Unix()
}

// detection reads one row with its machine; sql.ErrNoRows when there is none.
func (c *call) detection(id int64) (detectionRow, error) {
	row, err := scanDetection(c.tx.QueryRow("SELECT "+detectionColumns+" FROM detection_results d WHERE d.id = ?", id))
	if err != nil {
		return row, err
	}
	return row, c.attachMachine(&row)
}

func (c *call) attachMachine(row *detectionRow) error {
	machine, err := c.rvm(row.RVMID)
	wire := machine.wire()
	row.RVM = &wire
	return err
}

func showDetection(c *call) (reply, error) {
	id, refusal := c.databaseID()
	if refusal != nil {
		return *refusal, nil
	}
	row, err := c.detection(id)
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusNotFound, "Detection result not found"), nil
	}
	return ok("Detection result retrieved successfully", row), err
}

// detectionFilter turns the query into SQL; problem is the exception that the platform shows.
func (c *call) detectionFilter(names ...string) (where string, args []any, problem string) {
	where = " WHERE 1 = 1"
	for _, name := range names {
		text := c.query(name)
		if text == "" {
			continue
		}
		switch name {
		case "rvm_id":
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return "", nil, `SQLSTATE[22P02]: Invalid text representation: 7 ERROR:  invalid input syntax for type bigint: "` +
					text + `"`
			}
			where, args = where+" AND d.rvm_id = ?", append(args, id)
		case "status":
			where, args = where+" AND d.status = ?", append(args, text)
		default:
			at, good := parseDate(text)
			if !good {
				return "", nil, badTimestamp(text)
			}
			comparison := map[string]string{"date_from": " AND d.created_at >= ?", "date_to": " AND d.created_at <= ?"}
			where, args = where+comparison[name], append(args, at.Unix())
		}
	}
	return where, args, ""
}

func listDetections(c *call) (reply, error) {
	where, args, problem := c.detectionFilter("rvm_id", "date_from", "date_to")
	if problem != "" {
		return caught("Failed to retrieve detection results", problem), nil
	}
	w, good := c.newWindow(0)
	if !good {
		return c.serverError(), nil
	}
	total, err := count(c.tx, "SELECT count(*) FROM detection_results d"+where, args...)
	if err != nil {
		return reply{}, err
	}
	page, err := c.detections(where+" ORDER BY d.created_at DESC, d.id DESC LIMIT ? OFFSET ?",
		append(args, w.limit(), w.offset())...)
	return ok("Detection results retrieved successfully", c.paginator(w, page, len(page), total)), err
}

func (c *call) detections(clauses string, args ...any) ([]detectionRow, error) {
	page, err := rows(c.tx, scanDetection, "SELECT "+detectionColumns+" FROM detection_results d"+clauses, args...)
	for i := range page {
		err = errors.Join(err, c.attachMachine(&page[i]))
	}
	return page, err
}

// maxHistory bounds the history, which has no pages.
const maxHistory = 1000

func processingHistory(c *call) (reply, error) {
	where, args, problem := c.detectionFilter("rvm_id", "status", "date_from", "date_to")
	if problem != "" {
		return caught("Failed to retrieve processing history", problem), nil
	}
	limit := 10
	if asked, err := strconv.Atoi(c.query("limit")); err == nil && asked > 0 {
		limit = min(asked, maxHistory)
	}
	found, err := c.detections(where+" ORDER BY d.created_at DESC, d.id DESC LIMIT ?", append(args, limit)...)
	return ok("Processing history retrieved successfully", found), err
}
