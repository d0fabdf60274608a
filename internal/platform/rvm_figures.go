package platform

import "context"

// RVMFigures are the sums over everything that happened at one machine. Left out is what the platform never fills: how
// often each waste type came, and sessions that were completed or expired.
type RVMFigures struct {
	RVM         RVMName           `json:"rvm_info"`
	Deposits    RVMDepositFigures `json:"deposits"`
	Sessions    RVMSessionFigures `json:"sessions"`
	Performance RVMPerformance    `json:"performance"`
}

// RVMName is a machine in short.
type RVMName struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// RVMDepositFigures count the deposits of a machine.
type RVMDepositFigures struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Pending   int `json:"pending"`
	Rejected  int `json:"rejected"`
	// TotalRewardsGiven is in rupiah, completed deposits only.
	TotalRewardsGiven Decimal `json:"total_rewards_given"`
	// AvgConfidence is a percentage; platforms known so far compute it from a column that nothing fills, and say nil.
	AvgConfidence *Decimal `json:"avg_confidence"`
}

// Processing is how many deposits wait for a decision; the platform does not count them itself.
func (f RVMDepositFigures) Processing() int { return max(0, f.Total-f.Completed-f.Pending-f.Rejected) }

// RVMSessionFigures count the sessions of a machine.
type RVMSessionFigures struct {
	Total int `json:"total"`
	// Active counts every session that nobody claimed, however long ago it expired.
	Active int `json:"active"`
}

// RVMPerformance is how fast and how often deposits are completed.
type RVMPerformance struct {
	// AvgProcessingTime is in seconds from the deposit to its completion, nil without any.
	AvgProcessingTime *Decimal `json:"avg_processing_time"`
	// SuccessRate is the percentage of all deposits that were completed.
	SuccessRate Decimal `json:"success_rate"`
}

// Statistics sums up one machine.
func (s *RVMsService) Statistics(ctx context.Context, id int64) (RVMFigures, error) {
	if err := checkID("rvm", id); err != nil {
		return RVMFigures{}, err
	}
	return fetch(ctx, s.c, get(idPath(rvmsPath, id, "/statistics"), nil), func(f RVMFigures) string { return same("rvm", f.RVM.ID, id) })
}
