package platform

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Recent returns the deposits that were created at or after a moment, by the platform's clock and newest first. since is told
// what that clock shows, or the zero time when the platform did not say. The page's Meta is the platform's: Total counts all
// deposits that q selects, also older ones. It ends with *IncompleteListError when rows may be missing.
func (s *DepositsService) Recent(ctx context.Context, q DepositQuery, since func(now time.Time) time.Time) (Page[Deposit], error) {
	var from time.Time
	// One page has no seam at which rows of the same second could be missed: a larger one is asked for, and not the next.
	for _, size := range []int{walkPage, 10 * walkPage, maxPerPage} {
		page, err := s.List(ctx, DepositQuery{Status: q.Status, PerPage: size})
		if err != nil {
			return page, err
		}
		if from.IsZero() {
			from = since(page.Meta.ServerTime)
		}
		whole := len(page.Items) >= page.Meta.Total
		if kept := younger(page.Items, from); whole || len(kept) < len(page.Items) {
			page.Items = kept
			return page, nil
		}
	}
	return s.recentOfAll(ctx, q, from)
}

// recentOfAll is for more rows than one page can hold: everything is read, and counted.
func (s *DepositsService) recentOfAll(ctx context.Context, q DepositQuery, from time.Time) (Page[Deposit], error) {
	var page Page[Deposit]
	for d, err := range s.All(ctx, q) {
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, d)
	}
	page.Meta.Total = len(page.Items)
	page.Items = younger(page.Items, from)
	return page, nil
}

// younger keeps what was created at or after from, in an order of its own: the platform has none within a second.
func younger(all []Deposit, from time.Time) []Deposit {
	kept := make([]Deposit, 0, len(all))
	for _, d := range all {
		if !d.CreatedAt.Before(from) {
			kept = append(kept, d)
		}
	}
	slices.SortStableFunc(kept, func(a, b Deposit) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return kept
}
