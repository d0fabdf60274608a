package sandbox

import (
	"database/sql"
	"errors"
	"net/http"

	"github.com/shopspring/decimal"
)

// triggerProcessing only writes a row: nothing carries the request to a machine and nobody ever completes it.
func triggerProcessing(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("rvm_id", required(), existingRVM()),
		must("processing_type", nullable, oneOf("detection", "segmentation", "full_analysis")),
		must("priority", nullable, oneOf("low", "normal", "high")))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	machine, err := c.rvm(c.input.integer("rvm_id", 0))
	if err != nil {
		return reply{}, err
	}
	engines, err := c.enginesOf(machine.id)
	if err != nil {
		return reply{}, err
	}
	if len(engines) == 0 {
		return refused(http.StatusBadRequest, "No processing engines assigned to this RVM"), nil
	}
	at := c.now.Unix()
	made, err := c.tx.Exec(`INSERT INTO detection_results (rvm_id, detections, status, processing_type, priority,
		created_at, updated_at) VALUES (?, '[]', 'processing_requested', ?, coalesce(?, 'normal'), ?, ?)`,
		machine.id, c.input.text("processing_type"), c.input.text("priority"), at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	return ok("Processing triggered successfully", map[string]any{
		"processing_request_id": id, "rvm": machine.wire(), "processing_engines": engines,
		"status": "processing_requested",
	}), err
}

// enginesOf lists the engines that work for a machine.
func (c *call) enginesOf(id int64) ([]engine, error) {
	return rows(c.tx, scanEngine, "SELECT "+engineColumns+` FROM processing_engines e
		JOIN engine_rvm p ON p.processing_engine_id = e.id WHERE p.rvm_id = ? ORDER BY e.id`, id)
}

// rvmWithWork is a machine with its engines and newest deposits.
type rvmWithWork struct {
	rvmWire
	Engines  []engine  `json:"processing_engines"`
	Deposits []deposit `json:"deposits"`
}

// rvmStatus calls a machine online when its stored status is active, and for no other reason.
func rvmStatus(c *call, m rvm) (reply, error) {
	engines, engineErr := c.enginesOf(m.id)
	deposits, depositErr := rows(c.tx, scanDeposit, "SELECT "+depositColumns+
		" FROM deposits WHERE rvm_id = ? ORDER BY created_at DESC, id DESC LIMIT 5", m.id)
	latest, latestErr := c.latestDetection(m.id)
	figures, figureErr := c.detectionFigures(m.id)
	var last *string
	if latest != nil {
		last = &latest.CreatedAt
	}
	figures["last_detection_at"] = last
	return ok("RVM status retrieved successfully", map[string]any{
		"rvm":              rvmWithWork{m.wire(), engines, deposits},
		"latest_detection": latest,
		"detection_stats":  figures,
		"status": map[string]any{
			"is_online": m.status == "active", "last_activity": stamp(m.modified),
			"processing_engines_count": len(engines), "recent_deposits_count": len(deposits),
		},
	}), errors.Join(engineErr, depositErr, latestErr, figureErr)
}

func (c *call) latestDetection(id int64) (*detectionRow, error) {
	row, err := scanDetection(c.tx.QueryRow("SELECT "+detectionColumns+
		" FROM detection_results d WHERE d.rvm_id = ? ORDER BY d.created_at DESC, d.id DESC LIMIT 1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &row, err
}

func (c *call) detectionFigures(id int64) (map[string]any, error) {
	all, err := rows(c.tx, scanDetection, "SELECT "+detectionColumns+" FROM detection_results d WHERE d.rvm_id = ?", id)
	var average *string
	sum, timed := decimal.Zero, 0
	for _, d := range all {
		if d.ProcessingTime != nil {
			sum, timed = sum.Add(amountOf(*d.ProcessingTime)), timed+1
		}
	}
	if timed > 0 {
		text := averageText(sum, timed)
		average = &text
	}
	return map[string]any{"total_detections": len(all), "avg_processing_time": average}, err
}
