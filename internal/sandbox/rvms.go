package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

func rvmRoutes(inventory guard) []route {
	return []route{
		on("GET", "api/v2/rvms", inventory, listRVMs),
		on("POST", "api/v2/rvms", inventory, createRVM),
		on("GET", "api/v2/rvms/{}", inventory, withRVM("Failed to retrieve RVM details", showRVM)),
		on("PUT", "api/v2/rvms/{}", inventory, withRVM("Failed to update RVM", updateRVM)),
		on("DELETE", "api/v2/rvms/{}", inventory, withRVM("Failed to delete RVM", deleteRVM)),
		on("GET", "api/v2/rvms/{}/statistics", inventory, withRVM("Failed to retrieve RVM statistics", rvmStatistics)),
		on("PATCH", "api/v2/rvms/{}/status", inventory, withRVM("Failed to update RVM status", patchRVMStatus)),
		on("PATCH", "api/v2/rvms/{}/regenerate-api-key", inventory,
			withRVM("Failed to regenerate API key", regenerateKey)),
	}
}

// withRVM finds the machine of the path. An unknown one is a server error here, because the platform's controllers
// catch their own "not found".
func withRVM(failed string, act func(*call, rvm) (reply, error)) action {
	return func(c *call) (reply, error) {
		id, refusal := c.id()
		if refusal != nil {
			return *refusal, nil
		}
		m, err := c.rvm(id)
		if errors.Is(err, sql.ErrNoRows) {
			return caught(failed, missing("ReverseVendingMachine", id)), nil
		}
		if err != nil {
			return reply{}, err
		}
		return act(c, m)
	}
}

type rvmItem struct {
	ID             int64   `json:"id"`
	Name           string  `json:"name"`
	Location       *string `json:"location_description"`
	Status         string  `json:"status"`
	APIKey         string  `json:"api_key"`
	Deposits       int     `json:"deposits_count"`
	Sessions       int     `json:"sessions_count"`
	ActiveSessions int     `json:"active_sessions_count"`
	CreatedAt      string  `json:"created_at"`
	UpdatedAt      string  `json:"updated_at"`
}

func sortableColumns() []string {
	return []string{"id", "name", "location_description", "status", "api_key", "created_at", "updated_at",
		"last_status_change", "admin_access_pin", "remote_access_enabled", "kiosk_mode_enabled"}
}

func listRVMs(c *call) (reply, error) {
	const failed = "Failed to retrieve RVMs"
	w, _ := c.newWindow(100)
	order, problem := c.rvmOrder(w)
	if problem != "" {
		return caught(failed, problem), nil
	}
	where, args := " WHERE 1 = 1", []any{}
	if search := c.query("search"); search != "" {
		where += " AND (instr(name, ?) > 0 OR instr(coalesce(location_description, ''), ?) > 0)"
		args = append(args, search, search)
	}
	if status := c.query("status"); status != "" {
		where, args = where+" AND status = ?", append(args, status)
	}
	total, err := count(c.tx, "SELECT count(*) FROM rvms"+where, args...)
	if err != nil {
		return reply{}, err
	}
	page, err := rows(c.tx, scanRVM, "SELECT "+rvmColumns+" FROM rvms r"+where+order+" LIMIT ? OFFSET ?",
		append(args, w.limit(), w.offset())...)
	items := []rvmItem{}
	for _, m := range page {
		item, itemErr := c.rvmItem(m)
		items, err = append(items, item), errors.Join(err, itemErr)
	}
	return listed("RVMs retrieved successfully", items, w.figures(len(items), total)), err
}

// rvmOrder builds the ORDER BY, or returns the exception that the platform shows.
func (c *call) rvmOrder(w window) (order, problem string) {
	column, direction := c.query("sort_by"), strings.ToLower(c.query("sort_order"))
	if direction != "" && direction != "asc" && direction != "desc" {
		return "", `Order direction must be "asc" or "desc".`
	}
	if column == "" && direction == "" {
		return w.order("ASC", "DESC"), ""
	}
	if column == "" {
		column = "created_at"
	}
	if direction == "" {
		direction = "desc"
	}
	if !slices.Contains(sortableColumns(), column) {
		return "", fmt.Sprintf(`SQLSTATE[42703]: Undefined column: 7 ERROR:  column "%s" does not exist`, column)
	}
	return " ORDER BY " + column + " " + direction + ", id", ""
}

func (c *call) rvmItem(m rvm) (rvmItem, error) {
	sessions, err := c.sessionsOf(m.id)
	deposits, countErr := count(c.tx, "SELECT count(*) FROM deposits WHERE rvm_id = ?", m.id)
	return rvmItem{m.id, m.name, m.location, m.status, m.apiKey, deposits, sessions.all, sessions.active,
		stamp(m.created), stamp(m.modified)}, errors.Join(err, countErr)
}

// rvmSums is what one machine's deposits add up to.
type rvmSums struct {
	total, completed, pending, rejected int
	rewards                             any // decimal text of the completed ones, or the integer 0
	processing                          *string
}

func (c *call) sumsOf(id int64) (s rvmSums, err error) {
	all, err := rows(c.tx, scanDeposit, "SELECT "+depositColumns+" FROM deposits WHERE rvm_id = ?", id)
	if err != nil {
		return s, err
	}
	rewards := decimal.Zero
	for _, d := range all {
		switch d.Status {
		case "completed":
			s.completed++
			rewards = rewards.Add(amountOf(d.RewardAmount))
		case "pending":
			s.pending++
		case "rejected":
			s.rejected++
		}
	}
	s.total, s.rewards = len(all), 0
	if s.completed == 0 {
		return s, nil
	}
	s.rewards = rewards.StringFixed(2)
	seconds, err := count(c.tx, `SELECT sum(processed_at - created_at) FROM deposits
		WHERE rvm_id = ? AND status = 'completed'`, id)
	average := averageText(decimal.NewFromInt(int64(seconds)), s.completed)
	s.processing = &average
	return s, err
}

func showRVM(c *call, m rvm) (reply, error) {
	item, itemErr := c.rvmItem(m)
	sums, sumErr := c.sumsOf(m.id)
	deposits, depositErr := c.recentDeposits(m.id, 5)
	sessions, sessionErr := c.recentSessions(m.id, 5)
	recent := []map[string]any{}
	for _, s := range sessions {
		recent = append(recent, map[string]any{"id": s.number(), "user_id": s.userID, "status": s.status,
			"created_at": stamp(s.created), "expires_at": stamp(s.expires)})
	}
	return ok("RVM details retrieved successfully", map[string]any{
		"id": m.id, "name": m.name, "location_description": m.location, "status": m.status, "api_key": m.apiKey,
		"statistics": map[string]any{
			"deposits_count": item.Deposits, "sessions_count": item.Sessions,
			"active_sessions_count": item.ActiveSessions, "completed_deposits": sums.completed,
			"pending_deposits": sums.pending, "total_rewards_given": sums.rewards,
		},
		"recent_deposits": deposits, "recent_sessions": recent,
		"created_at": stamp(m.created), "updated_at": stamp(m.modified),
	}), errors.Join(itemErr, sumErr, depositErr, sessionErr)
}

func (c *call) recentDeposits(id int64, limit int) ([]map[string]any, error) {
	found, err := rows(c.tx, scanDeposit, "SELECT "+depositColumns+
		" FROM deposits WHERE rvm_id = ? ORDER BY created_at DESC, id DESC LIMIT ?", id, limit)
	recent := []map[string]any{}
	for _, d := range found {
		recent = append(recent, map[string]any{"id": d.ID, "user_id": d.UserID, "status": d.Status,
			"reward_amount": d.RewardAmount, "cv_confidence": nil, "cv_waste_type": nil, "created_at": d.CreatedAt})
	}
	return recent, err
}

// rvmStatistics leaves confidence and waste types empty: the platform reads them from columns that nothing fills.
func rvmStatistics(c *call, m rvm) (reply, error) {
	sums, err := c.sumsOf(m.id)
	sessions, sessionErr := c.sessionsOf(m.id)
	rate := 0.0
	if sums.total > 0 {
		rate = math.Round(float64(sums.completed)/float64(sums.total)*1e4) / 1e2
	}
	return ok("RVM statistics retrieved successfully", map[string]any{
		"rvm_info": map[string]any{"id": m.id, "name": m.name, "status": m.status},
		"deposits": map[string]any{"total": sums.total, "completed": sums.completed, "pending": sums.pending,
			"rejected": sums.rejected, "total_rewards_given": sums.rewards, "avg_confidence": nil},
		"sessions":    map[string]any{"total": sessions.all, "active": sessions.active, "completed": 0, "expired": 0},
		"waste_types": map[string]any{"by_type": []any{}},
		"performance": map[string]any{"avg_processing_time": sums.processing, "success_rate": rate},
	}), errors.Join(err, sessionErr)
}

func deleteRVM(c *call, m rvm) (reply, error) {
	item, err := c.rvmItem(m)
	if err != nil {
		return reply{}, err
	}
	if item.Deposits > 0 || item.Sessions > 0 {
		return reply{status: http.StatusConflict, body: envelope{Message: "Cannot delete RVM with associated data",
			Data: map[string]any{"deposits_count": item.Deposits, "sessions_count": item.Sessions}}}, nil
	}
	_, err = c.tx.Exec("DELETE FROM rvms WHERE id = ?", m.id)
	return ok("RVM deleted successfully", nil), err
}
