package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console *terminal.Console
	Store   store

	State, Class, Capture string
	Limit                 int
}

// Listing is the result of list.
type Listing struct {
	Counts   []Count `json:"counts" doc:"how many entries of each class are in each state, whatever was asked for"`
	Complete bool    `json:"complete" doc:"false when --limit left some out"`
	Entries  []Entry `json:"entries" doc:"the entries, oldest first"`
}

// Count is how many entries of a class are in a state.
type Count struct {
	Class   string `json:"class" doc:"deposit, status, detection or picture"`
	State   string `json:"state" doc:"pending, leased, uncertain, held, done or dead"`
	Entries int64  `json:"entries" doc:"how many"`
	Bytes   int64  `json:"bytes" doc:"how many bytes they take"`
}

// Text is a summary and a table with as much of each key as a person must type; in a pipe only the table, and everything.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Entries))
	if !p.ForPeople() {
		for _, e := range l.Entries {
			age := "-"
			if e.AgeSeconds != nil {
				age = toolbox.Number(*e.AgeSeconds)
			}
			rows = append(rows, []string{e.Key, e.Class, e.Kind, e.What, e.State, age, toolbox.Number(e.Attempts), toolbox.Or(e.Reason, "-")})
		}
		p.Table([]string{"KEY", "CLASS", "KIND", "WHAT", "STATE", "AGE", "TRIED", "REASON"}, rows)
		return
	}
	p.Text(summary(p, l.Counts))
	long := enough(l.Entries)
	for _, e := range l.Entries {
		rows = append(rows, []string{e.Key[:min(long, len(e.Key))], brief(e), e.State, e.age(), toolbox.Number(e.Attempts), toolbox.Or(e.Reason, "-")})
	}
	p.Table([]string{"KEY", "WHAT", "STATE", "AGE", "TRIED", "REASON"}, rows)
	if !l.Complete {
		p.Text(p.Dim("there are more: --limit N"))
	}
}

// brief is what an entry is about without the folder of a picture, which would leave no room for its name.
func brief(e Entry) string {
	if e.Kind == delivery.KindPicture {
		return e.What[strings.LastIndexByte(e.What, '/')+1:]
	}
	return e.What
}

// shortKey is as much of a key as tells apart what was put in at different milliseconds.
const shortKey = 13

// enough is how much of the keys tells these entries apart.
func enough(entries []Entry) int {
	keys := make([]string, 0, len(entries))
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	long := shortKey
	for i := 1; i < len(keys); i++ {
		same := 0
		for same < min(len(keys[i-1]), len(keys[i])) && keys[i-1][same] == keys[i][same] {
			same++
		}
		long = max(long, same+1)
	}
	return long
}

// summary is one line about everything that is not done.
func summary(p *terminal.Page, counts []Count) string {
	var parts []string
	for _, class := range outbox.Classes() {
		var waiting, doubtful, held, dead int64
		for _, c := range counts {
			if c.Class != string(class) {
				continue
			}
			switch outbox.State(c.State) {
			case outbox.Pending, outbox.Leased:
				waiting += c.Entries
			case outbox.Uncertain:
				doubtful += c.Entries
			case outbox.Held:
				held += c.Entries
			case outbox.Dead:
				dead += c.Entries
			}
		}
		var some []string
		for _, part := range []struct {
			n    int64
			word string
			tone func(string) string
		}{{waiting, "pending", p.Strong}, {doubtful, "uncertain", p.Warning}, {held, "held for a person", p.Warning}, {dead, "dead", p.Bad}} {
			if part.n > 0 {
				some = append(some, part.tone(fmt.Sprintf("%d %s", part.n, part.word)))
			}
		}
		if len(some) > 0 {
			parts = append(parts, string(class)+": "+strings.Join(some, ", "))
		}
	}
	if len(parts) == 0 {
		return p.Good("nothing waits")
	}
	return strings.Join(parts, p.Dim(" · "))
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what is not done, oldest first",
		Long: `List what has not reached the platform, oldest first; with --state also what is done. --state uncertain shows held entries too:
everything that waits for certainty. On a terminal a key is cut to what the other commands of outbox need of it.

In a pipe the columns are: key, class, kind, what, state, age in seconds, attempts, reason.

Exit status: 0 listed, 1 the outbox cannot be read, 2 usage, 10 the configuration is invalid.`,
		Example: `  $ rvmctl outbox list
  $ rvmctl outbox list --state uncertain
  $ rvmctl outbox list --class deposit --state done --limit 1000 --json=entries`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.State, "state", "", "only those that are "+strings.Join(words(outbox.States()), ", "))
	f.StringVar(&opts.Class, "class", "", "only "+strings.Join(words(outbox.Classes()), ", "))
	f.StringVar(&opts.Capture, "capture", "", "only what belongs to the look of the camera with this `ID`")
	f.IntVar(&opts.Limit, "limit", 100, "at most this many, up to 100000")
	completeWords(cmd, "state", words(outbox.States()))
	completeWords(cmd, "class", words(outbox.Classes()))
	return box.Returns(cmd, Listing{})
}

// maxListed bounds a list, which is held in memory.
const maxListed = 100_000

func (o *ListOptions) check() error {
	if o.Limit < 1 || o.Limit > maxListed {
		return toolbox.Usage(fmt.Sprintf("--limit must be from 1 to %d", maxListed), "type: rvmctl outbox list --limit 1000")
	}
	return checkSelection(o.State, o.Class)
}

func checkSelection(state, class string) error {
	if state != "" {
		if err := toolbox.OneOf("state", state, words(outbox.States())); err != nil {
			return err
		}
	}
	if class != "" {
		return toolbox.OneOf("class", class, words(outbox.Classes()))
	}
	return nil
}

func listRun(ctx context.Context, o *ListOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	l := Listing{Entries: []Entry{}, Complete: true}
	if l.Counts, err = counts(ctx, s); err != nil {
		return err
	}
	all, err := selected(ctx, s, o.State, outbox.Query{Class: outbox.Class(o.Class), Capture: o.Capture, Limit: o.Limit + 1})
	if err != nil {
		return err
	}
	if len(all) > o.Limit {
		all, l.Complete = all[:o.Limit], false
	}
	now := s.Now()
	for _, e := range all {
		l.Entries = append(l.Entries, newEntry(e, now))
	}
	return o.Console.Emit(l)
}

// selected are the entries of a state as people mean it, oldest first: no state means what is not done.
func selected(ctx context.Context, s *outbox.Store, state string, q outbox.Query) ([]outbox.Entry, error) {
	states := []outbox.State{outbox.State(state)}
	switch outbox.State(state) {
	case "":
		states = []outbox.State{outbox.Pending, outbox.Leased, outbox.Uncertain, outbox.Held, outbox.Dead}
	case outbox.Uncertain:
		states = append(states, outbox.Held)
	}
	var all []outbox.Entry
	for _, q.State = range states {
		some, err := s.List(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b outbox.Entry) int {
		return cmp.Or(a.Created.Wall.Compare(b.Created.Wall), cmp.Compare(a.Seq, b.Seq))
	})
	return all, nil
}

func counts(ctx context.Context, s *outbox.Store) ([]Count, error) {
	all, err := s.Counts(ctx)
	list := make([]Count, 0, len(all))
	for _, c := range all {
		list = append(list, Count{string(c.Class), string(c.State), c.Entries, c.Bytes})
	}
	return list, err
}
