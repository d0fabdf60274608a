package platform

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// RVMsService reads the machines and changes their status. It needs a role; a plain user is refused with 403.
type RVMsService struct{ c *Client }

const rvmsPath = "/api/v2/rvms"

// RVM is a machine as the platform holds it.
type RVM struct {
	ID                  int64  `json:"id"`
	Name                string `json:"name"`
	LocationDescription string `json:"location_description" wire:"location"`
	// Status is active, inactive, maintenance, full, error or unknown; other words are possible.
	Status              string `json:"status"`
	APIKey              Secret `json:"api_key"`
	AdminAccessPIN      Secret `json:"admin_access_pin"`
	DepositsCount       int    `json:"deposits_count"`
	SessionsCount       int    `json:"sessions_count"`
	ActiveSessionsCount int    `json:"active_sessions_count"`
	// LastStatusChange is of changes through SetStatusAdmin only; SetStatus leaves it alone.
	LastStatusChange time.Time `json:"last_status_change,omitzero"`
	CreatedAt        time.Time `json:"created_at,omitzero"`
	UpdatedAt        time.Time `json:"updated_at,omitzero"`
	// Statistics comes with Get only.
	Statistics *RVMStatistics `json:"statistics,omitempty"`
	// RecentDeposits and RecentSessions hold up to five rows, with Get only.
	RecentDeposits []RecentDeposit `json:"recent_deposits,omitempty"`
	RecentSessions []RecentSession `json:"recent_sessions,omitempty"`
	// RemoteAccess, KioskMode and POSSettings come with Details only, as the PIN does. Nil is not told.
	RemoteAccess *bool          `json:"remote_access_enabled,omitempty"`
	KioskMode    *bool          `json:"kiosk_mode_enabled,omitempty"`
	POSSettings  map[string]any `json:"pos_settings,omitempty"`
}

// RVMStatistics are the counts of one machine.
type RVMStatistics struct {
	Deposits          int     `json:"deposits_count"`
	Sessions          int     `json:"sessions_count"`
	ActiveSessions    int     `json:"active_sessions_count"`
	CompletedDeposits int     `json:"completed_deposits"`
	PendingDeposits   int     `json:"pending_deposits"`
	TotalRewardsGiven Decimal `json:"total_rewards_given"`
}

// RecentDeposit is a deposit as a machine's details show it.
type RecentDeposit struct {
	ID           int64     `json:"id"`
	UserID       *int64    `json:"user_id"`
	Status       string    `json:"status"`
	RewardAmount Decimal   `json:"reward_amount"`
	CreatedAt    time.Time `json:"created_at,omitzero"`
}

// RecentSession is a session as a machine's details show it. Its id is left out: the platform computes it from the
// letters of a UUID and it identifies nothing.
type RecentSession struct {
	UserID    *int64    `json:"user_id"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// RVMQuery selects machines; zero fields do not restrict.
type RVMQuery struct {
	// Search is part of a name or location, case-sensitive.
	Search string
	Status string
	// PerPage is capped at 100 by the platform.
	PerPage, Page int
}

// StatusChange is the platform's answer to a new status.
type StatusChange struct {
	RVMID int64 `json:"id" wire:"rvm_id"`
	// Name is the machine's, empty when the endpoint does not tell.
	Name string `json:"name"`
	// Old is empty when the endpoint does not tell.
	Old string `json:"old_status"`
	New string `json:"status" wire:"new_status"`
	// ChangedAt is the platform's time.
	ChangedAt time.Time `json:"updated_at,omitzero" wire:"changed_at"`
}

// List returns one page of machines in the order of their ids: the platform's own order is unstable.
func (s *RVMsService) List(ctx context.Context, q RVMQuery) (Page[RVM], error) {
	query := url.Values{"sort_by": {"id"}, "sort_order": {"asc"}}
	setText(query, "search", q.Search)
	setText(query, "status", q.Status)
	if err := firstError(checkOptionalText("search", q.Search, maxName), checkOptionalTrimmed("status", q.Status, maxName), pages(query, q.Page, q.PerPage)); err != nil {
		return Page[RVM]{}, err
	}
	return list[RVM](ctx, s.c, get(rvmsPath, query))
}

// All yields every machine that q selects, each once; the page fields of q are ignored.
func (s *RVMsService) All(ctx context.Context, q RVMQuery) iter.Seq2[RVM, error] {
	return walker[RVM]{
		what: "rvms",
		page: func(page, perPage int) (Page[RVM], error) {
			return s.List(ctx, RVMQuery{q.Search, q.Status, perPage, page})
		},
		id: func(r RVM) int64 { return r.ID },
	}.all()
}

// Get returns one machine with its figures.
func (s *RVMsService) Get(ctx context.Context, id int64) (RVM, error) {
	if err := checkID("rvm", id); err != nil {
		return RVM{}, err
	}
	return fetch(ctx, s.c, get(idPath(rvmsPath, id, ""), nil), func(r RVM) string { return same("rvm", r.ID, id) })
}

// SetStatus sets active, inactive, maintenance or full. Nobody is told over realtime.
func (s *RVMsService) SetStatus(ctx context.Context, id int64, status string) (StatusChange, error) {
	return s.setStatus(ctx, http.MethodPatch, idPath(rvmsPath, id, "/status"), id, status, storedStatuses)
}

// SetStatusAdmin sets one of six statuses, error and unknown among them, and announces the change over realtime. It
// needs an administrative role. Some installations change the status and answer 500 all the same: that is an
// *UncertainError, and Get tells the truth.
func (s *RVMsService) SetStatusAdmin(ctx context.Context, id int64, status string) (StatusChange, error) {
	return s.setStatus(ctx, http.MethodPost, idPath(adminRVMPath, id, "/status"), id, status, adminStatuses)
}

func (s *RVMsService) setStatus(ctx context.Context, method, path string, id int64, status string, allowed []string) (StatusChange, error) {
	if err := firstError(checkID("rvm", id), checkWord("status", status, allowed)); err != nil {
		return StatusChange{}, err
	}
	k := call{method: method, path: path, body: map[string]string{"status": status}, changes: true}
	return fetch(ctx, s.c, k, func(got StatusChange) string {
		if got.New != status {
			return "it names another status"
		}
		return same("rvm", got.RVMID, id)
	})
}
