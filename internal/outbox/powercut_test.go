package outbox

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryPrefixHoldsWhatWasAcknowledged takes the files as a power cut would leave them after each acknowledgement, and between
// the line of the journal and the commit.
func TestEveryPrefixHoldsWhatWasAcknowledged(t *testing.T) {
	dir, last := t.TempDir(), ""
	s := reopen(t, dir, Options{Ballast: -1})
	defer func() { _ = s.Close() }()
	for i := range 12 {
		add(t, s, deposit(fmt.Sprint(i), "o", fmt.Sprint(i)))
		if i == 6 {
			if _, err := s.money.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
		}
		alone := t.TempDir()
		copyTree(t, dir, alone, moneyFile, moneyFile+"-wal")
		whole(t, alone, i+1, 0)
		if last != "" {
			copyTree(t, dir, last, journalDir)
			whole(t, last, i+1, 1)
		}
		last = t.TempDir()
		copyTree(t, dir, last, moneyFile, moneyFile+"-wal")
		torn := t.TempDir()
		copyTree(t, dir, torn, moneyFile, moneyFile+"-wal", journalDir)
		if info, err := os.Stat(filepath.Join(torn, moneyFile+"-wal")); err == nil && info.Size() > 0 {
			// The end of the log did not reach the disk, as on one that lies about it: the journal still holds it.
			if err := os.Truncate(filepath.Join(torn, moneyFile+"-wal"), info.Size()*int64(i%7)/7); err != nil {
				t.Fatal(err)
			}
		}
		whole(t, torn, i+1, i+1)
	}
}

// whole opens a copy and counts its deposits, of which the journal may have brought back some.
func whole(t *testing.T, dir string, n, most int) {
	t.Helper()
	s := reopen(t, dir, Options{Ballast: -1})
	defer func() { _ = s.Close() }()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := s.List(t.Context(), Query{})
	if err != nil || len(all) != n {
		t.Fatalf("%d of %d deposits: %v", len(all), n, err)
	}
	for _, v := range s.Salvaged() {
		if v.FromJournal+v.Corrected > most {
			t.Fatalf("%+v", v)
		}
	}
}
