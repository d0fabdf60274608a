//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/myrvm/rvmctl/internal/sandbox"
)

// stage is the platform of one script: the sandbox, in front of it what makes it misbehave, and a record of what came in.
type stage struct {
	sandbox *sandbox.Server
	web     *httptest.Server

	mu       sync.Mutex
	fault    string
	path     string
	changing []string
	tokens   []string
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// platformVerb opens the script's platform, or makes the open one misbehave at the same address; without arguments it behaves.
//
//	platform                    a MyRVM Platform; sets PLATFORM_URL, PLATFORM_TOKEN, PASSWORD_FILE and TOKEN_FILE
//	platform html               answers every call with a web page and 200
//	platform redirect           sends every call to a login page
//	platform drop-answer PATH   does what a POST to PATH asks, then hangs up without an answer
//	platform down               refuses every connection; for the rest of the script
func platformVerb(ts *testscript.TestScript, args []string) {
	s := stageOf(ts)
	if s.web == nil {
		s.open(ts)
	}
	fault := append(args, "", "")
	switch fault[0] {
	case "", "html", "redirect", "drop-answer":
		s.mu.Lock()
		s.fault, s.path = fault[0], fault[1]
		s.mu.Unlock()
	case "down":
		s.web.Close()
	default:
		ts.Fatalf("usage: platform [html|redirect|drop-answer PATH|down]")
	}
}

// open also signs somebody in, so that scripts about other things need not.
func (s *stage) open(ts *testscript.TestScript) {
	server, err := sandbox.Open(sandbox.Options{})
	ts.Check(err)
	s.sandbox, s.web = server, httptest.NewServer(s)
	ts.Defer(func() { s.web.Close(); _ = server.Close() })

	answer := s.ask("POST", "/api/v2/auth/login", `{"email":"operator@myrvm.com","password":"`+sandbox.DemoPassword+`"}`, "")
	var login struct{ Data struct{ Token string } }
	ts.Check(json.Unmarshal(answer, &login))
	ts.Setenv("PLATFORM_URL", s.web.URL)
	ts.Setenv("PLATFORM_TOKEN", login.Data.Token)
	for name, secret := range map[string]string{"PASSWORD_FILE": sandbox.DemoPassword, "TOKEN_FILE": login.Data.Token} {
		file := ts.MkAbs(filepath.Join(givenFolder, strings.ToLower(name)))
		ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
		ts.Check(os.WriteFile(file, []byte(secret+"\n"), 0o600))
		ts.Setenv(name, file)
	}
	s.tokens = append(s.tokens, login.Data.Token)
}

// ask calls the platform past the faults and the record.
func (s *stage) ask(method, path, body, token string) []byte {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.sandbox.Handler().ServeHTTP(w, r)
	return w.Body.Bytes()
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, path := s.note(r)
	switch {
	case fault == "html":
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Sign in to the hotel's network</title>")
	case fault == "redirect":
		http.Redirect(w, r, "/login", http.StatusFound)
	case fault == "drop-answer" && r.Method == http.MethodPost && r.URL.Path == path:
		s.sandbox.Handler().ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		s.sandbox.Handler().ServeHTTP(w, r)
	}
}

func (s *stage) note(r *http.Request) (fault, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.changing = append(s.changing, r.Method+" "+r.URL.Path)
	}
	if token, signed := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); signed && !slices.Contains(s.tokens, token) {
		s.tokens = append(s.tokens, token)
	}
	return s.fault, s.path
}

// revoke voids every token that the platform has given out or seen in this script.
func revoke(ts *testscript.TestScript, _ []string) {
	s := stageOf(ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, token := range s.tokens {
		s.ask("POST", "/api/v2/auth/logout", "", token)
	}
}

// recorded writes what the platform holds into a file, one line each: recorded deposits got. Requests are those that could
// change something.
func recorded(ts *testscript.TestScript, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: recorded deposits|detections|engines|metrics|uploads|requests file")
	}
	s := stageOf(ts)
	l, err := s.sandbox.Ledger()
	ts.Check(err)
	var b strings.Builder
	switch args[0] {
	case "deposits":
		for _, d := range l.Deposits {
			fmt.Fprintf(&b, "%d rvm=%d %s %s kg x%d %s %s %s paid=%d", d.ID, d.RVMID, d.WasteType, d.Weight.StringFixed(3), d.Quantity,
				d.Grade, d.Reward.StringFixed(2), d.Status, d.Credits)
			if d.SessionToken != "" {
				fmt.Fprintf(&b, " session=%s", d.SessionToken)
			}
			b.WriteByte('\n')
		}
	case "detections":
		for _, d := range l.Detections {
			stored := slices.ContainsFunc(l.Uploads, func(u sandbox.LedgerUpload) bool { return u.Path == d.ImagePath })
			fmt.Fprintf(&b, "%d rvm=%d picture-stored=%t%s\n", d.ID, d.RVMID, stored, classes(d.Detections))
		}
	case "engines":
		for _, e := range l.Engines {
			fmt.Fprintf(&b, "%d %s %s %s:%d rvms=%v\n", e.ID, e.Name, e.Type, e.ServerAddress, e.Port, e.RVMs)
		}
	case "metrics":
		for _, m := range l.Metrics {
			fmt.Fprintf(&b, "rvm=%d %s\n", m.RVMID, m.Application)
		}
	case "uploads":
		for _, u := range l.Uploads {
			fmt.Fprintf(&b, "rvm=%d %s %d bytes overwritten=%d %s\n", u.RVMID, u.MimeType, u.Size, u.Overwritten, u.Metadata)
		}
	case "requests":
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range s.changing {
			fmt.Fprintln(&b, r)
		}
	default:
		ts.Fatalf("the platform holds no %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
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
