package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAFileKeepsThePlatform(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "odd name #1?.db")
	first, err := Open(Options{DB: file})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(first.Handler())
	p := &platform{Server: first, t: t, url: web.URL}
	token := p.user()
	p.deposit(token)
	want, err := first.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	web.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Options{DB: file})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	got, err := again.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Deposits, got.Deposits); d != "" {
		t.Errorf("deposits after reopening (-before +after):\n%s", d)
	}
	if n := len(again.Accounts()); n != 11 {
		t.Errorf("%d accounts after reopening, want 11", n)
	}
	web = httptest.NewServer(again.Handler())
	defer web.Close()
	(&platform{Server: again, t: t, url: web.URL}).call(token, "GET", "/api/v2/deposits/1", "").want(t, 200, "data.id", 1)
}

func TestForeignFilesAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE theirs (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var other *ForeignDatabaseError
	if _, err := Open(Options{DB: foreign}); !errors.As(err, &other) || other.DB != foreign {
		t.Errorf("opening somebody else's database: %v, want a ForeignDatabaseError", err)
	}
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *OpenError
	if _, err := Open(Options{DB: text}); !errors.As(err, &bad) || bad.DB != text {
		t.Errorf("opening a text file: %v, want an OpenError", err)
	}
	if _, err := Open(Options{DB: filepath.Join(dir, "no", "such", "folder.db")}); !errors.As(err, &bad) {
		t.Errorf("opening in a missing folder: %v, want an OpenError", err)
	}
}

func TestAnOlderFileIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(schema + "PRAGMA user_version = 1;"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to do
		s, err := Open(Options{DB: file, Friendly: true})
		if err != nil {
			t.Fatal(err)
		}
		if l, err := s.Ledger(); err != nil || len(l.RVMs) != 5 || l.Commands == nil {
			t.Errorf("got %d machines and commands %v (%v)", len(l.RVMs), l.Commands, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	db, err = sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	var newer *ForeignDatabaseError
	if _, err := Open(Options{DB: file}); !errors.As(err, &newer) || newer.Found != 99 || newer.Want != schemaVersion {
		t.Errorf("opening a file of a later build: %v, want a ForeignDatabaseError", err)
	}
}

func TestMachinesAreTheDemoMachines(t *testing.T) {
	t.Parallel()
	want := []Machine{{1, "RVM-001", "active"}, {2, "RVM-002", "active"}, {3, "RVM-003", "maintenance"},
		{4, "RVM-004", "active"}, {5, "RVM-005", "full"}}
	if d := cmp.Diff(want, open(t).Machines()); d != "" {
		t.Errorf("machines (-want +got):\n%s", d)
	}
}

func TestTheLogHearsPathsWithoutQueries(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var heard []string
	s, err := Open(Options{Log: func(method, path string, status int, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, method+" "+path+" "+map[int]string{404: "404", 204: "204", 0: "none"}[status])
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	web := httptest.NewServer(s.Handler())
	p := &platform{Server: s, t: t, url: web.URL}
	p.call("", "GET", "/api/v2/rvm/session/status?session_token=secret", "").want(t, 404)
	p.send("OPTIONS", "/api/v2/deposits", "", "Origin", "http://a.example", "Access-Control-Request-Method", "POST")
	p.fail("health=drop-request")
	if res, err := http.Post(web.URL+"/up", "text/plain", nil); err == nil {
		_ = res.Body.Close()
		t.Errorf("got %s, want no answer", res.Status)
	}
	web.Close()
	want := []string{"GET /api/v2/rvm/session/status 404", "OPTIONS /api/v2/deposits 204", "POST /up none"}
	if d := cmp.Diff(want, heard); d != "" {
		t.Errorf("log (-want +got):\n%s", d)
	}
}
