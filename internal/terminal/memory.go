package terminal

import (
	"context"
	"fmt"
	"runtime/metrics"
	"time"
)

const (
	// maxMemory bounds what an expression may take beyond what was taken before, in bytes; what it throws away counts until it
	// is collected. One single step can take more before it is noticed.
	maxMemory = 512 << 20
	// memoryLook is how often that is looked at.
	memoryLook = 20 * time.Millisecond
)

// memoryBound ends the context when the program has taken limit bytes more than now. Release ends the watch.
func memoryBound(ctx context.Context, limit uint64) (bounded context.Context, release func()) {
	bounded, stop := context.WithCancelCause(ctx)
	most := heap() + limit
	ticks := time.NewTicker(memoryLook)
	go func() {
		defer ticks.Stop()
		for {
			select {
			case <-bounded.Done():
				return
			case <-ticks.C:
				if heap() > most {
					stop(fmt.Errorf("it took more than %d MiB of memory", limit>>20))
				}
			}
		}
	}()
	return bounded, func() { stop(nil) }
}

// heap is how many bytes lie in objects.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
