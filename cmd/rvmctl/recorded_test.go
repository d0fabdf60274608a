//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/myrvm/rvmctl/internal/sandbox"
)

// recorded writes what the platform holds into a file, one line each: recorded deposits got. Requests are those that could
// change something.
func recorded(ts *testscript.TestScript, args []string) {
	if len(args) != 2 || args[0] != "requests" && chronicles()[args[0]] == nil {
		ts.Fatalf("usage: recorded %s|requests file", strings.Join(slices.Sorted(maps.Keys(chronicles())), "|"))
	}
	s, b := stageOf(ts), &strings.Builder{}
	if args[0] == "requests" {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range s.changing {
			fmt.Fprintln(b, r)
		}
	} else {
		l, err := s.sandbox.Ledger()
		ts.Check(err)
		chronicles()[args[0]](b, l)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// chronicles are how each kind of thing is written.
func chronicles() map[string]func(*strings.Builder, sandbox.Ledger) {
	return map[string]func(*strings.Builder, sandbox.Ledger){
		"deposits": recordedDeposits, "detections": recordedDetections, "engines": recordedEngines, "metrics": recordedMetrics,
		"uploads": recordedUploads, "rvms": recordedRVMs, "sessions": recordedSessions, "tokens": recordedTokens,
		"remote": recordedRemote, "commands": recordedCommands,
	}
}

func recordedDeposits(w *strings.Builder, l sandbox.Ledger) {
	for _, d := range l.Deposits {
		fmt.Fprintf(w, "%d rvm=%d %s %s kg x%d %s %s %s paid=%d", d.ID, d.RVMID, d.WasteType, d.Weight.StringFixed(3), d.Quantity,
			d.Grade, d.Reward.StringFixed(2), d.Status, d.Credits)
		if d.SessionToken != "" {
			fmt.Fprintf(w, " session=%s", d.SessionToken)
		}
		fmt.Fprintln(w)
	}
}

func recordedDetections(w *strings.Builder, l sandbox.Ledger) {
	for _, d := range l.Detections {
		stored := slices.ContainsFunc(l.Uploads, func(u sandbox.LedgerUpload) bool { return u.Path == d.ImagePath })
		fmt.Fprintf(w, "%d rvm=%d picture-stored=%t%s\n", d.ID, d.RVMID, stored, classes(d.Detections))
	}
}

// classes lists what a stored detection saw.
func classes(stored string) string {
	var seen []struct{ Class string }
	if err := json.Unmarshal([]byte(stored), &seen); err != nil {
		return " " + err.Error()
	}
	var b strings.Builder
	for _, d := range seen {
		b.WriteString(" " + d.Class)
	}
	return b.String()
}

func recordedEngines(w *strings.Builder, l sandbox.Ledger) {
	for _, e := range l.Engines {
		fmt.Fprintf(w, "%d %s %s %s:%d rvms=%v\n", e.ID, e.Name, e.Type, e.ServerAddress, e.Port, e.RVMs)
	}
}

func recordedMetrics(w *strings.Builder, l sandbox.Ledger) {
	for _, m := range l.Metrics {
		fmt.Fprintf(w, "rvm=%d %s\n", m.RVMID, m.Application)
	}
}

func recordedUploads(w *strings.Builder, l sandbox.Ledger) {
	for _, u := range l.Uploads {
		fmt.Fprintf(w, "rvm=%d %s %d bytes overwritten=%d %s\n", u.RVMID, u.MimeType, u.Size, u.Overwritten, u.Metadata)
	}
}

func recordedRVMs(w *strings.Builder, l sandbox.Ledger) {
	for _, m := range l.RVMs {
		fmt.Fprintf(w, "%d %s %s %s\n", m.ID, m.Name, m.Status, m.Location)
	}
}

// recordedSessions leaves the tokens out, which differ in every run.
func recordedSessions(w *strings.Builder, l sandbox.Ledger) {
	for i, s := range l.Sessions {
		fmt.Fprintf(w, "%d rvm=%d user=%d %s\n", i+1, s.RVMID, s.UserID, s.Status)
	}
}

func recordedTokens(w *strings.Builder, l sandbox.Ledger) {
	for _, t := range l.Tokens {
		fmt.Fprintf(w, "user=%d rvm=%d\n", t.UserID, t.RVMID)
	}
}

func recordedRemote(w *strings.Builder, l sandbox.Ledger) {
	for _, r := range l.RemoteSessions {
		fmt.Fprintf(w, "%d rvm=%d admin=%d %s %s\n", r.ID, r.RVMID, r.AdminID, r.Status, r.Reason)
	}
}

func recordedCommands(w *strings.Builder, l sandbox.Ledger) {
	for _, o := range l.Commands {
		fmt.Fprintf(w, "%d rvm=%d %s %s %s simulated=%t\n", o.ID, o.RVMID, o.Type, o.Name, o.Payload, o.Simulated)
	}
}
