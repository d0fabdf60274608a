package sandbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/shopspring/decimal"
)

// deposit is a stored row as list and show send it. The columns that nothing fills any more are sent as null.
type deposit struct {
	ID               int64           `json:"id"`
	UserID           *int64          `json:"user_id"`
	RVMID            int64           `json:"rvm_id"`
	ItemTypeDetected *string         `json:"item_type_detected"`
	ItemCondition    *string         `json:"item_condition"`
	ConfidenceScore  *string         `json:"confidence_score"`
	LocalAIResult    *string         `json:"local_ai_result"`
	GeminiValidated  bool            `json:"gemini_validated"`
	GeminiResponse   *string         `json:"gemini_response"`
	RewardValue      *string         `json:"reward_value"`
	ImagePath        *string         `json:"image_path"`
	DepositedAt      *string         `json:"deposited_at"`
	CreatedAt        string          `json:"created_at"`
	UpdatedAt        string          `json:"updated_at"`
	SessionToken     *string         `json:"session_token"`
	WasteType        string          `json:"waste_type"`
	Weight           string          `json:"weight"` // kilograms, three decimals
	Quantity         int64           `json:"quantity"`
	QualityGrade     string          `json:"quality_grade"`
	AIConfidence     string          `json:"ai_confidence"` // percent, two decimals
	AIAnalysis       json.RawMessage `json:"ai_analysis"`
	RewardAmount     string          `json:"reward_amount"` // rupiah, two decimals
	Status           string          `json:"status"`
	RejectionReason  *string         `json:"rejection_reason"`
	ProcessedAt      *string         `json:"processed_at"`
	CVConfidence     *string         `json:"cv_confidence"`
	CVAnalysis       *string         `json:"cv_analysis"`
	CVWasteType      *string         `json:"cv_waste_type"`
	CVWeight         *string         `json:"cv_weight"`
	CVQuantity       *int64          `json:"cv_quantity"`
	CVQualityGrade   *string         `json:"cv_quality_grade"`
	AIWasteType      *string         `json:"ai_waste_type"`
	AIWeight         *string         `json:"ai_weight"`
	AIQuantity       *int64          `json:"ai_quantity"`
	AIQualityGrade   *string         `json:"ai_quality_grade"`
	created          int64
}

const depositColumns = `id, user_id, rvm_id, session_token, waste_type, weight, quantity, quality_grade, ai_confidence,
	ai_analysis, reward_amount, status, rejection_reason, processed_at, created_at, updated_at`

func scanDeposit(row scanner) (d deposit, err error) {
	var analysis string
	var processed *int64
	var updated int64
	err = row.Scan(&d.ID, &d.UserID, &d.RVMID, &d.SessionToken, &d.WasteType, &d.Weight, &d.Quantity, &d.QualityGrade,
		&d.AIConfidence, &analysis, &d.RewardAmount, &d.Status, &d.RejectionReason, &processed, &d.created, &updated)
	d.AIAnalysis = json.RawMessage(analysis)
	d.ProcessedAt, d.CreatedAt, d.UpdatedAt = stampNull(processed), stamp(d.created), stamp(updated)
	return d, err
}

func depositRoutes(bearer guard) []route {
	return []route{
		on("GET", "api/v2/deposits", bearer, listDeposits),
		on("POST", "api/v2/deposits", bearer, createDeposit),
		on("GET", "api/v2/deposits/statistics", bearer, depositStatistics),
		on("GET", "api/v2/deposits/{}", bearer, showDeposit),
		on("POST", "api/v2/deposits/{}/process", bearer, processDeposit),
	}
}

func depositMessages() map[string]string {
	return map[string]string{
		"rvm_id.required":     "RVM ID is required",
		"rvm_id.exists":       "The selected RVM does not exist",
		"waste_type.required": "Waste type is required",
		"waste_type.in":       "Waste type must be one of: " + strings.Join(wasteTypes(), ", "),
		"weight.required":     "Weight is required",
		"weight.min":          "Weight must be at least 0.001 kg",
		"weight.max":          "Weight cannot exceed 100 kg",
		"quantity.required":   "Quantity is required",
		"quantity.min":        "Quantity must be at least 1",
		"quantity.max":        "Quantity cannot exceed 1000",
	}
}

// createDeposit checks neither the machine's status nor whether the session exists, and knows no idempotency: neither
// does the platform.
func createDeposit(c *call) (reply, error) {
	errs, err := c.validate(depositMessages(),
		must("rvm_id", required(), isInteger(), existingRVM()),
		must("waste_type", required(), isString(), oneOf(wasteTypes()...)),
		must("weight", required(), isNumeric(), atLeast(0.001), atMost(100)),
		must("quantity", required(), isInteger(), atLeast(1), atMost(1000)),
		must("session_token", nullable, isString(), atMost(255)),
		must("image_data", nullable, isString()),
		must("metadata", nullable, isArray()))
	if err != nil {
		return reply{}, err
	}
	if errs != nil {
		return c.invalidForm(errs), nil
	}
	return c.storeDeposit()
}

func (c *call) storeDeposit() (reply, error) {
	kind, quantity := c.input.str("waste_type"), c.input.integer("quantity", 1)
	asSent, _ := asNumber(c.input["weight"])
	found := analyse(kind, asSent, quantity, c.now)
	weight, weightErr := asDecimal(c.input["weight"])
	confidence, confidenceErr := asDecimal(found.ConfidenceScore)
	if err := errors.Join(weightErr, confidenceErr); err != nil {
		return reply{}, err
	}
	weight, confidence = weight.Round(3), confidence.Round(2)
	pays := reward(kind, found.QualityGrade, weight, confidence)
	blob, err := json.Marshal(found)
	if err != nil {
		return reply{}, err
	}
	at := c.now.Unix()
	made, err := c.tx.Exec(`INSERT INTO deposits (user_id, rvm_id, session_token, waste_type, weight, quantity,
		quality_grade, ai_confidence, ai_analysis, reward_amount, status, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'processing', ?, ?)`,
		c.user.id, c.input.integer("rvm_id", 0), cutAtNUL(c.input.text("session_token")), kind, weight.StringFixed(3),
		quantity, found.QualityGrade, confidence.StringFixed(2), string(blob), pays.StringFixed(2), at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	return created("Deposit created and analyzed successfully", map[string]any{
		"deposit_id": id, "waste_type": kind, "quality_grade": found.QualityGrade,
		"ai_confidence": confidence.StringFixed(2), "reward_amount": pays.StringFixed(2),
		"status": "processing", "ai_analysis": found,
	}), err
}

// cutAtNUL is what the platform's database does to text that holds a NUL.
func cutAtNUL(s *string) *string {
	if s == nil {
		return nil
	}
	before, _, _ := strings.Cut(*s, "\x00")
	return &before
}

func listDeposits(c *call) (reply, error) {
	w, good := c.newWindow(0)
	if !good {
		return c.serverError(), nil
	}
	where, args := " WHERE user_id = ?", []any{c.user.id}
	if status := c.query("status"); status != "" {
		where, args = where+" AND status = ?", append(args, status)
	}
	total, err := count(c.tx, "SELECT count(*) FROM deposits"+where, args...)
	if err != nil {
		return reply{}, err
	}
	page, err := rows(c.tx, scanDeposit, "SELECT "+depositColumns+" FROM deposits"+where+w.order("DESC", "ASC")+
		" LIMIT ? OFFSET ?", append(args, w.limit(), w.offset())...)
	return ok("", c.paginator(w, page, len(page), total)), err
}

func showDeposit(c *call) (reply, error) {
	id, refusal := c.id()
	if refusal != nil {
		return *refusal, nil
	}
	d, err := scanDeposit(c.tx.QueryRow("SELECT "+depositColumns+" FROM deposits WHERE id = ? AND user_id = ?",
		id, c.user.id))
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusNotFound, "Deposit not found"), nil
	}
	return ok("", d), err
}

type depositFigures struct {
	Total         int     `json:"total_deposits"`
	Completed     *int    `json:"completed_deposits"`
	Pending       *int    `json:"pending_deposits"`
	Rejected      *int    `json:"rejected_deposits"`
	TotalRewards  *string `json:"total_rewards"`
	AvgConfidence *string `json:"avg_confidence"`
}

// figuresFor sums up one user's deposits; total_rewards counts every status, rejected ones included, and everything
// but the counts of nothing is null without rows.
func (c *call) figuresFor(user int64) (f depositFigures, types int, err error) {
	all, err := rows(c.tx, scanDeposit, "SELECT "+depositColumns+" FROM deposits WHERE user_id = ?", user)
	if err != nil || len(all) == 0 {
		return f, 0, err
	}
	byStatus, kinds := map[string]int{}, map[string]bool{}
	rewards, confidence := decimal.Zero, decimal.Zero
	for _, d := range all {
		byStatus[d.Status]++
		kinds[d.WasteType] = true
		rewards = rewards.Add(amountOf(d.RewardAmount))
		confidence = confidence.Add(amountOf(d.AIConfidence))
	}
	completed, pending, rejected := byStatus["completed"], byStatus["pending"], byStatus["rejected"]
	sum, average := rewards.StringFixed(2), averageText(confidence, len(all))
	return depositFigures{len(all), &completed, &pending, &rejected, &sum, &average}, len(kinds), nil
}

// averageText writes an average with the sixteen decimals of the platform's database.
func averageText(sum decimal.Decimal, n int) string {
	return sum.DivRound(decimal.NewFromInt(int64(n)), 16).StringFixed(16)
}

// amountOf reads a stored decimal; the store holds nothing else.
func amountOf(stored string) decimal.Decimal {
	d, _ := decimal.NewFromString(stored)
	return d
}

func depositStatistics(c *call) (reply, error) {
	figures, types, err := c.figuresFor(c.user.id)
	return ok("", struct {
		depositFigures
		WasteTypes int `json:"waste_types_count"`
	}{figures, types}), err
}

func rewardDescription(d deposit) string {
	return fmt.Sprintf("Reward for %s deposit (ID: %d)", d.WasteType, d.ID)
}
