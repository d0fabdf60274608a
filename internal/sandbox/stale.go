package sandbox

import (
	"sync"
	"time"
)

// staleCache keeps answers past changes of what they show, as the platform's console does.
type staleCache struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
}

type keptAnswer struct {
	until time.Time
	data  any
}

// get returns the kept answer while it lasts, otherwise a fresh one.
func (s *staleCache) get(name string, age time.Duration, now time.Time, fresh func() (any, error)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, found := s.kept[name]; found && now.Before(kept.until) {
		return kept.data, nil
	}
	data, err := fresh()
	if err != nil {
		return nil, err
	}
	if s.kept == nil {
		s.kept = map[string]keptAnswer{}
	}
	s.kept[name] = keptAnswer{until: now.Add(age), data: data}
	return data, nil
}
