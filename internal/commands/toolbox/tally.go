package toolbox

import (
	"errors"
	"slices"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Tally counts what became of several items.
type Tally struct {
	// What names the items in the plural, such as "pictures".
	What string
	// Planned is how many items there are; only Stopped looks at it.
	Planned int
	// Repeatable says that the same run again would store nothing a second time.
	Repeatable bool

	total, failed int
	last, unknown error
	confirmed     []string
}

// Add counts one item; a nil error is a success.
func (t *Tally) Add(err error) {
	t.total++
	if err != nil {
		t.failed++
		t.last = err
		t.unknown = Graver(t.unknown, uncertain(err))
	}
}

// Confirm remembers something that the platform has stored, such as "deposit 7". It counts whatever becomes of the item that
// it belongs to: a run that stored anything is never one that "changed nothing".
func (t *Tally) Confirm(thing string) { t.confirmed = append(t.confirmed, thing) }

// Err is nil when nothing failed, the failure itself when there was one item of which nothing was stored, and *PartialError
// otherwise.
func (t *Tally) Err() error {
	switch {
	case t.failed == 0:
		return nil
	case t.total == 1 && len(t.confirmed) == 0:
		return t.last
	}
	return t.partial(nil)
}

// Stopped is the error of a run that changes things and was ended by cause before its time: cause itself when nothing was
// stored or may have been, or when the reader had gone at the last line, and *PartialError otherwise: somebody still reads when it
// was an expression of theirs that failed, and must know what was stored.
func (t *Tally) Stopped(cause error) error {
	var unwritten *terminal.WriteError
	var expression *terminal.ExpressionError
	closed := errors.As(cause, &unwritten)
	told := errors.As(cause, &expression) && len(t.confirmed) > 0
	switch {
	case closed && !told && t.failed == 0 && t.total >= t.Planned:
		return cause
	case !closed && t.unknown == nil && len(t.confirmed) == 0:
		return cause
	}
	return t.partial(cause)
}

func (t *Tally) partial(stop error) error {
	return &PartialError{Failed: t.failed, Total: max(t.total, t.Planned), What: t.What, Last: t.last,
		Unknown: t.unknown, Confirmed: t.confirmed, Done: t.total, Stop: stop, Repeatable: t.Repeatable}
}

// Graver is the one of two errors that decides how a run ends: an outcome that nobody knows before everything else, then the
// first.
func Graver(first, second error) error {
	if first == nil || uncertain(first) == nil && uncertain(second) != nil {
		return second
	}
	return first
}

// uncertain is err when it tells of an outcome that nobody knows, otherwise nil.
func uncertain(err error) error {
	var unknown *platform.UncertainError
	if errors.As(err, &unknown) {
		return err
	}
	return nil
}

// Problem is the error of one item as JSON, for results that go on after it.
type Problem struct {
	Category string `json:"category" doc:"stable word for the kind of failure, one for each exit code"`
	Message  string `json:"message" doc:"what happened, one line"`
	Hint     string `json:"hint,omitempty" doc:"what to type next"`
}

// Problem puts an error of one item into words. The words and the category are those of the whole command.
func (b *Box) Problem(err error) *Problem {
	if err == nil {
		return nil
	}
	f := b.Explain(err)
	return &Problem{Category: f.Category, Message: terminal.Clean(f.Fact), Hint: terminal.Clean(f.Hint)}
}

// Report tells people at once about an item that failed while the rest goes on. With JSON the item's own line says it.
func (b *Box) Report(err error) {
	if err != nil && !b.Console.JSON() {
		b.Console.Fail(b.Explain(err))
		b.told = append(b.told, err)
	}
}

// Told says whether Report has told people of err already, so that the end of a run with one item does not repeat it. How
// many of several items failed is news all the same.
func (b *Box) Told(err error) bool {
	var partial *PartialError
	return !errors.As(err, &partial) && slices.ContainsFunc(b.told, func(told error) bool { return errors.Is(err, told) })
}
