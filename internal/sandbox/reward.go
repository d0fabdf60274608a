package sandbox

import (
	"time"

	"github.com/shopspring/decimal"
)

// analysis is what the platform's simulated examination says about a deposit. It looks at no picture.
type analysis struct {
	WasteType        string         `json:"waste_type"`
	ConfidenceScore  float64        `json:"confidence_score"` // percent, unrounded
	QualityGrade     string         `json:"quality_grade"`
	Timestamp        string         `json:"analysis_timestamp"`
	DetectedFeatures map[string]any `json:"detected_features"`
	Recommendations  []string       `json:"recommendations"`
}

// material is everything the platform knows about one waste type.
type material struct {
	base            int64      // rupiah per kilogram
	grades          [3]float64 // the least confidence in percent for A, B and C
	features        map[string]any
	recommendations []string
}

func wasteTypes() []string { return []string{"plastic", "glass", "metal", "paper", "mixed"} }

func materialOf(wasteType string) material {
	switch wasteType {
	case "plastic":
		return material{5000, [3]float64{90, 75, 60},
			map[string]any{"material_type": "PET", "color": "transparent", "condition": "good", "labels_present": true},
			[]string{"suitable_for_recycling", "remove_labels_before_processing"}}
	case "glass":
		return material{3000, [3]float64{85, 70, 55},
			map[string]any{"glass_type": "clear", "thickness": "standard", "condition": "intact", "color_clarity": "high"},
			[]string{"excellent_for_recycling", "no_contamination_detected"}}
	case "metal":
		return material{8000, [3]float64{88, 72, 58},
			map[string]any{"metal_type": "aluminum", "condition": "clean", "corrosion_level": "none",
				"magnetic_properties": "non_magnetic"},
			[]string{"high_value_recycling", "premium_quality"}}
	case "paper":
		return material{2000, [3]float64{80, 65, 50},
			map[string]any{"paper_type": "cardboard", "condition": "dry", "ink_coverage": "minimal", "fiber_quality": "good"},
			[]string{"good_for_paper_recycling", "remove_tape_if_present"}}
	}
	return material{1500, [3]float64{70, 55, 40},
		map[string]any{"primary_material": "plastic", "secondary_materials": []string{"paper", "metal"},
			"separation_required": true, "complexity": "high"},
		[]string{"manual_separation_needed", "lower_reward_due_to_complexity"}}
}

// analyse grades a deposit by its weight in kilograms as it was sent, before the database rounds it, and by its
// quantity: confidence = min(95, 75 + min(20, 2·weight) + min(10, 0.5·quantity)).
func analyse(wasteType string, weight float64, quantity int64, at time.Time) analysis {
	confidence := min(95, 75+min(20, 2*weight)+min(10, 0.5*float64(quantity)))
	m := materialOf(wasteType)
	return analysis{
		WasteType: wasteType, ConfidenceScore: confidence, QualityGrade: grade(m.grades, confidence),
		Timestamp: microStamp(at), DetectedFeatures: m.features, Recommendations: m.recommendations,
	}
}

func grade(least [3]float64, confidence float64) string {
	for i, limit := range least {
		if confidence >= limit {
			return string("ABC"[i])
		}
	}
	return "D"
}

// multiplierTenths is what a grade does to the reward, in tenths.
func multiplierTenths(grade string) int64 {
	switch grade {
	case "A":
		return 12
	case "C":
		return 8
	case "D":
		return 5
	}
	return 10
}

// reward is base·weight·multiplier·confidence/100 in rupiah with two decimals, rounded half away from zero. weight and
// confidence are the stored values with three and two decimals; the quantity has no part in it.
func reward(wasteType, grade string, weight, confidence decimal.Decimal) decimal.Decimal {
	return decimal.NewFromInt(materialOf(wasteType).base).
		Mul(weight).
		Mul(decimal.New(multiplierTenths(grade), -1)).
		Mul(confidence).
		Mul(decimal.New(1, -2)).
		Round(2)
}
