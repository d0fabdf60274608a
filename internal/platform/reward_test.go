package platform

import "testing"

func TestEstimateReward(t *testing.T) {
	t.Parallel()
	tests := []struct {
		waste, weight string
		quantity      int
		confidence    string
		grade, reward string
	}{
		{"plastic", "0.5", 1, "76.50", "B", "1912.50"},
		{"plastic", "0.5", 2, "77.00", "B", "1925.00"},
		{"plastic", "0.5", 3, "77.50", "B", "1937.50"},
		{"plastic", "0.5", 1000, "86.00", "B", "2150.00"},
		{"plastic", "0.001", 3, "76.50", "B", "3.83"},
		{"plastic", "0.0011", 3, "76.50", "B", "3.83"},
		{"plastic", "0.1234567890123456789", 1, "75.75", "B", "465.86"},
		{"plastic", "1.5", 3, "79.50", "B", "5962.50"},
		{"plastic", "10", 3, "95.00", "A", "57000.00"},
		{"plastic", "100", 3, "95.00", "A", "570000.00"},
		{"glass", "0.5", 3, "77.50", "B", "1162.50"},
		{"glass", "1.234", 2, "78.47", "B", "2904.96"},
		{"plastic", "0.02", 1, "75.54", "B", "75.54"},
		{"metal", "1.25", 3, "79.00", "B", "7900.00"},
		{"paper", "2", 4, "81.00", "A", "3888.00"},
		{"glass", "0.3", 1, "76.10", "B", "684.90"},
		{"mixed", "100", 1000, "95.00", "A", "171000.00"},
		{"plastic", "5", 10, "90.00", "A", "27000.00"},
		{"glass", "10", 20, "95.00", "A", "34200.00"},
		{"metal", "0.015", 1, "75.53", "B", "90.64"},
		{"metal", "0.5", 3, "77.50", "B", "3100.00"},
		{"metal", "1.234", 2, "78.47", "B", "7746.56"},
		{"paper", "1.234", 2, "78.47", "B", "1936.64"},
		{"mixed", "1.234", 2, "78.47", "A", "1742.98"},
	}
	for _, tt := range tests {
		t.Run(tt.waste+" "+tt.weight, func(t *testing.T) {
			t.Parallel()
			got, err := EstimateReward(tt.waste, mustDecimal(t, tt.weight), tt.quantity)
			if err != nil {
				t.Fatal(err)
			}
			if got.Confidence.StringFixed(2) != tt.confidence || got.Grade != tt.grade || got.Reward.StringFixed(2) != tt.reward {
				t.Errorf("got %s %s %s, want %s %s %s", got.Confidence.StringFixed(2), got.Grade, got.Reward.StringFixed(2),
					tt.confidence, tt.grade, tt.reward)
			}
		})
	}
}

func TestEstimateRewardRefusesWhatThePlatformWould(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() (Estimate, error){
		"waste type":     func() (Estimate, error) { return EstimateReward("bottle", mustDecimal(t, "1"), 1) },
		"no weight":      func() (Estimate, error) { return EstimateReward("glass", Decimal{}, 1) },
		"too heavy":      func() (Estimate, error) { return EstimateReward("glass", mustDecimal(t, "100.0004"), 1) },
		"no items":       func() (Estimate, error) { return EstimateReward("glass", mustDecimal(t, "1"), 0) },
		"too many items": func() (Estimate, error) { return EstimateReward("glass", mustDecimal(t, "1"), 1001) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := fail(); verdictOf(err) != "limit" {
				t.Errorf("got %v, %v, want a limit", got, err)
			}
		})
	}
}
