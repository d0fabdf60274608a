package detect

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// Stages is where the time around the model went, milliseconds. What is done once is told with the first picture.
type Stages struct {
	Start    float64 `json:"start,omitempty" doc:"CPU time of the process before the command began; first picture only, like the next five"`
	Settings float64 `json:"settings,omitempty" doc:"flags, settings and finding the pictures"`
	Model    float64 `json:"model,omitempty" doc:"reading the model file and judging it"`
	Runtime  float64 `json:"runtime,omitempty" doc:"opening ONNX Runtime and starting its environment"`
	Session  float64 `json:"session,omitempty" doc:"loading the model"`
	WarmUp   float64 `json:"warm_up,omitempty" doc:"the first run, on a grey picture, and what else makes the model ready"`
	Read     float64 `json:"read" doc:"reading the picture; the first one is read and decoded while the model is loaded. Of a stream: waiting for the frame"`
	Decode   float64 `json:"decode" doc:"decoding the picture; part of read for a stream"`
}

// clock measures for --timing. A nil clock measures nothing.
type clock struct {
	first Stages
	last  time.Time
	begun time.Time

	mu     sync.Mutex
	frames map[*vision.Frame]Stages
	told   bool
}

// newClock begins with what was before: when the command began, and the CPU time that was used by then.
func newClock(began time.Time, before time.Duration) *clock {
	return &clock{first: Stages{Start: ms(before)}, begun: began, last: began, frames: map[*vision.Frame]Stages{}}
}

// lapSettings is the end of the stage in which the command found out what it is to do.
const lapSettings = "settings"

// lap ends a stage of the start.
func (c *clock) lap(stage string) {
	if c == nil {
		return
	}
	into := map[string]*float64{lapSettings: &c.first.Settings, toolbox.LapModel: &c.first.Model, toolbox.LapRuntime: &c.first.Runtime,
		toolbox.LapSession: &c.first.Session}[stage]
	now := time.Now()
	*into = ms(now.Sub(c.last))
	c.last = now
}

// opened takes the stage of the session apart.
func (c *clock) opened(info onnx.Info) {
	if c != nil {
		c.first.WarmUp = c.first.Session - info.LoadMS
		c.first.Session = info.LoadMS
	}
}

// loaded notes how long a frame took to be there.
func (c *clock) loaded(f *vision.Frame, read, decode time.Duration) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames[f] = Stages{Read: ms(read), Decode: ms(decode)}
}

// stages are those of a frame, with what was done once for the first of them.
func (c *clock) stages(f *vision.Frame) *Stages {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.frames[f]
	delete(c.frames, f)
	if !c.told {
		read, decode := s.Read, s.Decode
		s = c.first
		s.Read, s.Decode = read, decode
	}
	return &s
}

// tellTiming says where the time of the first picture went, once its line is written.
func (r *run) tellTiming(s Seen, began time.Time) {
	if c := r.clock; c != nil && !c.told && s.Stages != nil {
		c.told = true
		r.Console.Note("timing: %s", c.words(s, time.Now(), began))
	}
}

func (c *clock) words(s Seen, now, began time.Time) string {
	var b strings.Builder
	for _, part := range []struct {
		name string
		ms   float64
	}{
		{"start", s.Stages.Start}, {"settings", s.Stages.Settings}, {"model", s.Stages.Model}, {"runtime", s.Stages.Runtime},
		{"session", s.Stages.Session}, {"warm-up", s.Stages.WarmUp}, {"read", s.Stages.Read}, {"decode", s.Stages.Decode},
		{"pre", s.Timing.Pre}, {"run", s.Timing.Run}, {"post", s.Timing.Post}, {"emit", ms(now.Sub(began))},
	} {
		fmt.Fprintf(&b, "%s %.1f · ", part.name, part.ms)
	}
	fmt.Fprintf(&b, "in all %.1f ms", s.Stages.Start+ms(now.Sub(c.begun)))
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
