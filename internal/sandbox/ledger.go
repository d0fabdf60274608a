package sandbox

import (
	"context"
	"database/sql"
	"time"

	"github.com/shopspring/decimal"
)

// Ledger is everything the sandbox holds that a demo shows and a test counts, oldest first.
type Ledger struct {
	Deposits   []LedgerDeposit
	Detections []LedgerDetection
	Uploads    []LedgerUpload
	Engines    []LedgerEngine
	Metrics    []LedgerMetrics
}

// LedgerDeposit is one deposit and what was paid for it.
type LedgerDeposit struct {
	ID           int64
	UserID       int64
	RVMID        int64
	SessionToken string // empty when none was sent
	WasteType    string
	Weight       decimal.Decimal // kilograms as stored
	Quantity     int64
	Grade        string
	Confidence   decimal.Decimal // percent as stored
	Reward       decimal.Decimal // rupiah as computed
	Status       string
	CreatedAt    time.Time
	// Credits is how many times the reward was paid: never more than once, unless something is wrong.
	Credits  int
	Credited decimal.Decimal // rupiah paid in all
}

// LedgerDetection is one stored detection result; Detections is the JSON array as it was kept.
type LedgerDetection struct {
	ID         int64
	RVMID      int64
	ImagePath  string
	Detections string
	Status     string
}

// LedgerUpload is one stored picture. Overwritten counts earlier pictures lost under the same name.
type LedgerUpload struct {
	Filename    string
	Path        string // as upload returned it
	RVMID       int64
	MimeType    string
	Size        int64 // bytes
	SHA256      string
	Metadata    string // JSON
	Overwritten int
}

// LedgerEngine is one registered engine and the machines assigned to it.
type LedgerEngine struct {
	ID            int64
	Name          string
	Type          string
	ServerAddress string
	Port          int
	RVMs          []int64
}

// LedgerMetrics is one metrics report; the parts are JSON.
type LedgerMetrics struct {
	RVMID                        int64
	System, Application, Network string
}

// Ledger reads the whole ledger at one moment.
func (s *Server) Ledger() (Ledger, error) {
	var l Ledger
	err := s.store.update(context.Background(), func(tx *sql.Tx) error {
		for _, read := range []func(*sql.Tx) error{l.readDeposits, l.readDetections, l.readUploads, l.readEngines, l.readMetrics} {
			if err := read(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

func (l *Ledger) readDeposits(tx *sql.Tx) error {
	stored, err := rows(tx, scanDeposit, "SELECT "+depositColumns+" FROM deposits ORDER BY id")
	if err != nil {
		return err
	}
	for _, d := range stored {
		one := LedgerDeposit{
			ID: d.ID, RVMID: d.RVMID, WasteType: d.WasteType, Weight: amountOf(d.Weight), Quantity: d.Quantity,
			Grade: d.QualityGrade, Confidence: amountOf(d.AIConfidence), Reward: amountOf(d.RewardAmount),
			Status: d.Status, CreatedAt: time.Unix(d.created, 0).UTC(),
		}
		if d.UserID != nil {
			one.UserID = *d.UserID
		}
		if d.SessionToken != nil {
			one.SessionToken = *d.SessionToken
		}
		paid, err := rows(tx, scanTransaction, transactionColumns+
			" WHERE source_type = ? AND source_id = ? AND description = ?", depositSource, d.ID, rewardDescription(d))
		if err != nil {
			return err
		}
		one.Credits, one.Credited = len(paid), flowOf(paid).credits
		l.Deposits = append(l.Deposits, one)
	}
	return nil
}

func (l *Ledger) readDetections(tx *sql.Tx) (err error) {
	l.Detections, err = rows(tx, func(row scanner) (d LedgerDetection, err error) {
		err = row.Scan(&d.ID, &d.RVMID, &d.ImagePath, &d.Detections, &d.Status)
		return d, err
	}, "SELECT id, rvm_id, coalesce(image_path, ''), detections, status FROM detection_results ORDER BY id")
	return err
}

func (l *Ledger) readUploads(tx *sql.Tx) (err error) {
	l.Uploads, err = rows(tx, func(row scanner) (u LedgerUpload, err error) {
		err = row.Scan(&u.Filename, &u.RVMID, &u.MimeType, &u.Size, &u.SHA256, &u.Metadata, &u.Overwritten)
		u.Path = "detection-images/" + u.Filename
		return u, err
	}, "SELECT filename, rvm_id, mime_type, size, sha256, metadata, overwritten FROM uploads ORDER BY created_at, filename")
	return err
}

func (l *Ledger) readEngines(tx *sql.Tx) (err error) {
	l.Engines, err = rows(tx, func(row scanner) (e LedgerEngine, err error) {
		err = row.Scan(&e.ID, &e.Name, &e.Type, &e.ServerAddress, &e.Port)
		return e, err
	}, "SELECT id, name, type, server_address, port FROM processing_engines ORDER BY id")
	for i := 0; err == nil && i < len(l.Engines); i++ {
		l.Engines[i].RVMs, err = rows(tx, scanID,
			"SELECT rvm_id FROM engine_rvm WHERE processing_engine_id = ? ORDER BY rvm_id", l.Engines[i].ID)
	}
	return err
}

func scanID(row scanner) (id int64, err error) {
	err = row.Scan(&id)
	return id, err
}

func (l *Ledger) readMetrics(tx *sql.Tx) (err error) {
	l.Metrics, err = rows(tx, func(row scanner) (m LedgerMetrics, err error) {
		err = row.Scan(&m.RVMID, &m.System, &m.Application, &m.Network)
		return m, err
	}, "SELECT rvm_id, system, application, network FROM metrics ORDER BY id")
	return err
}
