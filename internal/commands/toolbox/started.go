package toolbox

import "time"

// Started is when this invocation began, and how much CPU time its process had used by then: the program itself had to be
// mapped and its packages made ready.
func (b *Box) Started() (began time.Time, before time.Duration) { return b.started, b.before }
