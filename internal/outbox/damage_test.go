package outbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled makes an outbox of n deposits, every third of them done, and closes it.
func filled(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	s := reopen(t, dir, Options{Ballast: -1})
	for i := range n {
		d := deposit(fmt.Sprint("key-", i), fmt.Sprint("order-", i), "")
		d.Payload = []byte(`{"n":` + fmt.Sprint(i) + `,"text":"` + strings.Repeat("x", 600) + `"}`)
		add(t, s, d)
		if i%3 == 0 {
			e, _, err := s.Claim(t.Context(), Want{Profile: "p", Key: d.Key})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Deliver(t.Context(), e, fmt.Sprint(i), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// damage spoils a copy of an outbox and sees that all its deposits are there afterwards, as they were put in.
func damage(t *testing.T, from string, n int, spoil func([]byte) []byte) (noticed bool) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, moneyFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := spoil(bytes.Clone(whole))
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	said := ""
	o := Options{Ballast: -1, Warn: func(text string) { said += text + "\n" }}
	s := reopen(t, dir, o)
	if s.Check(t.Context()) != nil {
		// It was no damage that the quick look finds; the next one looks at everything.
		_ = s.Close()
		s = reopen(t, dir, o)
	}
	defer func() { _ = s.Close() }()
	all, err := s.List(t.Context(), Query{Limit: n + 10})
	if err != nil || len(all) != n {
		t.Fatalf("%d of %d deposits: %v\n%s", len(all), n, err, said)
	}
	for _, e := range all {
		var i int
		if _, err := fmt.Sscanf(e.Key, "key-%d", &i); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(e.Payload, []byte(`{"n":`+fmt.Sprint(i)+",")) || (i%3 == 0) != (e.State == Done) || i%3 == 0 && e.ServerID != fmt.Sprint(i) {
			t.Fatalf("%s is %s under %q: %.20s", e.Key, e.State, e.ServerID, e.Payload)
		}
	}
	restored := s.Salvaged()
	if len(restored) == 0 {
		return false
	}
	if said == "" {
		t.Fatal("nothing was said")
	}
	if len(bad) == 0 {
		return true
	}
	if kept, err := os.ReadFile(restored[0].Kept); err != nil || len(kept) == 0 {
		t.Fatalf("the damaged file was not kept: %v", err)
	}
	return true
}

func TestDamageLosesNoDeposit(t *testing.T) {
	const n = 120
	from := filled(t, n)
	random := rand.New(rand.NewPCG(1, 2))
	for name, spoil := range map[string]func([]byte) []byte{
		"a hole":        func(b []byte) []byte { clear(b[len(b)/2 : len(b)/2+8192]); return b },
		"a hole ahead":  func(b []byte) []byte { clear(b[:8192]); return b },
		"cut in half":   func(b []byte) []byte { return b[:len(b)/2] },
		"garbage":       func(b []byte) []byte { return bytes.Repeat([]byte("garbage "), len(b)/8) },
		"nothing":       func([]byte) []byte { return nil },
		"another's":     func([]byte) []byte { return []byte("SQLite format 3\x00") },
		"many bits":     func(b []byte) []byte { return flip(b, random, 1000) },
		"a page's bits": func(b []byte) []byte { flip(b[len(b)/8192*4096:][:4096], random, 100); return b },
	} {
		t.Run(name, func(t *testing.T) {
			if !damage(t, from, n, spoil) {
				t.Error("it was silent")
			}
		})
	}
	t.Run("cut anywhere", func(t *testing.T) {
		for range 20 {
			if at := random.Float64(); !damage(t, from, n, func(b []byte) []byte { return b[:int(at*float64(len(b)-1))] }) && at > 0.001 {
				t.Errorf("cut at %.3f it was silent", at)
			}
		}
	})
	t.Run("single bits", func(t *testing.T) {
		rounds, noticed := 12, 0
		if soak() {
			rounds = 1000
		}
		for range rounds {
			if damage(t, from, n, func(b []byte) []byte { return flip(b, random, 1) }) {
				noticed++
			}
		}
		// The others hit bytes that mean nothing, such as the free part of a page.
		t.Logf("%d of %d single bits were noticed, and no deposit was lost or changed by any", noticed, rounds)
	})
}

func flip(b []byte, random *rand.Rand, n int) []byte {
	for range n {
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
	}
	return b
}

func TestJournalOfADifferentMachine(t *testing.T) {
	from := filled(t, 30)
	path := filepath.Join(from, journalDir, "deposits-000001.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	text = append(text, `{"line":{"at":1,"ent`...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := reopen(t, dir, small)
	defer func() { _ = s.Close() }()
	r, err := s.Rebuild(t.Context(), filepath.Join(from, journalDir))
	if err != nil || r.Damaged != 1 || r.Total() < 29 {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err := s.Rebuild(t.Context()); err != nil || r.Total() != 0 || r.There < 29 {
		t.Fatalf("its own journal does not know what was brought back: %+v %v", r, err)
	}
}
