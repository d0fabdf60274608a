package deposit

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// newBox has streams that go nowhere; tty says whether a person looks at stdout.
func newBox(t *testing.T, tty bool) (*toolbox.Box, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: tty})
	console.Wish(terminal.Wishes{Color: "never"})
	return toolbox.New(console, toolbox.Version{}, toolbox.System{ConfigDir: t.TempDir(), SystemDir: t.TempDir()}, func(error) {}), &out
}

// parse runs only the part of a command that reads its arguments.
func parse(cmd *cobra.Command, args ...string) error {
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return cmd.Execute()
}

func TestNewCreateReadsItsFlags(t *testing.T) {
	t.Parallel()
	box, _ := newBox(t, false)
	var got *CreateOptions
	cmd := NewCreate(box, func(_ context.Context, o *CreateOptions) error { got = o; return nil })
	err := parse(cmd, "--rvm", "7", "--waste-type", "metal", "--weight", "0.045", "--quantity", "3", "--session", "s")
	if err != nil || got.WasteType != "metal" || got.Weight != "0.045" || got.Quantity != 3 || got.Session != "s" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := parse(NewCreate(box, func(context.Context, *CreateOptions) error { return nil }), "plastic"); !isUsage(err) {
		t.Errorf("an argument too many: got %v", err)
	}
}

func TestNewProcessRefusesHalfADecision(t *testing.T) {
	t.Parallel()
	box, _ := newBox(t, false)
	for _, args := range [][]string{
		{}, {"7"}, {"seven", "--status", "completed"}, {"0", "--status", "completed"}, {"7", "--status", "paid"},
		{"7", "--status", "rejected"}, {"7", "--status", "completed", "--reason", "fine"}, {"7", "8", "--status", "completed"},
	} {
		ran := false
		err := parse(NewProcess(box, func(context.Context, *ProcessOptions) error { ran = true; return nil }), args...)
		if !isUsage(err) || ran {
			t.Errorf("%q: got %v, ran %t", args, err, ran)
		}
	}
}

func isUsage(err error) bool {
	var usage *toolbox.UsageError
	return errors.As(err, &usage)
}

func TestNothingIsOpenedForADepositThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, o := range []CreateOptions{
		{Weight: "0.5", Quantity: 1},
		{WasteType: "plastic", Quantity: 1},
		{WasteType: "plastic", Weight: "1,5", Quantity: 1},
		{WasteType: "plastic", Weight: "0", Quantity: 1},
		{WasteType: "plastic", Weight: "100.001", Quantity: 1},
		{WasteType: "plastic", Weight: "1e999999999", Quantity: 1},
		{WasteType: "bottle", Weight: "0.5", Quantity: 1},
		{WasteType: "plastic", Weight: "0.5", Quantity: 0},
		{WasteType: "plastic", Weight: "0.5", Quantity: 1001},
		{WasteType: "plastic", Weight: "0.5", Quantity: 1, Session: "a\x00b"},
	} {
		// Out is nil: reaching for it would be a panic.
		o.RVM = func() (int64, error) { return 1, nil }
		if err := createRun(context.Background(), &o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestADepositForPeopleAndForPrograms(t *testing.T) {
	t.Parallel()
	made := Created{ID: 7, RVMID: 1, WasteType: "plastic", WeightKG: "0.5", Quantity: 3, QualityGrade: "B", RewardAmount: "1937.50",
		Status: "processing", Delivery: toolbox.Sent}
	for tty, want := range map[bool]string{
		true:  "sent deposit 7 · plastic 0.5 kg × 3 · grade B · Rp 1937.50 · processing\n",
		false: "7\tplastic\t0.5\t3\tB\t1937.50\tprocessing\n",
	} {
		box, out := newBox(t, tty)
		if err := box.Console.Emit(made); err != nil || out.String() != want {
			t.Errorf("terminal %t: got %q, %v, want %q", tty, out, err, want)
		}
	}
}
