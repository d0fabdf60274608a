// Package deposit creates the deposits that pay people, and shows and decides them. It refuses to know how a request
// travels and what follows a lost answer: the outbox keeps what is to be sent, and delivery decides about it.
package deposit

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Currency is what the platform's rewards are counted in.
const currency = "Rp"

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("deposit", "Create, list and decide deposits",
		`A deposit is money: somebody put something into a machine and is paid for it. rvmctl keeps a deposit before it sends it. When
the answer is lost it asks the platform before it sends anything again, since the platform may have stored it and would pay twice.`,
		NewCreate(box, nil), NewList(box, nil), NewShow(box, nil), NewProcess(box, nil), NewStats(box, nil),
		NewEstimate(box, nil))
}

// Record is one deposit as it is shown.
type Record struct {
	ID              int64     `json:"id" doc:"number of the deposit"`
	RVMID           int64     `json:"rvm_id" doc:"number of the machine"`
	UserID          *int64    `json:"user_id" doc:"number of the owner, null when there is none"`
	SessionToken    *string   `json:"session_token" doc:"session that the deposit was made in, null when there was none"`
	WasteType       string    `json:"waste_type" doc:"plastic, glass, metal, paper or mixed"`
	WeightKG        string    `json:"weight_kg" doc:"weight in kilograms, a decimal with three places as text"`
	Quantity        int       `json:"quantity" doc:"number of items"`
	QualityGrade    string    `json:"quality_grade" doc:"grade that the platform gave, A to D"`
	Confidence      *string   `json:"confidence_percent" doc:"the platform's confidence, percent as text, null when there is none"`
	RewardAmount    string    `json:"reward_amount" doc:"reward in rupiah, a decimal with two places as text"`
	Status          string    `json:"status" doc:"pending, processing, completed or rejected"`
	RejectionReason string    `json:"rejection_reason,omitempty" doc:"why it was rejected"`
	CreatedAt       time.Time `json:"created_at,omitzero" doc:"when the platform stored it"`
	ProcessedAt     time.Time `json:"processed_at,omitzero" doc:"when it was decided, absent until then"`
}

func newRecord(d platform.Deposit) Record {
	r := Record{
		ID: d.ID, RVMID: d.RVMID, UserID: d.UserID, SessionToken: d.SessionToken, WasteType: d.WasteType,
		WeightKG: d.Weight.StringFixed(3), Quantity: d.Quantity, QualityGrade: d.QualityGrade,
		RewardAmount: d.RewardAmount.StringFixed(2), Status: d.Status, RejectionReason: d.RejectionReason,
		CreatedAt: d.CreatedAt.UTC(), ProcessedAt: d.ProcessedAt,
	}
	if d.AIConfidence != nil {
		c := d.AIConfidence.StringFixed(2)
		r.Confidence = &c
	}
	return r
}

// Text shows everything, a field a line.
func (r Record) Text(p *terminal.Page) {
	fields := []string{
		"deposit", toolbox.Number(r.ID), "rvm", toolbox.Number(r.RVMID), "waste type", r.WasteType, "weight", r.WeightKG + " kg",
		"quantity", toolbox.Number(r.Quantity), "grade", r.QualityGrade, "reward", currency + " " + r.RewardAmount,
		"status", r.Status, "created", p.Time(r.CreatedAt),
	}
	if r.RejectionReason != "" {
		fields = append(fields, "rejected because", r.RejectionReason)
	}
	if !r.ProcessedAt.IsZero() {
		fields = append(fields, "decided", p.Time(r.ProcessedAt))
	}
	p.Fields(fields...)
}

// decimal reads a number of the command line exactly, as a decimal.
func decimal(flag, text string) (platform.Decimal, error) {
	if text == "" {
		return platform.Decimal{}, toolbox.Usage("--"+flag+" is missing", "for example: --"+flag+" 0.5")
	}
	d, err := platform.ParseDecimal(text)
	if err != nil {
		return d, toolbox.Usage("--"+flag+" "+err.Error(), "for example: --"+flag+" 0.5 (a point, not a comma)")
	}
	return d, nil
}

// deposits is what these commands ask of the platform.
type deposits func() (*platform.Client, error)
