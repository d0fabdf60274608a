package platform

import (
	"context"
	"errors"
	"slices"
)

// StatusStored is how a status came to be held by the platform.
type StatusStored struct {
	// Announced is true when the endpoint that was used tells kiosks and consoles over realtime; only the
	// administrative one does.
	Announced bool
	// Endpoint is the path of the call that was used, below /api/v2/ and without the number of the machine.
	Endpoint string
	// Doubt is the call's own outcome when only a second look confirmed the status, otherwise nil.
	Doubt *UncertainError
}

// StoreStatus sets a status through the endpoint that knows the word and that this account may use: SetStatus, or
// SetStatusAdmin for error and unknown and where the role does not allow the first. When the outcome is unknown it
// looks at what the platform holds, because some installations store the status and answer 500 all the same; the
// *UncertainError remains when the look does not show the wanted status.
func (s *RVMsService) StoreStatus(ctx context.Context, id int64, status string) (StatusStored, error) {
	if err := firstError(checkID("rvm", id), checkWord("status", status, adminStatuses)); err != nil {
		return StatusStored{}, err
	}
	if slices.Contains(storedStatuses, status) {
		_, err := s.SetStatus(ctx, id, status)
		if !forbidden(err) {
			return s.confirm(ctx, id, status, StatusStored{Endpoint: "rvms/status"}, err)
		}
	}
	_, err := s.SetStatusAdmin(ctx, id, status)
	return s.confirm(ctx, id, status, StatusStored{Endpoint: "admin/rvm/status", Announced: true}, err)
}

// confirm looks after an unknown outcome.
func (s *RVMsService) confirm(ctx context.Context, id int64, status string, stored StatusStored, cause error) (StatusStored, error) {
	if cause == nil {
		return stored, nil
	}
	if !errors.As(cause, &stored.Doubt) {
		return StatusStored{}, cause
	}
	if now, err := s.Current(ctx, id); err == nil && now.Status == status {
		// The same failure that spoils the answer keeps the announcement from being made.
		stored.Announced = false
		return stored, nil
	}
	return StatusStored{}, cause
}
