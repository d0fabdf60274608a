package platform_test

import (
	"errors"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

func TestHistoryLooksInBothPlaces(t *testing.T) {
	t.Parallel()
	const newer, older = "/api/v2/detection-results/processing-history", "/api/v2/processing-history"
	rows := `{"success":true,"data":[{"id":4,"rvm_id":1,"detections":"[{\"class\":\"can\",\"confidence\":0.5,\"bbox\":[1,2,3,4]}]","status":"completed"}]}`
	for name, bodies := range map[string]map[string]string{
		"the newer one": {newer: rows},
		"the older one": {older: rows},
		"the older one, when the newer path is taken for a number": {older: rows,
			newer: `500 {"success":false,"message":"No query results for model [App\\Models\\DetectionResult] processing-history"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := answering(t, bodies).Detections.History(t.Context(), platform.HistoryQuery{RVMID: 1, Limit: 5})
			if err != nil || len(found) != 1 || found[0].ID != 4 || len(found[0].Detections) != 1 {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	}
	var no *platform.Error
	if _, err := answering(t, nil).Detections.History(t.Context(), platform.HistoryQuery{}); !errors.As(err, &no) || !no.RouteMissing() ||
		no.Path != newer {
		t.Errorf("neither: %v", err)
	}
}

func TestRequestsInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	var no *platform.Error
	if _, err := c.Detections.Trigger(ctx, platform.ProcessingTrigger{RVMID: 1}); !errors.As(err, &no) || !no.NoEngines() || !no.Refused() {
		t.Errorf("without an engine: %v", err)
	}
	engine, err := c.Engines.Create(ctx, platform.EngineSpec{Name: "x", Type: platform.EngineTypeCUDA, ServerAddress: "127.0.0.1", Port: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Engines.Assign(ctx, engine.ID, platform.Assignment{RVMID: 1}); err != nil {
		t.Fatal(err)
	}
	made, err := c.Detections.Trigger(ctx, platform.ProcessingTrigger{RVMID: 1, Type: "segmentation", Priority: "low"})
	if err != nil || made.ID == 0 || made.RVM.ID != 1 || len(made.Engines) != 1 || made.Status != "processing_requested" {
		t.Errorf("got %+v, %v", made, err)
	}
	found, err := c.Detections.History(ctx, platform.HistoryQuery{RVMID: 1, Status: "processing_requested", From: time.Now().Add(-time.Hour)})
	if err != nil || len(found) != 1 || found[0].ProcessingType != "segmentation" || found[0].Priority != "low" || len(found[0].Detections) != 0 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestMetricsHistoryInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	if none, err := c.Metrics.History(ctx, 1, 0); err != nil || len(none) != 0 {
		t.Errorf("before any: %+v, %v", none, err)
	}
	for _, cpu := range []float64{1, 2, 3} {
		if err := c.Metrics.Push(ctx, 1, platform.MetricsReport{System: &platform.SystemMetrics{CPUUsage: &cpu}}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := c.Metrics.History(ctx, 1, 2)
	if err != nil || len(found) != 2 || *found[0].System.CPUUsage != 3 || found[0].Simulated || found[0].Timestamp.IsZero() {
		t.Errorf("got %+v, %v", found, err)
	}
	var limit *platform.LimitError
	if _, err := c.Metrics.History(ctx, 1, 1001); !errors.As(err, &limit) {
		t.Errorf("got %v", err)
	}
}

func TestMadeUpHistoryIsMarkedWhereverTheMarkStands(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"success":true,"data":[{"system":{"cpu_usage":1},"simulation":true}]}`,
		`{"success":true,"simulation":true,"data":[{"system":{"cpu_usage":1}}]}`,
		`{"success":true,"data":{"metrics":[{"system":{"cpu_usage":1}}],"pagination":{"total":1},"simulation":1}}`,
	} {
		c := answering(t, map[string]string{"/api/v2/rvms/1/metrics/history": body})
		if found, err := c.Metrics.History(t.Context(), 1, 0); err != nil || len(found) != 1 || !found[0].Simulated {
			t.Errorf("%s: got %+v, %v", body, found, err)
		}
	}
}

func TestBadHistoryQueriesStayHome(t *testing.T) {
	t.Parallel()
	c, ctx := answering(t, nil), t.Context()
	var limit *platform.LimitError
	for _, q := range []platform.HistoryQuery{{Status: "done"}, {Limit: -1}, {Limit: 1001}, {From: time.Unix(2, 0), To: time.Unix(1, 0)}} {
		if _, err := c.Detections.History(ctx, q); !errors.As(err, &limit) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, q := range []platform.ProcessingTrigger{{}, {RVMID: 1, Type: "magic"}, {RVMID: 1, Priority: "urgent"}} {
		if _, err := c.Detections.Trigger(ctx, q); !errors.As(err, &limit) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
