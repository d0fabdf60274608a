//go:build !unix

package toolbox

import "time"

// cpuTime is what this process has used, 0 where nobody knows.
func cpuTime() time.Duration { return 0 }
