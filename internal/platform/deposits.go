package platform

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// DepositsService creates the deposits that pay people. Nothing here is ever sent twice by itself.
type DepositsService struct{ c *Client }

const depositsPath = "/api/v2/deposits"

// States of a deposit.
const (
	DepositPending    = "pending"
	DepositProcessing = "processing"
	DepositCompleted  = "completed"
	DepositRejected   = "rejected"
)

// WasteTypes are the words that the platform pays for, in its own order.
func WasteTypes() []string { return []string{"plastic", "glass", "metal", "paper", "mixed"} }

// DepositCreate is one deposit to be made.
type DepositCreate struct {
	RVMID int64 `json:"rvm_id"`
	// WasteType is one of WasteTypes.
	WasteType string `json:"waste_type"`
	// Weight is in kg, 0.001–100; the platform stores three decimals.
	Weight Decimal `json:"weight"`
	// Quantity is 1–1000 items; it does not multiply the reward.
	Quantity int `json:"quantity"`
	// SessionToken ties the deposit to a person's session; the platform stores and lists it without checking it.
	SessionToken string `json:"session_token,omitempty"`
	// Metadata is accepted and not stored by platforms known so far.
	Metadata map[string]string `json:"metadata,omitempty"`
	// IdempotencyKey is sent as a header to a platform that is proven to keep keys; empty for every other one.
	IdempotencyKey string `json:"-"`
}

// DepositCreated is the platform's answer to a creation. Only ID is certain; nil figures were not told.
type DepositCreated struct {
	ID           int64  `json:"deposit_id" wire:"id"`
	Status       string `json:"status"`
	WasteType    string `json:"waste_type"`
	QualityGrade string `json:"quality_grade"`
	// AIConfidence is a percentage, 0–100.
	AIConfidence *Decimal `json:"ai_confidence"`
	// RewardAmount is in rupiah.
	RewardAmount *Decimal `json:"reward_amount"`
	// Analysis is how the platform came to grade and confidence, as it was sent; its shape is not fixed.
	Analysis any `json:"ai_analysis"`
}

// Deposit is a stored deposit. Nil fields are null on the platform.
type Deposit struct {
	ID           int64   `json:"id" wire:"deposit_id"`
	UserID       *int64  `json:"user_id"`
	RVMID        int64   `json:"rvm_id"`
	SessionToken *string `json:"session_token"`
	WasteType    string  `json:"waste_type"`
	// Weight is in kg with three decimals.
	Weight       Decimal `json:"weight"`
	Quantity     int     `json:"quantity"`
	QualityGrade string  `json:"quality_grade"`
	// AIConfidence is a percentage, 0–100.
	AIConfidence *Decimal `json:"ai_confidence"`
	// Analysis is how the platform came to grade and confidence, as it was sent; its shape is not fixed.
	Analysis any `json:"ai_analysis"`
	// RewardAmount is in rupiah. A rejected deposit keeps its figure.
	RewardAmount    Decimal   `json:"reward_amount"`
	Status          string    `json:"status"`
	RejectionReason string    `json:"rejection_reason,omitempty"`
	ProcessedAt     time.Time `json:"processed_at,omitzero"`
	// CreatedAt has whole seconds.
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
}

// DepositQuery selects deposits of the token's own user; zero fields do not restrict.
type DepositQuery struct {
	Status        string
	PerPage, Page int
}

// DepositProcess is the decision about a deposit.
type DepositProcess struct {
	// Status is DepositCompleted or DepositRejected.
	Status string `json:"status"`
	// RejectionReason is required with rejected and refused with completed.
	RejectionReason string `json:"rejection_reason,omitempty"`
}

// DepositProcessed is the platform's answer to a decision.
type DepositProcessed struct {
	ID           int64     `json:"deposit_id" wire:"id"`
	Status       string    `json:"status"`
	RewardAmount Decimal   `json:"reward_amount"`
	ProcessedAt  time.Time `json:"processed_at,omitzero"`
}

// DepositStatistics are the figures of the token's own user. The platform says null where it has no rows to count or sum.
type DepositStatistics struct {
	Total     int  `json:"total_deposits"`
	Completed *int `json:"completed_deposits"`
	Pending   *int `json:"pending_deposits"`
	Rejected  *int `json:"rejected_deposits"`
	// TotalRewards sums every status, rejected ones included.
	TotalRewards *Decimal `json:"total_rewards"`
	// AvgConfidence is a percentage, nil without deposits.
	AvgConfidence *Decimal `json:"avg_confidence"`
	WasteTypes    int      `json:"waste_types_count"`
}

// Processing is how many deposits wait for a decision; the platform does not count them itself. A null counts as none.
func (s DepositStatistics) Processing() int {
	rest := s.Total
	for _, known := range []*int{s.Completed, s.Pending, s.Rejected} {
		if known != nil {
			rest -= *known
		}
	}
	return max(0, rest)
}

// Create makes a deposit. It is done only when the answer names a deposit_id; any other end of a request that was sent
// is an *UncertainError, and the deposit may exist.
func (s *DepositsService) Create(ctx context.Context, d DepositCreate) (DepositCreated, error) {
	if err := d.Validate(); err != nil {
		return DepositCreated{}, err
	}
	k := call{method: http.MethodPost, path: depositsPath, body: d, changes: true, creates: true, key: d.IdempotencyKey}
	a, err := s.c.send(ctx, k)
	if err != nil {
		return DepositCreated{}, err
	}
	var id depositID
	if err := assignNamed("data", a.data, &id); err != nil {
		return DepositCreated{}, s.c.mistaken(k, a.from, err.Error())
	}
	if reason := named("deposit", id.ID); reason != "" {
		return DepositCreated{}, s.c.mistaken(k, a.from, reason)
	}
	// The deposit exists from here on, whatever the figures look like.
	var created DepositCreated
	if assignNamed("data", a.data, &created) != nil {
		created = DepositCreated{}
	}
	created.ID = id.ID
	return created, nil
}

// depositID is the one part of an answer that decides whether a deposit was made.
type depositID struct {
	ID int64 `json:"deposit_id" wire:"id"`
}

// List returns one page, newest second first. Rows of the same second have no order, so pages may overlap: All and a
// large PerPage do not suffer from it. Other users' deposits are never listed.
func (s *DepositsService) List(ctx context.Context, q DepositQuery) (Page[Deposit], error) {
	query := url.Values{}
	setText(query, "status", q.Status)
	if err := firstError(checkOptionalTrimmed("status", q.Status, maxName), pages(query, q.Page, q.PerPage)); err != nil {
		return Page[Deposit]{}, err
	}
	return list[Deposit](ctx, s.c, get(depositsPath, query))
}

// All yields every deposit that q selects, each once; the page fields of q are ignored. It ends with
// *IncompleteListError when the rows do not add up to the platform's own count.
func (s *DepositsService) All(ctx context.Context, q DepositQuery) iter.Seq2[Deposit, error] {
	return walker[Deposit]{
		what: "deposits",
		page: func(page, perPage int) (Page[Deposit], error) {
			return s.List(ctx, DepositQuery{q.Status, perPage, page})
		},
		id: func(d Deposit) int64 { return d.ID },
	}.all()
}

// Get returns one deposit of the token's own user; another user's is NotFound.
func (s *DepositsService) Get(ctx context.Context, id int64) (Deposit, error) {
	if err := checkID("deposit", id); err != nil {
		return Deposit{}, err
	}
	return fetch(ctx, s.c, get(idPath(depositsPath, id, ""), nil), func(d Deposit) string { return same("deposit", d.ID, id) })
}

// Process decides about a deposit; completed credits its owner. The platform takes no lock: two calls at the same time
// pay twice, so the caller must see to it that only one runs. A deposit that was decided before is a 400 whose
// CurrentStatus says how.
func (s *DepositsService) Process(ctx context.Context, id int64, p DepositProcess) (DepositProcessed, error) {
	if err := firstError(checkID("deposit", id), p.Validate()); err != nil {
		return DepositProcessed{}, err
	}
	k := call{method: http.MethodPost, path: idPath(depositsPath, id, "/process"), body: p, changes: true}
	return fetch(ctx, s.c, k, func(got DepositProcessed) string {
		if got.Status != p.Status {
			return "it names another status"
		}
		return same("deposit", got.ID, id)
	})
}

// Statistics sums up the deposits of the token's own user.
func (s *DepositsService) Statistics(ctx context.Context) (DepositStatistics, error) {
	k := get(depositsPath+"/statistics", nil)
	a, err := s.c.send(ctx, k)
	if err != nil {
		return DepositStatistics{}, err
	}
	object, _ := a.data.(map[string]any)
	if _, ok := object["total_deposits"]; !ok {
		return DepositStatistics{}, s.c.mistaken(k, a.from, "it holds no statistics")
	}
	var stats DepositStatistics
	if err := assignNamed("data", a.data, &stats); err != nil {
		return stats, s.c.mistaken(k, a.from, err.Error())
	}
	return stats, nil
}
