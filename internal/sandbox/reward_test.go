package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestRewardVectors(t *testing.T) {
	t.Parallel()
	vectors := []struct {
		waste, weight     string
		quantity          int64
		confidence, grade string
		reward            string
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
	p := open(t)
	token := p.user()
	for _, v := range vectors {
		t.Run(fmt.Sprintf("%s %s kg x %d pays %s", v.waste, v.weight, v.quantity, v.reward), func(t *testing.T) {
			body := fmt.Sprintf(`{"rvm_id":1,"waste_type":%q,"weight":%s,"quantity":%d}`, v.waste, v.weight, v.quantity)
			p.call(token, "POST", "/api/v2/deposits", body).want(t, 201, "data.ai_confidence", v.confidence,
				"data.quality_grade", v.grade, "data.reward_amount", v.reward)
		})
	}
}

func TestConfidenceStaysUnroundedInTheAnalysis(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		weight   float64
		quantity int64
		want     string
	}{{0.0011, 3, "76.5022"}, {0.1234567890123456789, 1, "75.74691357802469"}, {100, 3, "95"}, {1.234, 2, "78.468"}} {
		got, err := phpJSON(analyse("plastic", v.weight, v.quantity, time.Unix(0, 0)).ConfidenceScore, false)
		if err != nil || string(got) != v.want {
			t.Errorf("confidence of %v kg x %d = %s (%v), want %s", v.weight, v.quantity, got, err, v.want)
		}
	}
}

func TestGradesChangeAtTheirThresholds(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		waste      string
		confidence float64
		want       string
	}{
		{"plastic", 90, "A"}, {"plastic", 89.99, "B"}, {"plastic", 75, "B"}, {"plastic", 60, "C"}, {"plastic", 59.9, "D"},
		{"glass", 85, "A"}, {"glass", 70, "B"}, {"glass", 55, "C"}, {"glass", 54, "D"},
		{"metal", 88, "A"}, {"metal", 72, "B"}, {"metal", 58, "C"}, {"metal", 57, "D"},
		{"paper", 80, "A"}, {"paper", 65, "B"}, {"paper", 50, "C"}, {"paper", 49, "D"},
		{"mixed", 70, "A"}, {"mixed", 55, "B"}, {"mixed", 40, "C"}, {"mixed", 39, "D"},
	} {
		if got := grade(materialOf(v.waste).grades, v.confidence); got != v.want {
			t.Errorf("%s at %v%% is %s, want %s", v.waste, v.confidence, got, v.want)
		}
	}
}

func TestGradesMultiplyTheReward(t *testing.T) {
	t.Parallel()
	one, half := decimal.NewFromInt(1), decimal.NewFromInt(50)
	for grade, want := range map[string]string{"A": "3000", "B": "2500", "C": "2000", "D": "1250", "?": "2500"} {
		if got := reward("plastic", grade, one, half).String(); got != want {
			t.Errorf("grade %s pays %s, want %s", grade, got, want)
		}
	}
}
