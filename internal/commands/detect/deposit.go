package detect

import (
	"context"
	"fmt"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/waste"
)

// plan is what is to become of one item: a deposit to send, or the reason why none is sent.
type plan struct {
	Deposit
	request platform.DepositCreate
	kept    toolbox.Handed
	err     error
}

// planOnce is plan for a picture that was not seen before in this run: a copy or a second link of one shows the same items,
// and they are paid once.
func (w *courier) planOnce(file string, p *source.Picture, result vision.Result) []plan {
	if first, again := w.counted[p.Sum]; again {
		w.options.Console.Warn("%s is the same picture as %s: its items are not paid a second time", file, first)
		return []plan{{Deposit: Deposit{Outcome: samePicture, Label: first}}}
	}
	w.counted[p.Sum] = file
	return w.plan(file, result)
}

// plan decides about every item of a picture, and asks where somebody has to. Nothing is sent.
func (w *courier) plan(file string, result vision.Result) (planned []plan) {
	known, others := w.split(result.Detections)
	for _, item := range vision.Items(known) {
		planned = append(planned, w.item(file, item))
	}
	for _, d := range others {
		planned = append(planned, plan{Deposit: Deposit{Outcome: unmapped, Label: d.Label, Confidence: d.Confidence}})
	}
	return planned
}

// keepDeposits puts what was planned into the outbox. Each has a key of its own: two bottles in one picture are two deposits.
func (w *courier) keepDeposits(ctx context.Context, capture string, planned []plan) {
	for i := range planned {
		p := &planned[i]
		if p.Outcome != "" || p.err != nil {
			continue
		}
		p.kept, p.err = w.options.Outgoing.Keep(ctx, func(profile, target string) (outbox.New, error) {
			n, err := delivery.DepositEntry(profile, target, p.request, "")
			n.Capture = capture
			return n, err
		})
		if p.err != nil {
			*p = w.refuse(*p, failed, p.err)
		}
	}
}

// deposit sends what was planned. The error is the gravest that happened, or nil.
func (w *courier) deposit(ctx context.Context, s *Seen, planned []plan) (worst error) {
	for _, p := range planned {
		if p.Outcome == "" && p.err == nil {
			p.err = w.create(ctx, &p.Deposit, p.kept)
		}
		s.Deposits = append(s.Deposits, p.Deposit)
		worst = toolbox.Graver(worst, p.err)
	}
	return worst
}

// split takes out what has no row in the waste table: a person must neither be paid for nor swallow what they hold.
func (w *courier) split(found []vision.Detection) (known, others []vision.Detection) {
	for _, d := range found {
		if _, mapped := w.table.Lookup(d.Label); mapped {
			known = append(known, d)
		} else {
			others = append(others, d)
		}
	}
	return known, others
}

// item decides about one item.
func (w *courier) item(file string, item vision.Item) plan {
	row, _ := w.table.Lookup(item.Label)
	p := plan{Deposit: Deposit{Label: item.Label, Confidence: item.Confidence, WasteType: row.Type, WeightAssumed: w.weight == nil}}
	weight, err := w.weightOf(row)
	if err != nil {
		return w.refuse(p, failed, err)
	}
	p.WeightKG = weight.String()
	p.request = platform.DepositCreate{RVMID: w.rvm, WasteType: row.Type, Weight: weight, Quantity: 1, SessionToken: w.options.Session}
	if item.Confidence < w.minConfidence {
		p.Outcome = tooWeak
		return p
	}
	if doubt := w.doubt(item); doubt != nil {
		p.Rival, p.doubt = doubt.rival, doubt
		if !w.settled(file, doubt) {
			return w.refuse(p, needsYes, toolbox.Usage(fmt.Sprintf("%s: %s, no deposit was created", file, doubt.question),
				"look at the picture; --yes if "+doubt.taken+"; this deposit alone: "+byHand(p.request)))
		}
	}
	return p
}

// doubt is what a person has to settle about an item.
type doubt struct {
	rival string
	// question is the fact that is in doubt, taken what a yes means.
	question, taken string
}

// doubt is nil for an item that is clear: one label, and no stronger item that may be the same object.
func (w *courier) doubt(item vision.Item) *doubt {
	if rival, close := item.Rival(w.sameWaste); close {
		return &doubt{rival.Label, fmt.Sprintf("%s %.2f or %s %.2f on the same object", item.Label, item.Confidence,
			rival.Label, rival.Confidence), "the object is: " + item.Label}
	}
	if n := item.Neighbour; n != nil && n.Confidence >= w.minConfidence {
		return &doubt{n.Label, fmt.Sprintf("%s %.2f and %s %.2f overlap, they may be one object", n.Label, n.Confidence,
			item.Label, item.Confidence), "they are two"}
	}
	return nil
}

// byHand is the command that sends one deposit and nothing else: running everything again with --yes would pay what was paid
// already a second time. Whoever is paid must be the same, so the session goes along.
func byHand(d platform.DepositCreate) string {
	command := fmt.Sprintf("rvmctl deposit create --rvm %d --waste-type %s --weight %s", d.RVMID, d.WasteType, d.Weight)
	if d.SessionToken != "" {
		command += " --session '" + strings.ReplaceAll(d.SessionToken, "'", `'\''`) + "'"
	}
	return command
}

func (w *courier) refuse(p plan, outcome string, err error) plan {
	p.Outcome, p.err, p.Error = outcome, err, w.options.Problem(err)
	w.options.Report(err)
	return p
}

func (w *courier) weightOf(row waste.Row) (platform.Decimal, error) {
	if w.weight != nil {
		return *w.weight, nil
	}
	return platform.ParseDecimal(row.Weight.String())
}

// sameWaste says whether two labels are paid alike; then their doubt costs nobody anything.
func (w *courier) sameWaste(a, b string) bool {
	rowA, _ := w.table.Lookup(a)
	rowB, _ := w.table.Lookup(b)
	return rowA.Type == rowB.Type && (w.weight != nil || rowA.Weight.Equal(rowB.Weight))
}

// settled gets a person's word about a doubt: given beforehand with --yes, or asked for now.
func (w *courier) settled(file string, d *doubt) bool {
	if w.options.Yes {
		w.options.Console.Warn("%s: %s; taking it that %s", file, d.question, d.taken)
		return true
	}
	if !w.options.Console.CanPrompt() {
		return false
	}
	yes, err := w.options.Console.Confirm(fmt.Sprintf("%s: %s. Create a deposit for it, since %s", file, d.question, d.taken), "--yes")
	return err == nil && yes
}

func (w *courier) create(ctx context.Context, d *Deposit, kept toolbox.Handed) error {
	h, err := w.send(ctx, kept)
	d.Outcome, d.Key = outcome(h, err), h.Entry.Key
	if made, ok := delivery.CreatedDeposit(h.Entry); ok {
		d.ID, d.RewardAmount, d.Status = made.ID, toolbox.Fixed(made.RewardAmount, 2), made.Status
	}
	d.Error = w.options.Problem(err)
	w.options.Report(err)
	return err
}

// outcome is a word for what became of a deposit that was kept.
func outcome(h toolbox.Handed, err error) string {
	switch h.Entry.State {
	case outbox.Done:
		return sent
	case outbox.Uncertain, outbox.Held:
		return unknown
	case outbox.Dead:
		if !toolbox.Unsent(err) {
			return failed
		}
	}
	if err == nil {
		return queued
	}
	if toolbox.Unsent(err) {
		return notSent
	}
	return failed
}
