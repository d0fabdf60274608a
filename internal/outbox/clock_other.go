//go:build !linux

package outbox

import "time"

// sinceBoot knows no name of the boot here, so that ages follow the clock on the wall.
func sinceBoot() (boot string, up time.Duration) { return "", 0 }
