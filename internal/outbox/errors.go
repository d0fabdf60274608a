package outbox

import (
	"fmt"
	"strings"
)

// OpenError says that the outbox cannot be used.
type OpenError struct {
	// Path is the folder or file.
	Path string
	Err  error
}

func (e *OpenError) Error() string { return fmt.Sprintf("outbox %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// ForeignFileError says that a file is a database, but no outbox of this version of rvmctl.
type ForeignFileError struct {
	// Version is that of its tables, 0 when it never was an outbox.
	Version int
}

func (e *ForeignFileError) Error() string {
	if e.Version == 0 {
		return "it is a database of something else"
	}
	return fmt.Sprintf("it has version %d, and this rvmctl knows version %d", e.Version, format)
}

// FullError says that there is no room for a new entry. Nothing was stored.
type FullError struct {
	Class Class
	// Why says what is full.
	Why string
	Err error
}

func (e *FullError) Error() string { return fmt.Sprintf("no room for another %s: %s", e.Class, e.Why) }

// Unwrap returns the cause, nil where there is none.
func (e *FullError) Unwrap() error { return e.Err }

// ConflictError says that a key is taken by an entry of other content.
type ConflictError struct{ Key string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("entry %s is there already, with other content", e.Key)
}

// LostLeaseError says that an entry is no longer this process's to settle.
type LostLeaseError struct{ Key string }

func (e *LostLeaseError) Error() string {
	return fmt.Sprintf("entry %s was taken over by another process", e.Key)
}

// TakenError says that the platform's number belongs to another entry already.
type TakenError struct{ Key, ServerID string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("the platform's number %s belongs to another entry than %s", e.ServerID, e.Key)
}

// NotFoundError says that there is no entry of that key.
type NotFoundError struct{ Key string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("the outbox has no entry %s", e.Key) }

// StateError says that an entry is in a state in which that cannot be done.
type StateError struct {
	Key   string
	State State
	// Want are the states in which it can.
	Want []State
}

func (e *StateError) Error() string {
	var want []string
	for _, state := range e.Want {
		want = append(want, string(state))
	}
	return fmt.Sprintf("entry %s is %s, not %s", e.Key, e.State, strings.Join(want, " or "))
}

// DamageError says that a file of the outbox does not hold what was written into it. It is put aside, and what can be had is
// brought over, when the outbox is opened next.
type DamageError struct{ What string }

func (e *DamageError) Error() string { return "the outbox is damaged: " + e.What }

// MovedError says that another process put the file aside, since it was damaged, while this one had it open.
type MovedError struct{ Path string }

func (e *MovedError) Error() string {
	return e.Path + " was replaced by another process, since it was damaged"
}
