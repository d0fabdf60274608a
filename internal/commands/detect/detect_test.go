package detect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/waste"
)

func newConsole(tty bool) (*terminal.Console, *bytes.Buffer) {
	var out bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: tty})
	console.Wish(terminal.Wishes{Color: "never"})
	return console, &out
}

func TestNewRunRefusesFlagsThatMeanNothing(t *testing.T) {
	t.Parallel()
	console, _ := newConsole(false)
	for _, args := range [][]string{
		{}, {"a.jpg", "--session", "s"}, {"a.jpg", "--weight", "0.5"}, {"a.jpg", "--yes"}, {"a.jpg", "--min-confidence", "0.6"},
		{"a.jpg", "--upload", "--waste-table", "w.yaml"}, {"a.jpg", "--frames", "-1"},
		{"a.jpg", "--show", "kitty"},
	} {
		box := toolbox.New(console, toolbox.Version{}, toolbox.System{}, func(error) {})
		cmd := NewRun(box, func(context.Context, *RunOptions) error { t.Errorf("%q ran", args); return nil })
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		var usage *toolbox.UsageError
		if err := cmd.Execute(); !errors.As(err, &usage) {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

func see(label string, confidence float32) vision.Detection {
	return vision.Detection{Label: label, Confidence: confidence, Box: vision.Box{X1: 0, Y1: 0, X2: 10, Y2: 10}}
}

// newCourier has no outbox and sends nothing now: whatever would be sent is a panic.
func newCourier() *courier {
	console, _ := newConsole(false)
	o := &RunOptions{Deposit: true, Sight: Sight{Console: console, Problem: func(err error) *toolbox.Problem {
		if err == nil {
			return nil
		}
		return &toolbox.Problem{Message: err.Error()}
	}, Report: func(error) {}}}
	return &courier{options: o, rvm: 1, table: waste.Default(), minConfidence: 0.5, waits: true}
}

func TestWhatBecomesOfAnItemBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in       []vision.Detection
		outcomes string
		failed   bool
	}{
		{"nothing seen", nil, "", false},
		{"a hand is no item", []vision.Detection{see("hand", .9)}, unmapped, false},
		{"a hand does not swallow the can it holds", []vision.Detection{see("hand", .95), see("can", .9)}, queued + " " + unmapped, false},
		{"too weak to pay for", []vision.Detection{see("can", .49)}, tooWeak, false},
		{"two labels that are paid differently, too close", []vision.Detection{see("can", .7), see("bottle", .6)}, needsYes, true},
		{"two labels that are paid differently, far apart", []vision.Detection{see("can", .9), see("bottle", .4)}, queued, false},
		{"a box that another item covers to more than half", []vision.Detection{see("can", .9),
			{Label: "can", Confidence: .8, Box: vision.Box{X1: 4, Y1: 0, X2: 14, Y2: 10}}}, queued + " " + needsYes, true},
		{"the same beside an item that is too weak to pay for", []vision.Detection{see("can", .45),
			{Label: "can", Confidence: .45, Box: vision.Box{X1: 4, Y1: 0, X2: 14, Y2: 10}}}, tooWeak + " " + tooWeak, false},
		{"two labels that are paid alike", []vision.Detection{see("can", .7), see("aluminium can", .69)}, queued, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s Seen
			w := newCourier()
			err := w.deposit(context.Background(), &s, w.plan("a.jpg", vision.Result{Detections: tt.in}))
			outcomes := make([]string, len(s.Deposits))
			for i, d := range s.Deposits {
				outcomes[i] = d.Outcome
			}
			if got := strings.Join(outcomes, " "); got != tt.outcomes || (err != nil) != tt.failed {
				t.Errorf("got %q and %v, want %q and failure %t", got, err, tt.outcomes, tt.failed)
			}
		})
	}
}

func TestAWordBeforehandTakesTheStrongerLabel(t *testing.T) {
	t.Parallel()
	w := newCourier()
	w.options.Yes = true
	var s Seen
	_ = w.deposit(context.Background(), &s, w.plan("a.jpg", vision.Result{Detections: []vision.Detection{see("can", .7), see("bottle", .6)}}))
	if len(s.Deposits) != 1 || s.Deposits[0].Label != "can" || s.Deposits[0].Rival != "bottle" || s.Deposits[0].Outcome != queued {
		t.Errorf("got %+v", s.Deposits)
	}
}

func TestADoubtIsSettledByHandWithoutPayingTheRestAgain(t *testing.T) {
	t.Parallel()
	request := platform.DepositCreate{RVMID: 1, WasteType: "metal", Weight: platform.NewDecimal(15, -3), Quantity: 1, SessionToken: "it's"}
	if got, want := byHand(request), `rvmctl deposit create --rvm 1 --waste-type metal --weight 0.015 --session 'it'\''s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Nothing is sent while questions may still be asked: newCourier has no outbox, so that sending would be a panic.
func TestPlanningSendsNothing(t *testing.T) {
	t.Parallel()
	planned := newCourier().plan("a.jpg", vision.Result{Detections: []vision.Detection{see("can", .9)}})
	if len(planned) != 1 || planned[0].Outcome != "" || planned[0].request.WasteType != "metal" || planned[0].err != nil {
		t.Errorf("got %+v", planned)
	}
}

func TestOutcomeNeverCallsALostAnswerFailed(t *testing.T) {
	t.Parallel()
	refused := &platform.Error{Status: 422}
	for _, tt := range []struct {
		state outbox.State
		err   error
		want  string
	}{
		{outbox.Done, nil, sent}, {outbox.Uncertain, nil, unknown}, {outbox.Held, &toolbox.HeldError{}, unknown}, {outbox.Dead, refused, failed},
		{outbox.Pending, nil, queued}, {outbox.Pending, &platform.UnreachableError{Err: io.EOF}, notSent}, {outbox.Pending, refused, failed},
	} {
		h := toolbox.Handed{Entry: outbox.Entry{State: tt.state}}
		if got := outcome(h, tt.err); got != tt.want {
			t.Errorf("%s, %v: got %s, want %s", tt.state, tt.err, got, tt.want)
		}
	}
}

func TestAPictureForPeopleAndForPrograms(t *testing.T) {
	t.Parallel()
	s := Seen{File: "a.jpg", Width: 640, Height: 480, table: "built in",
		Detections: []Detection{{Label: "can", LabelID: 1, Confidence: .917, Box: [4]float32{1, 2, 3, 4}}, {Label: "can", LabelID: 1, Confidence: .5, Box: [4]float32{5, 6, 7, 8}}},
		Deposits:   []Deposit{{Outcome: sent, Label: "can", WasteType: "metal", WeightKG: "0.015", WeightAssumed: true, ID: 3, RewardAmount: "90.64", Status: "processing"}}}
	for tty, want := range map[bool]string{
		true: "a.jpg  640×480  2 can (0.92, 0.50)  0.0 ms\n" +
			"  deposit 3  can → metal 0.015 kg (assumed, built in table)  Rp 90.64  processing\n",
		false: "a.jpg\t640x480\t2\tcan 0.917 1.0,2.0,3.0,4.0; can 0.500 5.0,6.0,7.0,8.0\t\t\t\tsent can 3\n",
	} {
		console, out := newConsole(tty)
		if err := console.Emit(s); err != nil || out.String() != want {
			t.Errorf("terminal %t: got\n%s%v, want\n%s", tty, out, err, want)
		}
	}
}
