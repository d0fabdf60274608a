package outbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// model is what the outbox should hold, kept in the simplest way.
type model struct {
	t      *testing.T
	dir    string
	now    Moment
	random *rand.Rand
	store  *Store
	dead   []*Store
	order  []string
	all    map[string]*Entry
	number int
}

func (m *model) open() {
	m.store = reopen(m.t, m.dir, Options{Ballast: -1, Clock: Clock{func() Moment { return m.now }}})
}

func (m *model) add() {
	d := deposit(fmt.Sprint("k", m.random.IntN(60)), fmt.Sprint("o", m.random.IntN(5)), "")
	if m.random.IntN(3) > 0 {
		d.Fingerprint = fmt.Sprint("f", m.random.IntN(8))
	}
	_, added, err := m.store.Add(m.t.Context(), d)
	was := m.all[d.Key]
	if err != nil || added != (was == nil) {
		m.t.Fatalf("added %v %v, there was %+v", added, err, was)
	}
	if added {
		m.all[d.Key] = &Entry{Key: d.Key, Order: d.Order, Fingerprint: d.Fingerprint, State: Pending}
		m.order = append(m.order, d.Key)
	}
}

// next is what must be given out.
func (m *model) next() *Entry {
	busy := map[string]bool{}
	for _, e := range m.all {
		if e.State == Leased || e.State == Uncertain {
			busy[e.Fingerprint] = e.Fingerprint != ""
		}
	}
	seen := map[string]bool{}
	for _, key := range m.order {
		e := m.all[key]
		if e.State != Pending && e.State != Leased && e.State != Uncertain {
			continue
		}
		first := !seen[e.Order]
		seen[e.Order] = true
		late := e.NextAt.After(m.now.Wall) && !e.NextAt.After(m.now.Wall.Add(longestWait))
		if first && e.State == Pending && !late && !busy[e.Fingerprint] {
			return e
		}
	}
	return nil
}

func (m *model) claim() {
	e, ok := claim(m.t, m.store)
	want := m.next()
	if ok != (want != nil) || ok && e.Key != want.Key {
		m.t.Fatalf("given out %v %s, not %+v", ok, e.Key, want)
	}
	if ok {
		want.State, want.Owner = Leased, m.store.owner
	}
}

// pick gives an entry in one of some states, nil when there is none.
func (m *model) pick(states ...State) *Entry {
	at := m.random.IntN(len(m.order) + 1)
	for i := range m.order {
		e := m.all[m.order[(at+i)%len(m.order)]]
		for _, s := range states {
			if e.State == s {
				return e
			}
		}
	}
	return nil
}

func (m *model) settle() {
	want := m.pick(Leased, Uncertain)
	if want == nil {
		return
	}
	ctx := m.t.Context()
	e, err := m.store.Get(ctx, want.Key)
	if err != nil {
		m.t.Fatal(err)
	}
	want.NextAt = time.Time{}
	switch m.random.IntN(5) {
	case 0, 1:
		m.number++
		want.State, err = Done, m.store.Deliver(ctx, e, fmt.Sprint(m.number), nil)
	case 2:
		want.NextAt = m.now.Wall.Add(time.Duration(m.random.IntN(900)) * time.Second)
		want.State, err = Pending, m.store.Later(ctx, e, want.NextAt, Failure{})
	case 3:
		want.State, err = Dead, m.store.Refuse(ctx, e, Failure{})
	case 4:
		want.State, err = Uncertain, m.store.Doubt(ctx, e, Failure{})
		if m.random.IntN(3) == 0 && err == nil {
			e, _ = m.store.Get(ctx, want.Key)
			want.State, err = Held, m.store.Hold(ctx, e, Failure{})
		}
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) person() {
	e := m.pick(Dead, Held, Uncertain)
	if e == nil {
		return
	}
	var err error
	switch {
	case m.random.IntN(4) == 0:
		_, err = m.store.Drop(m.t.Context(), e.Key, true)
		delete(m.all, e.Key)
		for i, key := range m.order {
			if key == e.Key {
				m.order = append(m.order[:i:i], m.order[i+1:]...)
				break
			}
		}
	case e.State == Dead:
		_, err = m.store.Retry(m.t.Context(), e.Key)
		e.State = Pending
	default:
		_, err = m.store.Resolve(m.t.Context(), e.Key, false, "")
		e.State = Pending
	}
	if e.State == Pending {
		e.NextAt = time.Time{}
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// crash lets a process die: its lock goes, and nothing else is done.
func (m *model) crash() {
	if m.store.alive != nil {
		_ = m.store.alive.Unlock()
		m.store.alive = nil
	}
	m.dead = append(m.dead, m.store)
	for _, e := range m.all {
		if e.State == Leased && e.Owner == m.store.owner {
			e.State, e.NextAt = Uncertain, time.Time{}
		}
	}
	m.open()
}

func (m *model) jump() {
	m.now.Up += time.Minute
	m.now.Wall = m.now.Wall.Add(time.Duration(m.random.IntN(7200)-3000) * time.Second)
}

func (m *model) compare() {
	n := 0
	for e, err := range m.store.Export(m.t.Context()) {
		want := m.all[e.Key]
		if n++; err != nil || want == nil || want.State != e.State {
			m.t.Fatalf("%s is %s, not %+v: %v", e.Key, e.State, want, err)
		}
	}
	if n != len(m.all) {
		m.t.Fatalf("%d of %d entries", n, len(m.all))
	}
	counts, err := m.store.Counts(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	for _, c := range counts {
		n -= int(c.Entries)
	}
	if n != 0 {
		m.t.Fatalf("the counters are %d off", n)
	}
}

// TestAgainstAModel does random things to the outbox and to a map, and compares.
func TestAgainstAModel(t *testing.T) {
	runs, steps := 6, 150
	if soak() {
		runs = 300
	}
	for seed := range runs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &model{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(uint64(seed), 7)), all: map[string]*Entry{},
				now: Moment{Wall: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Boot: "boot", Up: time.Hour}}
			m.open()
			for range steps {
				do := []func(){m.add, m.add, m.claim, m.claim, m.claim, m.settle, m.settle, m.person, m.crash, m.jump, m.compare}
				n := m.random.IntN(len(do))
				if n == 8 && m.random.IntN(3) > 0 {
					n = 0
				}
				do[n]()
			}
			m.compare()
			errs := []error{m.store.Check(t.Context()), m.store.Close()}
			for _, s := range m.dead {
				errs = append(errs, s.closeFiles())
			}
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		})
	}
}
