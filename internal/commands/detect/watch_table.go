package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// shownItems is how many items the table shows, the newest.
const shownItems = 12

// scoreboard is what a person sees while a watch goes on.
type scoreboard struct {
	facts   source.StreamFacts
	sum     Watched
	fps     float64
	run     float64
	waiting int64
	money   bool
	rows    []row
}

// row is one item of the table.
type row struct {
	item    Item
	deposit *Deposit
	lost    bool
	gone    bool
}

// Text is a line about the source and the table.
func (s scoreboard) Text(p *terminal.Page) {
	size := fmt.Sprintf("%d×%d", s.facts.Width, s.facts.Height)
	p.Text(p.Strong(s.facts.Name), p.Dim(fmt.Sprintf("  %s  %.1f fps  inference %.1f ms  %d dropped  %d reconnects", size, s.fps, s.run,
		s.facts.Dropped, s.facts.Reconnects)), s.outbox(p))
	p.Text(fmt.Sprintf("%d frames, %d items, %d settled", s.sum.Frames, s.sum.Items, s.sum.Settled), s.sum.money(p))
	rows := make([][]string, len(s.rows))
	for i, r := range s.rows {
		rows[i] = r.cells()
	}
	p.Table([]string{"ITEM", "LABEL", "CONFIDENCE", "FRAMES", "STATE", "DEPOSIT", "REWARD"}, rows)
}

func (s scoreboard) outbox(p *terminal.Page) string {
	if s.waiting == 0 {
		return ""
	}
	return "  " + p.Warning(fmt.Sprintf("outbox: %d pending", s.waiting))
}

func (r row) cells() []string {
	state := r.item.State
	switch {
	case r.gone:
		state += ", left"
	case r.lost:
		state += ", out of sight"
	}
	cells := []string{toolbox.Number(r.item.Track), r.item.Label, fmt.Sprintf("%.2f", r.item.Confidence), toolbox.Number(r.item.Frames), state, "", ""}
	if d := r.deposit; d != nil && d.ID != 0 {
		cells[5], cells[6] = toolbox.Number(d.ID), "Rp "+d.RewardAmount
	}
	return cells
}

// draw shows the table when it is time, and at the end in any case.
func (w *watcher) draw(always bool) error {
	if w.board == nil || !always && !w.board.Due() {
		return nil
	}
	s := scoreboard{facts: w.stream.Facts(), sum: w.sum, run: w.timing.Run, fps: w.rate(time.Now())}
	if w.sender != nil {
		s.waiting = w.sender.waiting.Load()
	}
	s.rows = slices.Clone(w.past)
	for _, r := range w.things {
		if !r.gone {
			s.rows = append(s.rows, row{item: r.item, deposit: r.deposit, lost: r.seenAt != w.at.Number})
		}
	}
	slices.SortFunc(s.rows, func(a, b row) int { return int(b.item.Track - a.item.Track) })
	s.rows = s.rows[:min(len(s.rows), shownItems)]
	return w.board.Draw(s)
}

// rate is how many frames a second were looked at since it was asked last, over a second or more; in the first second it is over what
// there was of it.
func (w *watcher) rate(now time.Time) float64 {
	d, frames := now.Sub(w.ratedAt).Seconds(), float64(w.sum.Frames-w.ratedFrames)
	switch {
	case d >= 1:
		w.rated, w.ratedAt, w.ratedFrames = frames/d, now, w.sum.Frames
	case w.rated == 0 && d > 0:
		return frames / d
	}
	return w.rated
}

// retire keeps what has left in the table for a while.
func (w *watcher) retire(r *thing) {
	if w.board == nil {
		return
	}
	if len(w.past) == shownItems {
		w.past = slices.Delete(w.past, 0, 1)
	}
	w.past = append(w.past, row{item: r.item, deposit: r.deposit, gone: true})
}
