package platform

// Estimate is what the platform's simulated analysis would make of a deposit. It is arithmetic, not a promise: only
// the platform's answer says what is paid.
type Estimate struct {
	WasteType string `json:"waste_type"`
	// Weight is in kg as the platform would store it, three decimals.
	Weight   Decimal `json:"weight"`
	Quantity int     `json:"quantity"`
	// Confidence is a percentage as the platform would store it, two decimals.
	Confidence Decimal `json:"confidence"`
	// Grade is A, B, C or D.
	Grade string `json:"grade"`
	// BasePerKg is in rupiah.
	BasePerKg Decimal `json:"base_per_kg"`
	// Multiplier belongs to the grade.
	Multiplier Decimal `json:"multiplier"`
	// Reward is in rupiah, two decimals.
	Reward Decimal `json:"reward"`
}

// rewardRule is one row of the platform's tables: rupiah per kg, and the confidence from which a grade is given.
type rewardRule struct{ base, a, b, c int64 }

var rewardRules = map[string]rewardRule{
	"plastic": {5000, 90, 75, 60},
	"glass":   {3000, 85, 70, 55},
	"metal":   {8000, 88, 72, 58},
	"paper":   {2000, 80, 65, 50},
	"mixed":   {1500, 70, 55, 40},
}

// EstimateReward computes
//
//	confidence = min(95, 75 + min(20, 2·weight) + min(10, quantity/2))
//	reward     = base · weight · multiplier(grade) · confidence / 100
//
// as observed on the platform: the confidence uses the weight as sent and decides the grade unrounded; the reward uses
// weight and confidence as stored, with three and two decimals. Every rounding is half away from zero. The quantity
// does not multiply the reward. It returns *LimitError for what the platform would refuse.
func EstimateReward(wasteType string, weight Decimal, quantity int) (Estimate, error) {
	err := firstError(checkWord("waste_type", wasteType, WasteTypes()), checkWeight(weight),
		checkRange("quantity", quantity, 1, maxQuantity))
	if err != nil {
		return Estimate{}, err
	}
	rule, exact := rewardRules[wasteType], confidence(weight, quantity)
	grade, multiplier := rule.grade(exact)
	e := Estimate{
		WasteType: wasteType, Weight: weight.Round(3), Quantity: quantity, Confidence: exact.Round(2),
		Grade: grade, BasePerKg: NewDecimal(rule.base, 0), Multiplier: multiplier,
	}
	e.Reward = e.BasePerKg.Mul(e.Weight).Mul(e.Multiplier).Mul(e.Confidence).Mul(NewDecimal(1, -2)).Round(2)
	return e, nil
}

// confidence is a percentage, unrounded.
func confidence(weight Decimal, quantity int) Decimal {
	byWeight := least(NewDecimal(20, 0), weight.Mul(NewDecimal(2, 0)))
	byQuantity := least(NewDecimal(10, 0), NewDecimal(int64(quantity)*5, -1))
	return least(NewDecimal(95, 0), NewDecimal(75, 0).Add(byWeight).Add(byQuantity))
}

func (r rewardRule) grade(confidence Decimal) (string, Decimal) {
	switch {
	case confidence.Cmp(NewDecimal(r.a, 0)) >= 0:
		return "A", NewDecimal(12, -1)
	case confidence.Cmp(NewDecimal(r.b, 0)) >= 0:
		return "B", NewDecimal(1, 0)
	case confidence.Cmp(NewDecimal(r.c, 0)) >= 0:
		return "C", NewDecimal(8, -1)
	}
	return "D", NewDecimal(5, -1)
}

func least(a, b Decimal) Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
