package toolbox

import (
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

func TestTallyNeverHidesWhatWasStoredOrMayBe(t *testing.T) {
	t.Parallel()
	away := error(&platform.UnreachableError{Err: io.EOF})
	lost := error(&platform.UncertainError{Path: "/api/v2/deposits", Err: io.EOF})
	late := error(&TimeoutError{Limit: time.Second})
	closed := error(&terminal.WriteError{Cause: syscall.EPIPE})
	failed := error(&terminal.WriteError{Cause: &terminal.ExpressionError{Flag: "--jq", Fact: "no"}})
	for _, tt := range []struct {
		name      string
		items     []error
		confirmed []string
		stop      error
		want      string
	}{
		{"all is well", []error{nil, nil}, []string{"deposit 1"}, nil, ""},
		{"one item failed whole", []error{away}, nil, nil, away.Error()},
		{"one item failed in part", []error{away}, []string{"deposit 1"}, nil, "1 of 1 pictures failed; the platform has stored deposit 1"},
		{"a lost answer before a plain failure", []error{lost, away}, nil, nil, "2 of 2 pictures failed; at least one outcome is unknown"},
		{"stopped before anything was stored", []error{away}, nil, late, late.Error()},
		{"stopped after something was stored", []error{nil}, []string{"deposit 1"}, late,
			"stopped after 1s, the limit of this run, after 1 of 2 pictures; the platform has stored deposit 1"},
		{"stopped with a lost answer", []error{lost}, nil, late,
			"stopped after 1s, the limit of this run, after 1 of 2 pictures; 1 of 2 pictures failed; at least one outcome is unknown"},
		{"the reader went away in the middle", []error{nil}, nil, closed, closed.Error() + ", after 1 of 2 pictures"},
		{"the reader went away at the end", []error{nil, nil}, []string{"deposit 1"}, closed, closed.Error()},
		{"an expression that failed at the end", []error{nil, nil}, []string{"deposit 1"}, failed,
			"cannot write to standard output: --jq: no, after 2 of 2 pictures; the platform has stored deposit 1"},
		{"an expression that failed, with nothing stored", []error{nil, nil}, nil, failed, failed.Error()},
		{"many things", []error{nil, away}, []string{"1", "2", "3", "4", "5", "6", "7"}, nil,
			"1 of 2 pictures failed; the platform has stored 3, 4, 5, 6, 7 and 2 more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tally := Tally{What: "pictures"}
			for _, err := range tt.items {
				tally.Add(err)
			}
			for _, thing := range tt.confirmed {
				tally.Confirm(thing)
			}
			err := tally.Err()
			if tt.stop != nil {
				tally.Planned = 2
				err = tally.Stopped(tt.stop)
			}
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestGraver(t *testing.T) {
	t.Parallel()
	lost := error(&platform.UncertainError{Err: io.EOF})
	plain, other := errors.New("plain"), errors.New("other")
	for _, tt := range []struct{ first, second, want error }{
		{nil, nil, nil}, {nil, plain, plain}, {plain, nil, plain}, {plain, other, plain}, {plain, lost, lost}, {lost, plain, lost},
	} {
		if got := Graver(tt.first, tt.second); got != tt.want { //nolint:errorlint // identity is what is tested
			t.Errorf("%v, %v: got %v, want %v", tt.first, tt.second, got, tt.want)
		}
	}
}
