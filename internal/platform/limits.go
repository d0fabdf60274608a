package platform

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of the platform's own validators. A request that it would refuse never leaves: over a slow link an answer
// costs seconds, and a local refusal can name the field in the operator's terms.
const (
	maxName       = 255
	maxToken      = 255
	maxReason     = 500
	maxQuantity   = 1000
	maxTimeout    = 300
	maxMemoryGB   = 256
	minPassword   = 6
	maxDetections = 10_000
	maxHistory    = 1000
	// maxLabels keeps a body below the 8 MB at which the platform's web server refuses it, in bytes.
	maxLabels = 6_000_000
)

var (
	minWeight = NewDecimal(1, -3)
	maxWeight = NewDecimal(100, 0)

	storedStatuses = []string{"active", "inactive", "maintenance", "full"}
	adminStatuses  = []string{"active", "inactive", "maintenance", "full", "error", "unknown"}
)

// StoredStatuses are the words that SetStatus accepts.
func StoredStatuses() []string { return slices.Clone(storedStatuses) }

// AdminStatuses are the words that SetStatusAdmin accepts.
func AdminStatuses() []string { return slices.Clone(adminStatuses) }

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (d DepositCreate) Validate() error {
	return firstError(
		checkID("rvm_id", d.RVMID),
		checkWord("waste_type", d.WasteType, WasteTypes()),
		checkWeight(d.Weight),
		checkRange("quantity", d.Quantity, 1, maxQuantity),
		checkSessionToken(d.SessionToken),
		checkMetadata(d.Metadata),
	)
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (p DepositProcess) Validate() error {
	if err := checkWord("status", p.Status, []string{DepositCompleted, DepositRejected}); err != nil {
		return err
	}
	if p.Status == DepositCompleted {
		if p.RejectionReason != "" {
			return &LimitError{"rejection_reason", "left out unless the status is rejected", strconv.Quote(bound(p.RejectionReason, 80))}
		}
		return nil
	}
	return checkText("rejection_reason", p.RejectionReason, maxReason)
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (s EngineSpec) Validate() error {
	return firstError(
		checkTrimmed("name", s.Name, maxName),
		checkWord("type", s.Type, []string{EngineTypeJetson, EngineTypeCUDA}),
		checkAddress(s.ServerAddress),
		checkRange("port", s.Port, 1, 65535),
		checkOptional("gpu_memory_limit", s.GPUMemoryGB, maxMemoryGB, "GB"),
		checkOptional("processing_timeout", s.ProcessingTimeout, maxTimeout, "seconds"),
		checkOptionalText("model_path", s.ModelPath, maxName),
	)
}

// Validate returns the first *LimitError, or nil. The platform answers a date that it cannot read with 500.
func (q TransactionQuery) Validate() error {
	if q.Type != "" {
		if err := checkWord("type", q.Type, []string{TransactionCredit, TransactionDebit}); err != nil {
			return err
		}
	}
	return checkSpan("start_date", q.From, "end_date", q.To)
}

// checkSpan wants years that the platform's database can hold, and a beginning that is not after the end.
func checkSpan(fromName string, from time.Time, toName string, to time.Time) error {
	for _, bound := range []struct {
		name string
		at   time.Time
	}{{fromName, from}, {toName, to}} {
		if year := bound.at.UTC().Year(); !bound.at.IsZero() && (year < 1 || year > 9999) {
			return &LimitError{bound.name, "of the years 1 to 9999", strconv.Itoa(year)}
		}
	}
	if !to.IsZero() && from.After(to) {
		return &LimitError{fromName, "not after " + toName, formatTime(from)}
	}
	return nil
}

// Validate returns the first *LimitError, or nil.
func (a Assignment) Validate() error {
	if a.Priority == "" {
		return checkID("rvm_id", a.RVMID)
	}
	return firstError(checkID("rvm_id", a.RVMID),
		checkWord("priority", a.Priority, []string{"primary", "secondary", "backup"}))
}

// Validate returns the first *LimitError, or nil.
func (q HistoryQuery) Validate() error {
	if q.Status != "" {
		if err := checkWord("status", q.Status, ProcessingStates()); err != nil {
			return err
		}
	}
	return firstError(checkOptionalID("rvm_id", q.RVMID), checkOptional("limit", q.Limit, maxHistory, "rows"),
		checkSpan("date_from", q.From, "date_to", q.To))
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (t ProcessingTrigger) Validate() error {
	if err := checkID("rvm_id", t.RVMID); err != nil {
		return err
	}
	if t.Type != "" {
		if err := checkWord("processing_type", t.Type, ProcessingTypes()); err != nil {
			return err
		}
	}
	if t.Priority != "" {
		return checkWord("priority", t.Priority, ProcessingPriorities())
	}
	return nil
}

// Validate returns the first *LimitError that the platform would answer with 422 or 413, or nil.
func (d DetectionCreate) Validate() error {
	if err := firstError(checkID("rvm_id", d.RVMID), checkText("image_path", d.ImagePath, maxName),
		checkOptionalText("model_version", d.ModelVersion, maxName)); err != nil {
		return err
	}
	if n := len(d.Detections); n < 1 || n > maxDetections {
		return &LimitError{"detections", fmt.Sprintf("1 to %d things seen", maxDetections), strconv.Itoa(n)}
	}
	if d.ProcessingTime < 0 {
		return &LimitError{"processing_time", "0 or more", d.ProcessingTime.String()}
	}
	size := 0
	for i, seen := range d.Detections {
		if err := seen.validate("detections." + strconv.Itoa(i)); err != nil {
			return err
		}
		size += len(seen.Class) + len(seen.SegmentationMask)
	}
	if size > maxLabels {
		return &LimitError{"detections", fmt.Sprintf("at most %d MB of labels and masks", maxLabels/1_000_000), fmt.Sprintf("%d bytes", size)}
	}
	return nil
}

func (d Detection) validate(path string) error {
	if err := checkText(path+".class", d.Class, maxName); err != nil {
		return err
	}
	if !(d.Confidence >= 0 && d.Confidence <= 1) {
		return &LimitError{path + ".confidence", "0 to 1", fmt.Sprint(d.Confidence)}
	}
	if err := checkOptionalText(path+".segmentation_mask", d.SegmentationMask, maxLabels); err != nil {
		return &LimitError{path + ".segmentation_mask", "base64 text", "text with control characters"}
	}
	for _, edge := range d.BBox {
		if math.IsNaN(edge) || math.IsInf(edge, 0) {
			return &LimitError{path + ".bbox", "4 finite numbers", fmt.Sprint(d.BBox)}
		}
	}
	if d.BBox[2] <= d.BBox[0] || d.BBox[3] <= d.BBox[1] {
		return &LimitError{path + ".bbox", "x1,y1,x2,y2 with x2 > x1 and y2 > y1", fmt.Sprint(d.BBox)}
	}
	return nil
}

// Validate returns the first *LimitError that the platform would answer with 500, or nil.
func (m MetricsReport) Validate() error {
	if s := m.System; s != nil {
		err := firstError(checkFloat("cpu_usage", s.CPUUsage, 0, 100), checkFloat("memory_usage", s.MemoryUsage, 0, 100),
			checkFloat("disk_usage", s.DiskUsage, 0, 100), checkFloat("gpu_usage", s.GPUUsage, 0, 100),
			checkFloat("temperature", s.Temperature, -50, 150))
		if err != nil {
			return err
		}
	}
	if a := m.Application; a != nil && a.UptimeSeconds != nil && (*a.UptimeSeconds < 0 || *a.UptimeSeconds > MaxUptime) {
		return &LimitError{"uptime_seconds", fmt.Sprintf("0 to %d", MaxUptime), fmt.Sprint(*a.UptimeSeconds)}
	}
	if n := m.Network; n != nil {
		return checkFloat("signal_strength", n.SignalStrength, -1000, 1000)
	}
	return nil
}

func checkLogin(email, password string) error {
	if at := strings.IndexByte(email, '@'); at < 1 || at == len(email)-1 || len(email) > maxName ||
		strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || isControl(r) }) {
		return &LimitError{"email", "an e-mail address", strconv.Quote(bound(email, 80))}
	}
	if n := utf8.RuneCountInString(password); n < minPassword || n > 1024 {
		return &LimitError{"password", fmt.Sprintf("%d or more characters", minPassword), fmt.Sprintf("%d characters", n)}
	}
	return nil
}

func checkID(field string, id int64) error {
	if id > 0 {
		return nil
	}
	return &LimitError{field, "a whole number from 1", strconv.FormatInt(id, 10)}
}

// checkOptionalID lets 0 pass as "not given".
func checkOptionalID(field string, id int64) error {
	if id == 0 {
		return nil
	}
	return checkID(field, id)
}

func checkWord(field, word string, words []string) error {
	if slices.Contains(words, word) {
		return nil
	}
	return &LimitError{field, "one of " + strings.Join(words, ", "), strconv.Quote(bound(word, 80))}
}

func checkWeight(kg Decimal) error {
	if kg.Cmp(minWeight) >= 0 && kg.Cmp(maxWeight) <= 0 {
		return nil
	}
	return &LimitError{"weight", "0.001 to 100 kg", kg.String()}
}

func checkRange(field string, n, least, most int) error {
	if n >= least && n <= most {
		return nil
	}
	return &LimitError{field, fmt.Sprintf("%d to %d", least, most), strconv.Itoa(n)}
}

// checkOptional lets 0 pass as "not given".
func checkOptional(field string, n, most int, unit string) error {
	if n >= 0 && n <= most {
		return nil
	}
	return &LimitError{field, fmt.Sprintf("1 to %d %s", most, unit), strconv.Itoa(n)}
}

func checkFloat(field string, n *float64, least, most float64) error {
	if n == nil || *n >= least && *n <= most {
		return nil
	}
	return &LimitError{field, fmt.Sprintf("%g to %g", least, most), fmt.Sprint(*n)}
}

// checkText wants 1 to most characters that are not all blank. The platform counts characters, not bytes.
func checkText(field, text string, most int) error {
	if strings.TrimSpace(text) == "" {
		return &LimitError{field, fmt.Sprintf("1 to %d characters", most), "nothing"}
	}
	return checkOptionalText(field, text, most)
}

func checkOptionalText(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return &LimitError{field, fmt.Sprintf("at most %d characters", most), fmt.Sprintf("%d characters", n)}
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
		return &LimitError{field, "text without control characters", strconv.QuoteToASCII(bound(text, 80))}
	}
	return nil
}

// checkSessionToken also refuses surrounding blanks: the platform trims them, cuts at a NUL, and a token that comes
// back changed can no longer be recognised.
func checkSessionToken(token string) error {
	if strings.TrimSpace(token) != token {
		return &LimitError{"session_token", "text without surrounding blanks", "blanks at an end"}
	}
	var limit *LimitError
	if err := checkOptionalText("session_token", token, maxToken); errors.As(err, &limit) {
		return &LimitError{limit.Field, limit.Limit, fmt.Sprintf("%d characters", utf8.RuneCountInString(token))}
	}
	return nil
}

// checkAddress wants an IP address; the platform refuses names, ports and zones.
func checkAddress(text string) error {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return nil
	}
	return &LimitError{"server_address", "an IP address without a port", strconv.Quote(bound(text, 80))}
}

// firstError returns the first error that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
