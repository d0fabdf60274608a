package delivery

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// The kinds of entries.
const (
	KindDeposit   = "deposit.create"
	KindDecision  = "deposit.process"
	KindStatus    = "rvm.status"
	KindMetrics   = "metrics"
	KindDetection = "detection"
	KindPicture   = "picture"
)

// decision is the payload of KindDecision.
type decision struct {
	ID int64 `json:"deposit_id"`
	platform.DepositProcess
}

// statusWord is the payload of KindStatus.
type statusWord struct {
	Status string `json:"status"`
}

// detection is the payload of KindDetection: what platform.DetectionCreate encodes cannot be read back.
type detection struct {
	RVMID          int64                `json:"rvm_id"`
	ImagePath      string               `json:"image_path,omitempty"`
	Detections     []platform.Detection `json:"detections"`
	Timestamp      time.Time            `json:"timestamp,omitzero"`
	ProcessingTime time.Duration        `json:"processing_time,omitempty"` // nanoseconds
	ModelVersion   string               `json:"model_version,omitempty"`
}

// Picture is an image to be uploaded.
type Picture struct {
	RVMID    int64             `json:"rvm_id"`
	Name     string            `json:"name"`
	SHA256   string            `json:"sha256"`
	Size     int64             `json:"size"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Capture  string            `json:"capture,omitempty"`
	// File is the absolute path it was read from. It is used as long as it holds the same bytes, and the outbox's own copy is not
	// needed then.
	File string `json:"file,omitempty"`
}

// pendingPath stands for the path of a picture that is not stored yet, where the limits ask for one.
const pendingPath = "pending"

// DepositEntry is a deposit to be created for a profile at a platform's address. capture, which may be empty, names the look of the
// camera that it belongs to: the same machine, session and capture make the same key. Errors are *platform.LimitError.
func DepositEntry(profile, target string, d platform.DepositCreate, capture string) (outbox.New, error) {
	if err := d.Validate(); err != nil {
		return outbox.New{}, err
	}
	n, err := entry(outbox.Deposit, KindDeposit, profile, target, d.RVMID, d)
	n.Order, n.Capture = fmt.Sprintf("%s rvm %d session %s", target, d.RVMID, d.SessionToken), capture
	n.Key = keyOf(target, d.RVMID, d.SessionToken, capture, KindDeposit)
	n.Fingerprint = fingerprint(target, d.RVMID, d.SessionToken, d.WasteType, d.Weight, d.Quantity)
	return n, err
}

// fingerprint is everything by which the platform's record of a deposit can be known again. No session is a value too.
func fingerprint(target string, rvm int64, session, waste string, weight platform.Decimal, quantity int) string {
	return fmt.Sprintf("%s rvm %d session %q %s %s kg x %d", target, rvm, session, waste, weight.StringFixed(3), quantity)
}

func fingerprintOf(target string, d platform.Deposit) string {
	session := ""
	if d.SessionToken != nil {
		session = *d.SessionToken
	}
	return fingerprint(target, d.RVMID, session, d.WasteType, d.Weight, d.Quantity)
}

// DecisionEntry is a decision about a stored deposit; only one of a deposit is under way at a time. Errors are
// *platform.LimitError.
func DecisionEntry(profile, target string, id int64, d platform.DepositProcess) (outbox.New, error) {
	if err := d.Validate(); err != nil {
		return outbox.New{}, err
	}
	n, err := entry(outbox.Deposit, KindDecision, profile, target, 0, decision{id, d})
	n.Order = fmt.Sprintf("%s process:%d", target, id)
	n.Fingerprint = n.Order
	return n, err
}

// StatusEntry is a machine's status; the newest takes the place of one that still waits.
func StatusEntry(profile, target string, rvm int64, status string) (outbox.New, error) {
	n, err := entry(outbox.Status, KindStatus, profile, target, rvm, statusWord{status})
	n.Order = fmt.Sprintf("%s status:%d", target, rvm)
	n.Coalesce = n.Order + " of " + profile
	return n, err
}

// MetricsEntry is a report of a machine's measurements. Errors are *platform.LimitError.
func MetricsEntry(profile, target string, rvm int64, m platform.MetricsReport) (outbox.New, error) {
	if err := m.Validate(); err != nil {
		return outbox.New{}, err
	}
	n, err := entry(outbox.Status, KindMetrics, profile, target, rvm, m)
	n.Order = fmt.Sprintf("%s metrics:%d", target, rvm)
	return n, err
}

// DetectionEntry is what was seen in one picture. Without an ImagePath it needs the capture of a picture in the outbox, whose path
// it takes once that is stored. Errors are *platform.LimitError.
func DetectionEntry(profile, target string, d platform.DetectionCreate, capture string) (outbox.New, error) {
	asked := d
	if asked.ImagePath == "" && capture != "" {
		asked.ImagePath = pendingPath
	}
	if err := asked.Validate(); err != nil {
		return outbox.New{}, err
	}
	n, err := entry(outbox.Detection, KindDetection, profile, target, d.RVMID, detection(d))
	n.Capture = capture
	n.Key = keyOf(target, d.RVMID, "", capture, KindDetection)
	return n, err
}

// PictureEntry is a picture to be uploaded; the same picture of the same machine is the same entry. The caller adds Blob and
// BlobSize when the outbox keeps a copy. Errors are *platform.LimitError.
func PictureEntry(profile, target string, p Picture) (outbox.New, error) {
	if err := p.upload(nil).Validate(); err != nil {
		return outbox.New{}, err
	}
	n, err := entry(outbox.Picture, KindPicture, profile, target, p.RVMID, p)
	n.Capture = p.Capture
	n.Key = named(target, strconv.FormatInt(p.RVMID, 10), p.SHA256, KindPicture)
	return n, err
}

func entry(class outbox.Class, kind, profile, target string, rvm int64, payload any) (outbox.New, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return outbox.New{}, fmt.Errorf("encode %s: %w", kind, err)
	}
	return outbox.New{Class: class, Kind: kind, Key: fresh(), Profile: profile, Target: target, RVM: rvm, Payload: raw}, nil
}

// keyOf is the same for everybody who names the same capture; without one it is like no other.
func keyOf(target string, rvm int64, session, capture, kind string) string {
	if capture == "" {
		return fresh()
	}
	return named(target, strconv.FormatInt(rvm, 10), session, capture, kind)
}

func fresh() string {
	if id, err := uuid.NewV7(); err == nil {
		return id.String()
	}
	return uuid.NewString()
}

// named makes a key of parts that no choice of their contents can confuse.
func named(parts ...string) string {
	raw, _ := json.Marshal(parts) // texts can always be encoded
	return uuid.NewSHA1(uuid.NameSpaceURL, append([]byte("rvmctl:"), raw...)).String()
}
