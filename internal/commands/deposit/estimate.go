package deposit

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// EstimateOptions is what estimate needs.
type EstimateOptions struct {
	Console *terminal.Console

	WasteType, Weight string
	Quantity          int
}

// Estimated is the result of estimate.
type Estimated struct {
	WasteType    string `json:"waste_type" doc:"plastic, glass, metal, paper or mixed"`
	WeightKG     string `json:"weight_kg" doc:"weight as the platform would store it, kilograms with three places as text"`
	Quantity     int    `json:"quantity" doc:"number of items"`
	Confidence   string `json:"confidence_percent" doc:"confidence that the platform's rule gives, percent as text"`
	Grade        string `json:"grade" doc:"grade that the rule gives, A to D"`
	BasePerKG    string `json:"base_per_kg" doc:"rupiah for a kilogram of this waste type, as text"`
	Multiplier   string `json:"multiplier" doc:"factor of the grade, as text"`
	RewardAmount string `json:"reward_amount" doc:"reward in rupiah, a decimal with two places as text"`
}

// Text is the reward and the calculation behind it; in a pipe: reward, grade, confidence.
func (e Estimated) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(e.RewardAmount, e.Grade, e.Confidence)
		return
	}
	p.Text(p.Strong(currency+" "+e.RewardAmount), p.Dim(" for "+e.WeightKG+" kg of "+e.WasteType))
	p.Line("%s per kg × %s kg × %s (grade %s) × %s %% confidence", e.BasePerKG, e.WeightKG, e.Multiplier, e.Grade, e.Confidence)
}

// NewEstimate makes the command; runF replaces the run in tests.
func NewEstimate(box *toolbox.Box, runF func(context.Context, *EstimateOptions) error) *cobra.Command {
	opts := &EstimateOptions{Console: box.Console}
	if runF == nil {
		runF = estimateRun
	}
	cmd := &cobra.Command{
		Use:   "estimate",
		Short: "Compute what a deposit would pay, without a platform",
		Long: `Compute what a deposit would pay by the platform's published rule. Nothing is sent, nobody is paid.

reward = base per kg × weight × factor of the grade × confidence / 100, rounded half away from zero to two places. The
quantity raises the confidence a little and does not multiply the reward. The platform's own figure is what counts.

Exit status: 0 computed, 2 usage, 6 outside the platform's limits.`,
		Example: `  $ rvmctl deposit estimate --waste-type plastic --weight 0.5 --quantity 3
  $ rvmctl deposit estimate --waste-type metal --weight 0.015 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	cmd.Flags().StringVar(&opts.WasteType, "waste-type", "", "plastic, glass, metal, paper or mixed")
	cmd.Flags().StringVar(&opts.Weight, "weight", "", "weight of all items together, in `KG`")
	cmd.Flags().IntVar(&opts.Quantity, "quantity", 1, "number of items")
	completeWasteTypes(cmd)
	return box.Returns(cmd, Estimated{})
}

func estimateRun(_ context.Context, o *EstimateOptions) error {
	if o.WasteType == "" {
		return toolbox.Usage("--waste-type is missing", "one of: plastic, glass, metal, paper, mixed")
	}
	weight, err := decimal("weight", o.Weight)
	if err != nil {
		return err
	}
	e, err := platform.EstimateReward(o.WasteType, weight, o.Quantity)
	if err != nil {
		return err
	}
	return o.Console.Emit(Estimated{
		WasteType: e.WasteType, WeightKG: e.Weight.StringFixed(3), Quantity: e.Quantity, Confidence: e.Confidence.StringFixed(2),
		Grade: e.Grade, BasePerKG: e.BasePerKg.String(), Multiplier: e.Multiplier.String(), RewardAmount: e.Reward.StringFixed(2),
	})
}
