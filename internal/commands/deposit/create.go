package deposit

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// CreateOptions is what create needs: dependencies first, then flags.
type CreateOptions struct {
	Console *terminal.Console
	Out     *toolbox.Outgoing
	RVM     func() (int64, error)

	WasteType string
	Weight    string
	Quantity  int
	Session   string
	Capture   string
}

// Created is the result of create: the platform confirmed the deposit by its number, or the outbox keeps it.
type Created struct {
	ID           int64  `json:"deposit_id" doc:"number of the deposit; 0 while delivery is not sent"`
	RVMID        int64  `json:"rvm_id" doc:"number of the machine"`
	WasteType    string `json:"waste_type" doc:"plastic, glass, metal, paper or mixed"`
	WeightKG     string `json:"weight_kg" doc:"weight as it was sent, kilograms as text"`
	Quantity     int    `json:"quantity" doc:"number of items"`
	QualityGrade string `json:"quality_grade" doc:"grade that the platform gave, A to D; empty while it is not known"`
	Confidence   string `json:"confidence_percent" doc:"the platform's confidence, percent as text"`
	RewardAmount string `json:"reward_amount" doc:"reward in rupiah, a decimal with two places as text; \"not said\" when the answer did not carry it"`
	Status       string `json:"status" doc:"processing: it is paid once somebody completes it; queued or uncertain like delivery when the platform has not confirmed it"`
	Delivery     string `json:"delivery" doc:"sent (the platform confirmed it), queued (kept until the platform can be reached), or uncertain (sent, the answer was lost; rvmctl outbox flush settles it)"`
	Key          string `json:"key" doc:"name of the entry in the outbox"`
	Capture      string `json:"capture,omitempty" doc:"the look of the camera that it belongs to, as given"`
}

// Text is one line; in a pipe: id, waste type, kilograms, items, grade, reward, status, and the key when it was not sent.
func (c Created) Text(p *terminal.Page) {
	switch {
	case !p.ForPeople() && c.Delivery != toolbox.Sent:
		p.Row("-", c.WasteType, c.WeightKG, toolbox.Number(c.Quantity), "-", "-", c.Delivery, c.Key)
	case !p.ForPeople():
		p.Row(toolbox.Number(c.ID), c.WasteType, c.WeightKG, toolbox.Number(c.Quantity), c.QualityGrade, c.RewardAmount, c.Status)
	case c.Delivery != toolbox.Sent:
		p.Text(p.Warning(c.Delivery), " deposit ", p.Strong(c.Key), p.Dim(" · "), terminal.Clean(c.WasteType), " ", c.WeightKG, " kg × ",
			toolbox.Number(c.Quantity))
	default:
		p.Text(p.Good("sent"), " deposit ", p.Strong(toolbox.Number(c.ID)), p.Dim(" · "),
			terminal.Clean(c.WasteType), " ", c.WeightKG, " kg × ", toolbox.Number(c.Quantity), p.Dim(" · "),
			"grade ", terminal.Clean(toolbox.Or(c.QualityGrade, toolbox.Unsaid)), p.Dim(" · "), p.Strong(currency+" "+c.RewardAmount), p.Dim(" · "), terminal.Clean(c.Status))
	}
}

// NewCreate makes the command; runF replaces the run in tests.
func NewCreate(box *toolbox.Box, runF func(context.Context, *CreateOptions) error) *cobra.Command {
	opts := &CreateOptions{Console: box.Console, Out: box.Outgoing(), RVM: box.RVM}
	if runF == nil {
		runF = createRun
	}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a deposit",
		Long: `Create one deposit for what somebody put into a machine.

The values are checked against the platform's own limits before anything is kept or sent: weight 0.001 to 100 kg, quantity
1 to 1000. The quantity does not multiply the reward.

The deposit is written into the outbox first, and sent from there. When the platform is away, or nobody is signed in, it stays
and is sent later by rvmctl outbox flush: queued. When the answer is lost it stays as well, and a flush asks the platform before
it sends anything again: uncertain. A script must not repeat either. --queue always only keeps it; --queue never keeps nothing:
then the exit status says that it was not sent (4, 5), or that nobody knows (1). --capture names the look of the camera that it
belongs to: the same capture of the same machine and session is the same deposit, however often it is typed.

In a pipe the columns are: number, waste type, kilograms, items, grade, reward, status; a deposit that was not sent has - for what
is not known, queued or uncertain as its status, and its key in an eighth column.

Exit status: 0 sent, queued or uncertain (see delivery), 1 it could not be kept, waits for a person, or with --queue never its
outcome is unknown, 2 usage, 4 not signed in and 5 platform away (only with --queue never), 6 refused.`,
		Example: `  $ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.5
  $ rvmctl deposit create --rvm 1 --waste-type metal --weight 0.045 --quantity 3 --session 5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55
  $ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.02 --capture "$(date +%s)-17" --queue always`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.WasteType, "waste-type", "", "plastic, glass, metal, paper or mixed")
	cmd.Flags().StringVar(&opts.Weight, "weight", "", "weight of all items together, in `KG`")
	cmd.Flags().IntVar(&opts.Quantity, "quantity", 1, "number of items")
	cmd.Flags().StringVar(&opts.Session, "session", "", "`TOKEN` of the session of the person at the machine")
	cmd.Flags().StringVar(&opts.Capture, "capture", "", "`ID` of the look of the camera that it belongs to, at most 100 characters")
	toolbox.Queue(cmd)
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
	h, err := o.Out.Hand(ctx, func(profile, target string) (outbox.New, error) {
		return delivery.DepositEntry(profile, target, d, o.Capture)
	})
	if err != nil {
		return err
	}
	o.Out.Tell(h)
	c := Created{RVMID: d.RVMID, WasteType: d.WasteType, WeightKG: d.Weight.String(), Quantity: d.Quantity, Delivery: h.Delivery,
		Key: h.Entry.Key, Capture: o.Capture, Confidence: toolbox.Unsaid, RewardAmount: toolbox.Unsaid, Status: h.Delivery}
	if h.Delivery != toolbox.Sent {
		return toolbox.Unwritten(o.Console.Emit(c), "the deposit is kept as "+c.Key, "rvmctl outbox show "+c.Key)
	}
	o.confirmed(&c, h.Entry)
	id := toolbox.Number(c.ID)
	return toolbox.Unwritten(o.Console.Emit(c), "deposit "+id+" was created", "rvmctl deposit show "+id)
}

// confirmed adds what the platform said.
func (o *CreateOptions) confirmed(c *Created, e outbox.Entry) {
	made, _ := delivery.CreatedDeposit(e)
	if made.WasteType != "" && made.WasteType != c.WasteType {
		o.Console.Warn("the platform stored deposit %d as %s, not as %s", made.ID, made.WasteType, c.WasteType)
	}
	c.ID, c.WasteType, c.QualityGrade, c.Status = made.ID, toolbox.Or(made.WasteType, toolbox.Unsaid), made.QualityGrade, made.Status
	c.Confidence, c.RewardAmount = toolbox.Fixed(made.AIConfidence, 2), toolbox.Fixed(made.RewardAmount, 2)
}

// deposit checks everything that can be checked here, before a token is read or a connection opened.
func (o *CreateOptions) deposit() (d platform.DepositCreate, err error) {
	if o.WasteType == "" {
		return d, toolbox.Usage("--waste-type is missing", "one of: plastic, glass, metal, paper, mixed")
	}
	if err := toolbox.CheckCapture(o.Capture); err != nil {
		return d, err
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
