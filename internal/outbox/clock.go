package outbox

import (
	"time"
)

// Moment is a point in time that survives a clock that is set: the wall's time, and for moments of one boot also the time
// since that boot.
type Moment struct {
	// Wall is what the clock showed.
	Wall time.Time
	// Boot names the run of the system, empty where it has no name.
	Boot string
	// Up is the time since the boot, sleep included; it only ever grows.
	Up time.Duration
}

// IsZero says that there is no such moment.
func (m Moment) IsZero() bool { return m.Wall.IsZero() }

// Suspect says that the clock cannot have been right: this program did not exist then.
func (m Moment) Suspect() bool { return m.Wall.Year() < 2026 }

// Since is how long before now m was. known is false when nobody can tell: the machine was started in between and one of the
// clocks was wrong.
func (m Moment) Since(now Moment) (d time.Duration, known bool) {
	if m.Boot != "" && m.Boot == now.Boot {
		return max(0, now.Up-m.Up), true
	}
	d = now.Wall.Sub(m.Wall)
	return d, d >= 0 && !m.Suspect() && !now.Suspect()
}

// Clock tells the time. The zero value is the machine's own.
type Clock struct{ Now func() Moment }

func (c Clock) now() Moment {
	if c.Now != nil {
		return c.Now()
	}
	boot, up := sinceBoot()
	return Moment{Wall: time.Now().UTC(), Boot: boot, Up: up}
}
