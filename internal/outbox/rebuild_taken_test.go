package outbox

import (
	"testing"
)

// Two entries claim one number, the one in the file and the other in the journal: the outbox still opens, and a person is asked.
func TestANumberThatIsTakenDoesNotCloseTheOutbox(t *testing.T) {
	s, ctx := open(t), t.Context()
	add(t, s, deposit("1", "o", "f"))
	settled(t, s, "1", func(e Entry) error { return s.Deliver(ctx, e, "7", nil) })
	add(t, s, deposit("2", "o", "f"))
	s.note("2", Done, "7")
	r, err := s.Rebuild(ctx)
	if err != nil || r.Corrected != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if e, err := s.Get(ctx, "2"); err != nil || e.State != Held || e.Reason == "" {
		t.Fatalf("%+v %v", e, err)
	}
}
