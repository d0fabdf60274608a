package platform

import (
	"context"
	"time"
)

// RVMStatus is the platform's summary of one machine.
type RVMStatus struct {
	RVM     RVM
	Engines []Engine
	// LatestDetection is nil when there is none, or when it is of a shape that is not understood.
	LatestDetection *DetectionResult
	Detections      DetectionStatistics
	// MarkedOnline merely says that the stored status is active; the platform has not contacted the machine.
	MarkedOnline   bool
	LastActivity   time.Time
	RecentDeposits int
}

// DetectionStatistics are figures over a machine's results.
type DetectionStatistics struct {
	Total int `json:"total_detections"`
	// AvgProcessingTime is in seconds, nil without results.
	AvgProcessingTime *Decimal  `json:"avg_processing_time"`
	LastAt            time.Time `json:"last_detection_at,omitzero"`
}

// rvmStatusWire is the nested form that the platform sends and the flat form that its documents promise.
type rvmStatusWire struct {
	RVM             RVM                 `json:"rvm"`
	Engines         rvmEngines          `json:"rvm_engines" wire:"rvm"`
	LatestDetection any                 `json:"latest_detection" wire:"latest_detection_result"`
	Detections      DetectionStatistics `json:"detection_stats"`
	// Status is an object in the nested form.
	Status rvmActivity `json:"status"`

	FlatID     int64     `json:"rvm_id"`
	FlatName   string    `json:"rvm_name"`
	FlatStatus string    `json:"current_status"`
	FlatTime   time.Time `json:"timestamp"`
}

type rvmEngines struct {
	List []Engine `json:"processing_engines"`
}

type rvmActivity struct {
	IsOnline       bool      `json:"is_online"`
	LastActivity   time.Time `json:"last_activity"`
	RecentDeposits int       `json:"recent_deposits_count"`
}

// Status returns the platform's summary of one machine. Builds without it answer an *Error that is RouteMissing; Get
// knows the stored status on every build.
func (s *RVMsService) Status(ctx context.Context, id int64) (RVMStatus, error) {
	if err := checkID("rvm", id); err != nil {
		return RVMStatus{}, err
	}
	k := get(idPath("/api/v2/rvm-status", id, ""), nil)
	got, err := fetch(ctx, s.c, k, func(w rvmStatusWire) string { return same("rvm", w.machine().ID, id) })
	return got.status(), err
}

// machine is the RVM of whichever form was sent.
func (w rvmStatusWire) machine() RVM {
	if w.RVM.ID == 0 {
		w.RVM.ID, w.RVM.Name, w.RVM.Status = w.FlatID, w.FlatName, w.FlatStatus
	}
	return w.RVM
}

func (w rvmStatusWire) status() RVMStatus {
	s := RVMStatus{
		RVM: w.machine(), Engines: w.Engines.List, Detections: w.Detections,
		MarkedOnline: w.Status.IsOnline, LastActivity: w.Status.LastActivity, RecentDeposits: w.Status.RecentDeposits,
	}
	if s.LastActivity.IsZero() {
		s.LastActivity = w.FlatTime
	}
	var latest DetectionResult
	if w.LatestDetection != nil && decode(w.LatestDetection, &latest) == nil {
		s.LatestDetection = &latest
	}
	return s
}
