package deposit

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// CreateOptions is what create needs: dependencies first, then flags.
type CreateOptions struct {
	Console  *terminal.Console
	Platform deposits
	RVM      func() (int64, error)

	WasteType string
	Weight    string
	Quantity  int
	Session   string
}

// Created is the result of create: the platform confirmed the deposit by its number.
type Created struct {
	ID           int64  `json:"deposit_id" doc:"number of the deposit"`
	RVMID        int64  `json:"rvm_id" doc:"number of the machine"`
	WasteType    string `json:"waste_type" doc:"plastic, glass, metal, paper or mixed"`
	WeightKG     string `json:"weight_kg" doc:"weight as it was sent, kilograms as text"`
	Quantity     int    `json:"quantity" doc:"number of items"`
	QualityGrade string `json:"quality_grade" doc:"grade that the platform gave, A to D"`
	Confidence   string `json:"confidence_percent" doc:"the platform's confidence, percent as text"`
	RewardAmount string `json:"reward_amount" doc:"reward in rupiah, a decimal with two places as text; \"not said\" when the answer did not carry it"`
	Status       string `json:"status" doc:"processing: it is paid once somebody completes it"`
	Delivery     string `json:"delivery" doc:"sent: the platform confirmed it"`
}

// Text is one line; in a pipe: id, waste type, kilograms, items, grade, reward, status.
func (c Created) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(c.ID), c.WasteType, c.WeightKG, toolbox.Number(c.Quantity), c.QualityGrade, c.RewardAmount, c.Status)
		return
	}
	p.Text(p.Good("created"), " deposit ", p.Strong(toolbox.Number(c.ID)), p.Dim(" · "),
		terminal.Clean(c.WasteType), " ", c.WeightKG, " kg × ", toolbox.Number(c.Quantity), p.Dim(" · "),
		"grade ", terminal.Clean(c.QualityGrade), p.Dim(" · "), p.Strong(currency+" "+c.RewardAmount), p.Dim(" · "), terminal.Clean(c.Status))
}

// NewCreate makes the command; runF replaces the run in tests.
func NewCreate(box *toolbox.Box, runF func(context.Context, *CreateOptions) error) *cobra.Command {
	opts := &CreateOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = createRun
	}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a deposit",
		Long: `Create one deposit for what somebody put into a machine.

The values are checked against the platform's own limits before anything is sent: weight 0.001 to 100 kg, quantity 1 to
1000. The quantity does not multiply the reward. The deposit is sent once. When the answer is lost, nobody knows whether
the platform has it: rvmctl says so, ends with 1, and leaves it to you to look.

Exit status: 0 the platform confirmed it, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away and nothing
sent, 6 refused.`,
		Example: `  $ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.5
  $ rvmctl deposit create --rvm 1 --waste-type metal --weight 0.045 --quantity 3 --session 5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.WasteType, "waste-type", "", "plastic, glass, metal, paper or mixed")
	cmd.Flags().StringVar(&opts.Weight, "weight", "", "weight of all items together, in `KG`")
	cmd.Flags().IntVar(&opts.Quantity, "quantity", 1, "number of items")
	cmd.Flags().StringVar(&opts.Session, "session", "", "`TOKEN` of the session of the person at the machine")
	completeWasteTypes(cmd)
	return box.Returns(cmd, Created{})
}

func completeWasteTypes(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("waste-type",
		cobra.FixedCompletions(platform.WasteTypes(), cobra.ShellCompDirectiveNoFileComp))
}

func createRun(ctx context.Context, o *CreateOptions) error {
	d, err := o.deposit()
	if err != nil {
		return err
	}
	client, err := o.Platform()
	if err != nil {
		return err
	}
	made, err := client.Deposits.Create(ctx, d)
	if err != nil {
		return err
	}
	if made.WasteType != "" && made.WasteType != d.WasteType {
		o.Console.Warn("the platform stored deposit %d as %s, not as %s", made.ID, made.WasteType, d.WasteType)
	}
	id := toolbox.Number(made.ID)
	return toolbox.Unwritten(o.Console.Emit(Created{
		ID: made.ID, RVMID: d.RVMID, WasteType: toolbox.Or(made.WasteType, toolbox.Unsaid), WeightKG: d.Weight.String(), Quantity: d.Quantity,
		QualityGrade: made.QualityGrade, Confidence: toolbox.Fixed(made.AIConfidence, 2),
		RewardAmount: toolbox.Fixed(made.RewardAmount, 2), Status: made.Status, Delivery: "sent",
	}), "deposit "+id+" was created", "rvmctl deposit show "+id)
}

// deposit checks everything that can be checked here, before a token is read or a connection opened.
func (o *CreateOptions) deposit() (d platform.DepositCreate, err error) {
	if o.WasteType == "" {
		return d, toolbox.Usage("--waste-type is missing", "one of: plastic, glass, metal, paper, mixed")
	}
	weight, err := decimal("weight", o.Weight)
	if err != nil {
		return d, err
	}
	rvm, err := o.RVM()
	if err != nil {
		return d, err
	}
	d = platform.DepositCreate{RVMID: rvm, WasteType: o.WasteType, Weight: weight, Quantity: o.Quantity, SessionToken: o.Session}
	return d, d.Validate()
}
