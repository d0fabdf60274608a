package detect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
)

// errand is one thing that a watch has to bring to the platform for an item; kind is that of its entry in the outbox.
type errand struct {
	item int64
	kind string
}

// errands are what a watch had to bring. Each counts once, with what became of it in the end: a deposit that the disk refused and that
// was kept a second later did not fail. What went well is only counted, since a watch may go on for weeks.
type errands struct {
	begun  map[string]int
	failed map[errand]error
}

func newErrands() errands {
	return errands{begun: map[string]int{}, failed: map[errand]error{}}
}

// begin counts a thing.
func (e errands) begin(kind string) { e.begun[kind]++ }

// end notes what became of a thing, instead of what was noted before.
func (e errands) end(item int64, kind string, err error) {
	if err == nil {
		delete(e.failed, errand{item, kind})
		return
	}
	e.failed[errand{item, kind}] = err
}

// Err is how the command ends as far as they are concerned.
func (e errands) Err() error {
	tally, all := toolbox.Tally{What: "deposits"}, 0
	for kind, n := range e.begun {
		if all += n; kind != delivery.KindDeposit {
			tally.What = "deposits, pictures and detections"
		}
	}
	order := func(a, b errand) int { return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.kind, b.kind)) }
	for _, one := range slices.SortedFunc(maps.Keys(e.failed), order) {
		tally.Add(e.failed[one])
	}
	for range all - len(e.failed) {
		tally.Add(nil)
	}
	return tally.Err()
}
