//go:build unix

package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/myrvm/rvmctl/internal/sandbox"
)

// stage is the platform of one script: the sandbox, and in front of it a record of what came in.
type stage struct {
	sandbox *sandbox.Server
	web     *httptest.Server

	mu       sync.Mutex
	changing []string
	tokens   []string
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// platformVerb opens the script's platform, or changes the open one at the same address; without arguments it behaves.
//
//	platform                     a MyRVM Platform; sets PLATFORM_URL, PLATFORM_TOKEN, PASSWORD_FILE and TOKEN_FILE
//	platform friendly            the same with what only documents know; to be opened like that
//	platform fault WHERE=WHAT…   lets things go wrong; see rvmctl sandbox fault --help
//	platform advance 11m         puts its clock forward
//	platform down                refuses every connection
//	platform up                  is there again, at the same address and with everything it knew
func platformVerb(ts *testscript.TestScript, args []string) {
	s, verb := stageOf(ts), ""
	if len(args) > 0 {
		verb = args[0]
	}
	if s.web == nil {
		s.open(ts, verb == "friendly")
	}
	switch {
	case verb == "" || verb == "friendly" && s.sandbox.Mode() == verb:
		s.sandbox.SetFaults()
	case verb == "fault" && len(args) > 1:
		faults, err := sandbox.ParseFaults(args[1:])
		ts.Check(err)
		s.sandbox.SetFaults(faults...)
	case verb == "advance" && len(args) == 2:
		d, err := time.ParseDuration(args[1])
		ts.Check(err)
		s.sandbox.Advance(d)
	case verb == "down":
		s.web.Close()
	case verb == "up":
		s.reopen(ts)
	default:
		ts.Fatalf("usage: platform [friendly|fault WHERE=WHAT...|advance TIME|down|up], friendly at first or never")
	}
}

// open also signs somebody in, so that scripts about other things need not.
func (s *stage) open(ts *testscript.TestScript, friendly bool) {
	server, err := sandbox.Open(sandbox.Options{Friendly: friendly})
	ts.Check(err)
	s.sandbox, s.web = server, httptest.NewServer(s)
	ts.Defer(func() { s.web.Close(); _ = server.Close() })

	token := s.login(ts)
	ts.Setenv("PLATFORM_URL", s.web.URL)
	ts.Setenv("PLATFORM_TOKEN", token)
	for name, secret := range map[string]string{"PASSWORD_FILE": sandbox.DemoPassword, "TOKEN_FILE": token} {
		file := ts.MkAbs(filepath.Join(givenFolder, strings.ToLower(name)))
		ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
		ts.Check(os.WriteFile(file, []byte(secret+"\n"), 0o600))
		ts.Setenv(name, file)
	}
}

// reopen takes the address back that platform down gave up. Another process may have it for a moment.
func (s *stage) reopen(ts *testscript.TestScript) {
	address := s.web.Listener.Addr().String()
	for attempt := 0; ; attempt++ {
		l, err := net.Listen("tcp", address)
		if err == nil {
			s.web = &httptest.Server{Listener: l, Config: &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}}
			s.web.Start()
			return
		}
		if attempt == 100 {
			ts.Fatalf("platform up: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// login gives another token of the operator.
func (s *stage) login(ts *testscript.TestScript) string {
	token, err := s.signIn()
	ts.Check(err)
	return token
}

func (s *stage) signIn() (string, error) {
	answer := s.ask("POST", "/api/v2/auth/login", `{"email":"operator@myrvm.com","password":"`+sandbox.DemoPassword+`"}`, "")
	var login struct{ Data struct{ Token string } }
	err := json.Unmarshal(answer, &login)
	s.tokens = append(s.tokens, login.Data.Token)
	return login.Data.Token, err
}

// ask calls the platform past the record.
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
	s.note(r)
	s.sandbox.Handler().ServeHTTP(w, r)
}

func (s *stage) note(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.changing = append(s.changing, r.Method+" "+r.URL.Path)
	}
	if token, signed := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); signed && !slices.Contains(s.tokens, token) {
		s.tokens = append(s.tokens, token)
	}
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
