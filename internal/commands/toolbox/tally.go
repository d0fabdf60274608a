package toolbox

import (
	"errors"
	"slices"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// Tally counts what became of several items.
type Tally struct {
	// What names the items in the plural, such as "pictures".
	What string

	total, failed int
	last          error
}

// Add counts one item; a nil error is a success.
func (t *Tally) Add(err error) {
	t.total++
	if err != nil {
		t.failed++
		t.last = err
	}
}

// Err is nil when nothing failed, the failure itself when there was one item, and *PartialError otherwise.
func (t *Tally) Err() error {
	switch {
	case t.failed == 0:
		return nil
	case t.total == 1:
		return t.last
	}
	return &PartialError{Failed: t.failed, Total: t.total, What: t.What, Last: t.last}
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
