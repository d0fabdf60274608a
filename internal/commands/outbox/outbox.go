// Package outbox shows what must reach the platform and has not, sends it, and takes a person's word about what nobody knows. It
// refuses to know how anything is sent and how it is kept.
package outbox

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("outbox", "See and send what waits for the platform",
		`What must reach the platform is written into the outbox of this user before it is sent, and stays there until the platform has
confirmed it. An entry is pending (waits to be sent), leased (a process is sending it), uncertain (it was sent and the answer was
lost; a flush asks the platform before anything is sent again), held (a person must say what became of it), done (confirmed; kept
for a while as a record) or dead (refused, it will not be sent).

Every entry has a key. Of a key its first characters are enough, when no other key begins with them.

When the files of the outbox are damaged, the first command that opens them repairs them, does what it was asked to do, says what was
lost, and ends with 3.`,
		NewList(box, nil), NewShow(box, nil), NewFlush(box, nil), NewRetry(box, nil), NewResolve(box, nil), NewDrop(box, nil),
		NewExport(box, nil), NewStats(box, nil), NewRebuild(box, nil))
}

// store opens the outbox.
type store func(context.Context) (*outbox.Store, error)

// Entry is one entry as it is listed.
type Entry struct {
	Key         string    `json:"key" doc:"name of the entry, unique for ever"`
	Class       string    `json:"class" doc:"deposit, status, detection or picture"`
	Kind        string    `json:"kind" doc:"what is to be done, such as deposit.create"`
	What        string    `json:"what" doc:"the same in a few words"`
	State       string    `json:"state" doc:"pending, leased, uncertain, held, done or dead"`
	Profile     string    `json:"profile" doc:"profile in whose name it is sent"`
	Target      string    `json:"target" doc:"address of the platform that it is meant for"`
	RVMID       int64     `json:"rvm_id" doc:"number of the machine, 0 where there is none"`
	Capture     string    `json:"capture,omitempty" doc:"the look of the camera that it belongs to"`
	CreatedAt   time.Time `json:"created_at" doc:"when it was put in, by this machine's clock"`
	AgeSeconds  *int64    `json:"age_seconds" doc:"how long ago that was; null when a clock was wrong and nobody can tell"`
	Attempts    int       `json:"attempts" doc:"how often it was tried"`
	NextAt      time.Time `json:"next_at,omitzero" doc:"when it may be tried again; absent when at once"`
	Once        bool      `json:"once" doc:"true when it must not be sent a second time, as with --queue never"`
	Reason      string    `json:"reason,omitempty" doc:"the last failure in words"`
	HTTPStatus  int       `json:"http_status,omitempty" doc:"status of the platform's last answer, absent without one"`
	ServerID    string    `json:"server_id,omitempty" doc:"the platform's number for it, once it is done"`
	SettledAt   time.Time `json:"settled_at,omitzero" doc:"when it became done or dead"`
	Bytes       int64     `json:"bytes" doc:"size of its content, a picture included"`
	ClockFailed bool      `json:"clock_suspect" doc:"true when the machine's clock was wrong as it was put in"`
}

func newEntry(e outbox.Entry, now outbox.Moment) Entry {
	r := Entry{
		Key: e.Key, Class: string(e.Class), Kind: e.Kind, What: what(e), State: string(e.State), Profile: e.Profile, Target: e.Target,
		RVMID: e.RVM, Capture: e.Capture, CreatedAt: e.Created.Wall, Attempts: e.Attempts, Once: e.Once, Reason: e.Reason,
		HTTPStatus: e.HTTPStatus, ServerID: e.ServerID, SettledAt: e.Settled, Bytes: e.Size, ClockFailed: e.Created.Suspect(),
	}
	if age, known := e.Created.Since(now); known {
		seconds := int64(age.Seconds())
		r.AgeSeconds = &seconds
	}
	if e.Open() && e.NextAt.After(now.Wall) {
		r.NextAt = e.NextAt
	}
	return r
}

// age is the age as text.
func (e Entry) age() string {
	if e.AgeSeconds == nil {
		return "unknown"
	}
	return span(time.Duration(*e.AgeSeconds) * time.Second)
}

// span is a length of time in one unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return toolbox.Number(int64(d.Seconds())) + " s"
	case d < time.Hour:
		return toolbox.Number(int64(d.Minutes())) + " min"
	case d < 48*time.Hour:
		return toolbox.Number(int64(d.Hours())) + " h"
	}
	return toolbox.Number(int64(d.Hours()/24)) + " days"
}

// state is the state in the colour of its meaning.
func state(p *terminal.Page, s string) string {
	switch outbox.State(s) {
	case outbox.Done:
		return p.Good(s)
	case outbox.Uncertain, outbox.Held:
		return p.Warning(s)
	case outbox.Dead:
		return p.Bad(s)
	}
	return s
}

// hidden stands for a secret.
const hidden = "********"

// mask hides tokens and secrets in what an entry carries; a session's token is one here, since whoever has it can act for the
// person.
func mask(content map[string]any, show bool) map[string]any {
	if show || content == nil {
		return content
	}
	masked := platform.MaskObject(content)
	if token, ok := masked["session_token"].(string); ok && token != "" {
		masked["session_token"] = hidden
	}
	return masked
}

func completeWords(cmd *cobra.Command, flag string, words []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func words[T ~string](all []T) (list []string) {
	for _, w := range all {
		list = append(list, string(w))
	}
	return list
}
