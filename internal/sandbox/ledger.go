package sandbox

import (
	"context"
	"database/sql"
	"time"

	"github.com/shopspring/decimal"
)

// Ledger is everything the sandbox holds that a demo shows and a test counts, oldest first. As JSON, money and weights
// are text.
type Ledger struct {
	Deposits       []LedgerDeposit   `json:"deposits"`
	Detections     []LedgerDetection `json:"detections"`
	Uploads        []LedgerUpload    `json:"uploads"`
	Engines        []LedgerEngine    `json:"engines"`
	Metrics        []LedgerMetrics   `json:"metrics"`
	RVMs           []LedgerRVM       `json:"rvms"`
	Sessions       []LedgerSession   `json:"sessions"`
	Tokens         []LedgerToken     `json:"tokens"`
	RemoteSessions []LedgerRemote    `json:"remote_sessions"`
	Commands       []LedgerCommand   `json:"commands"`
}

// LedgerDeposit is one deposit and what was paid for it.
type LedgerDeposit struct {
	ID           int64           `json:"id"`
	UserID       int64           `json:"user_id"`
	RVMID        int64           `json:"rvm_id"`
	SessionToken string          `json:"session_token"` // empty when none was sent
	WasteType    string          `json:"waste_type"`
	Weight       decimal.Decimal `json:"weight"` // kilograms as stored
	Quantity     int64           `json:"quantity"`
	Grade        string          `json:"grade"`
	Confidence   decimal.Decimal `json:"confidence"` // percent as stored
	Reward       decimal.Decimal `json:"reward"`     // rupiah as computed
	Status       string          `json:"status"`
	CreatedAt    time.Time       `json:"created_at"`
	// Credits is how many times the reward was paid: more than once where somebody processed the deposit twice at the
	// same time, which the platform lets happen.
	Credits  int             `json:"credits"`
	Credited decimal.Decimal `json:"credited"` // rupiah paid in all
}

// LedgerDetection is one stored detection result; Detections is the JSON array as it was kept.
type LedgerDetection struct {
	ID         int64  `json:"id"`
	RVMID      int64  `json:"rvm_id"`
	ImagePath  string `json:"image_path"`
	Detections string `json:"detections"`
	Status     string `json:"status"`
}

// LedgerUpload is one stored picture. Overwritten counts earlier pictures lost under the same name.
type LedgerUpload struct {
	Filename    string `json:"filename"`
	Path        string `json:"path"` // as upload returned it
	RVMID       int64  `json:"rvm_id"`
	MimeType    string `json:"mime_type"`
	Size        int64  `json:"size"` // bytes
	SHA256      string `json:"sha256"`
	Metadata    string `json:"metadata"` // JSON
	Overwritten int    `json:"overwritten"`
}

// LedgerEngine is one registered engine and the machines assigned to it.
type LedgerEngine struct {
	ID            int64   `json:"id"`
	Name          string  `json:"name"`
	Type          string  `json:"type"`
	ServerAddress string  `json:"server_address"`
	Port          int     `json:"port"`
	RVMs          []int64 `json:"rvms"`
}

// LedgerMetrics is one metrics report; the parts are JSON.
type LedgerMetrics struct {
	RVMID       int64  `json:"rvm_id"`
	System      string `json:"system"`
	Application string `json:"application"`
	Network     string `json:"network"`
}

// LedgerRVM is one machine, without its key and PIN.
type LedgerRVM struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Location string `json:"location"`
	Status   string `json:"status"`
}

// LedgerSession is one person or guest at a machine. UserID is 0 while nobody has claimed it, and for guests.
type LedgerSession struct {
	Token     string    `json:"token"`
	RVMID     int64     `json:"rvm_id"`
	UserID    int64     `json:"user_id"`
	Status    string    `json:"status"`
	ExpiresAt time.Time `json:"expires_at"`
}

// LedgerToken is a login of a person or a token of a machine, without its secret. The other one's number is 0.
type LedgerToken struct {
	UserID    int64     `json:"user_id"`
	RVMID     int64     `json:"rvm_id"`
	CreatedAt time.Time `json:"created_at"`
}

// LedgerRemote is one remote access session.
type LedgerRemote struct {
	ID      int64  `json:"id"`
	RVMID   int64  `json:"rvm_id"`
	AdminID int64  `json:"admin_id"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
}

// LedgerCommand is one command to a machine's device; its payload is JSON.
type LedgerCommand struct {
	ID        int64  `json:"id"`
	RVMID     int64  `json:"rvm_id"`
	Type      string `json:"type"`
	Name      string `json:"name"`
	Payload   string `json:"payload"`
	Simulated bool   `json:"simulated"`
}

// Ledger reads the whole ledger at one moment.
func (s *Server) Ledger() (Ledger, error) {
	l := Ledger{Deposits: []LedgerDeposit{}}
	err := s.store.update(context.Background(), func(tx *sql.Tx) error {
		for _, read := range []func(*sql.Tx) error{l.readDeposits, l.readDetections, l.readUploads, l.readEngines,
			l.readMetrics, l.readPeople, l.readRemote} {
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
