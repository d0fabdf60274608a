package outbox

import "context"

// Match gives at most limit entries whose keys begin with begins, in the order of their keys; one whose key is begins comes
// first.
func (s *Store) Match(ctx context.Context, begins string, limit int) ([]Entry, error) {
	var all []Entry
	for _, db := range s.files() {
		some, err := queryEntries(ctx, db, "key >= ? AND key < ? || char(1114111) ORDER BY key LIMIT ?", begins, begins, limit-len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
