package detect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// noted is an item that lies before the camera and has a deposit.
type noted struct {
	// Key is its deposit in the outbox, WasteType what it was kept as.
	Key       string `json:"key"`
	WasteType string `json:"waste_type"`
}

// memory outlives a watch: it holds which items before a machine's camera have a deposit already. A watch that is begun again sees
// them as new ones, with new numbers, and must not pay for them again. See docs/decisions/0017-one-item-one-deposit.md.
type memory struct {
	store func(context.Context) (*outbox.Store, error)
	name  string
	// before is what an earlier watch left; mine is what this one has added, by the number of the item.
	before []noted
	mine   map[int64]noted
	// heirs are the items of mine whose deposit is of an earlier watch.
	heirs map[int64]bool
}

// openMemory reads what the last watch of a machine left. What was noted and never kept is no deposit.
func openMemory(ctx context.Context, store func(context.Context) (*outbox.Store, error), target string, rvm int64) (*memory, error) {
	m := &memory{store: store, name: fmt.Sprintf("before the camera of %s rvm %d", target, rvm), mine: map[int64]noted{}, heirs: map[int64]bool{}}
	s, err := store(ctx)
	if err != nil {
		return nil, err
	}
	text, err := s.Note(ctx, m.name)
	if err != nil || text == "" {
		return m, err
	}
	var all []noted
	if json.Unmarshal([]byte(text), &all) != nil {
		// Nobody can read it, and it must not keep every later watch from beginning.
		return m, s.SetNote(ctx, m.name, "")
	}
	for _, n := range all {
		_, err := s.Get(ctx, n.Key)
		var none *outbox.NotFoundError
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m.before = append(m.before, n)
	}
	return m, nil
}

// suspect says why an item that was there when the watch began may be one that has a deposit, and nothing when it cannot be. Each such
// deposit answers for one item of its waste type, and from then on it is that item's. As long as there is one that answers for none,
// an item of another type may be its item, too: a crushed can is taken for a bottle now and then.
func (m *memory) suspect(id int64, wasteType string) string {
	if i := slices.IndexFunc(m.before, func(n noted) bool { return n.WasteType == wasteType }); i >= 0 && !m.heirs[id] {
		m.mine[id], m.heirs[id] = m.before[i], true
		m.before = slices.Delete(m.before, i, i+1)
	}
	switch {
	case m.heirs[id]:
		return "an item like it was paid for before this watch began, and it may be the same"
	case len(m.before) > 0:
		return fmt.Sprintf("an item was paid for as %s before this watch began, and it may be the same", m.before[0].WasteType)
	}
	return ""
}

// add is called before the deposit is kept: a run that is killed between the two has noted a key that nothing has.
func (m *memory) add(ctx context.Context, id int64, n noted) error {
	m.mine[id] = n
	return m.save(ctx)
}

// drop forgets an item that has left.
func (m *memory) drop(ctx context.Context, id int64) error {
	if _, there := m.mine[id]; !there {
		return nil
	}
	delete(m.mine, id)
	delete(m.heirs, id)
	return m.save(ctx)
}

// settle forgets what an earlier watch left: whatever comes into view from now on is new.
func (m *memory) settle(ctx context.Context) error {
	if len(m.before) == 0 {
		return nil
	}
	m.before = nil
	return m.save(ctx)
}

// clear forgets everything: the source has ended, and nothing lies before it.
func (m *memory) clear(ctx context.Context) error {
	if len(m.before)+len(m.mine) == 0 {
		return nil
	}
	m.before, m.mine = nil, map[int64]noted{}
	clear(m.heirs)
	return m.save(ctx)
}

func (m *memory) save(ctx context.Context) error {
	s, err := m.store(ctx)
	if err != nil {
		return err
	}
	all := slices.Clone(m.before)
	for _, n := range m.mine {
		all = append(all, n)
	}
	if len(all) == 0 {
		return s.SetNote(ctx, m.name, "")
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return s.SetNote(ctx, m.name, string(text))
}
