package toolbox

import (
	"fmt"
	"strings"
)

// PartialError says that some items of several failed, each of which was reported where it happened, or that a run was
// stopped after it had stored something.
type PartialError struct {
	// Failed and Total count items; Done are those that were taken up before Stop.
	Failed, Total, Done int
	// What names the items in the plural, such as "pictures".
	What string
	// Last is the error of the last item that failed, Unknown the first whose outcome nobody knows; both may be nil.
	Last, Unknown error
	// Stop is what ended the run before its time, or nil.
	Stop error
	// Confirmed names what the platform has stored all the same, such as "deposit 7".
	Confirmed []string
	// Repeatable says that the same run again stores only what is missing.
	Repeatable bool
}

// Error counts what failed, and names what was stored, since repeating the run would store that again.
func (e *PartialError) Error() string {
	var words []string
	if e.Stop != nil {
		words = append(words, fmt.Sprintf("%v, after %d of %d %s", e.Stop, e.Done, e.Total, e.What))
	}
	if e.Failed > 0 || e.Stop == nil {
		words = append(words, fmt.Sprintf("%d of %d %s failed", e.Failed, e.Total, e.What))
	}
	if e.Unknown != nil {
		words = append(words, "at least one outcome is unknown")
	}
	if len(e.Confirmed) > 0 {
		words = append(words, "the platform has stored "+e.stored())
	}
	return strings.Join(words, "; ")
}

// stored names the last few things; the lines on stdout have them all.
func (e *PartialError) stored() string {
	const few = 5
	if more := len(e.Confirmed) - few; more > 0 {
		return strings.Join(e.Confirmed[more:], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(e.Confirmed, ", ")
}

// Unwrap gives the last failure.
func (e *PartialError) Unwrap() error { return e.Last }

// UnwrittenError says that a change was made and that its result could not be written. It must not look like a change that
// was not made.
type UnwrittenError struct {
	// Done is what was done, such as "deposit 7 was created"; Look is the command that shows it.
	Done, Look string
	Err        error
}

func (e *UnwrittenError) Error() string { return e.Done + ", but: " + e.Err.Error() }

// Unwrap gives the failure of the write.
func (e *UnwrittenError) Unwrap() error { return e.Err }

// Unwritten is nil without a failure of the write, otherwise an *UnwrittenError.
func Unwritten(err error, done, look string) error {
	if err == nil {
		return nil
	}
	return &UnwrittenError{Done: done, Look: look, Err: err}
}
