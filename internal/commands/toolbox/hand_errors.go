package toolbox

// HeldError says that a deposit was sent, that nobody knows whether the platform holds it, and that a person must say so.
type HeldError struct {
	// Key is its name in the outbox; Reason why it waits.
	Key, Reason string
}

func (e *HeldError) Error() string {
	return "whether the platform has entry " + e.Key + " is not known, and a person must decide: " + Or(e.Reason, "the answer was lost")
}

// DeadError says that an entry was refused earlier and will not be sent.
type DeadError struct {
	// Key is its name in the outbox; Reason the platform's words.
	Key, Reason string
}

func (e *DeadError) Error() string {
	return "entry " + e.Key + " was refused: " + Or(e.Reason, "no reason is known")
}

// UnsettledError says that something was sent, that its outcome is not known, and that it is kept to be looked for.
type UnsettledError struct {
	// Key is its name in the outbox; Reason why its outcome is not known.
	Key, Reason string
	// Err is what this run met, nil when it was sent earlier.
	Err error
}

func (e *UnsettledError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return "the outcome of entry " + e.Key + " is unknown: " + Or(e.Reason, "the answer was lost")
}

// Unwrap gives what this run met.
func (e *UnsettledError) Unwrap() error { return e.Err }

// KeptError says that a run ended before something was sent or settled, and that it is kept.
type KeptError struct {
	// Key is its name in the outbox; Delivery is Queued or Uncertain.
	Key, Delivery string
	// Err is what ended the run.
	Err error
}

func (e *KeptError) Error() string {
	return e.Err.Error() + "; it is kept in the outbox as " + e.Key + ", " + e.Delivery
}

// Unwrap gives what ended the run.
func (e *KeptError) Unwrap() error { return e.Err }
