package outbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func BenchmarkAdd(b *testing.B) {
	for _, c := range []Class{Deposit, Detection} {
		b.Run(string(c), func(b *testing.B) {
			s, err := Open(b.Context(), b.TempDir(), Options{Ballast: -1})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			n := deposit("", "o", "")
			n.Class, n.Payload = c, []byte(strings.Repeat("x", 700))
			if c == Detection {
				n.Order = ""
			}
			b.ResetTimer()
			for i := range b.N {
				n.Key = fmt.Sprint("key", i)
				if _, _, err := s.Add(b.Context(), n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkClaim sends one deposit while many others wait behind one that is uncertain.
func BenchmarkClaim(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir(), Options{Ballast: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.money.ExecContext(b.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		INSERT INTO entries (class, kind, key, profile, target, rvm, order_key, capture, fingerprint, coalesce_key, payload, sum, blob, size,
		created_wall, created_boot, created_up, state, ready, waits, once)
		SELECT 'deposit', 'deposit.create', i, 'p', 'http://a', 1, 'o', '', '', '', '', '', '', 0, 0, '', 0, 'pending', 1, 0, 0 FROM n`); err != nil {
		b.Fatal(err)
	}
	if _, err := s.money.ExecContext(b.Context(), "UPDATE entries SET state = 'uncertain' WHERE seq = 1"); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ResetTimer()
	for i := range b.N {
		if _, _, err := s.Add(b.Context(), deposit(fmt.Sprint("late", i), fmt.Sprint("other", i), "")); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		e, ok, err := s.Claim(b.Context(), Want{Profile: "p"})
		if err != nil || !ok {
			b.Fatal(ok, err)
		}
		b.StopTimer()
		if err := s.Refuse(b.Context(), e, Failure{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBacklog fills the outbox as a long time offline would.
func TestBacklog(t *testing.T) {
	deposits, detections := 500, 5000
	if soak() {
		deposits, detections = 100_000, 1_000_000
	}
	dir := t.TempDir()
	s := reopen(t, dir, Options{Ballast: -1})
	defer func() { _ = s.Close() }()
	began := time.Now()
	body := []byte(strings.Repeat("x", 700))
	for i := range deposits {
		d := deposit(fmt.Sprint("deposit", i), fmt.Sprint("order", i%500), fmt.Sprint("f", i))
		d.Payload = body
		add(t, s, d)
	}
	t.Logf("%d deposits in %s", deposits, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	for i := 0; i < detections; i += 1000 {
		var all []New
		for j := range 1000 {
			n := detection(fmt.Sprint("detection", i+j), 0)
			n.Payload, n.Capture = body, fmt.Sprint("capture", i+j)
			all = append(all, n)
		}
		if n, err := s.AddAll(t.Context(), all); err != nil || n != 1000 {
			t.Fatal(n, err)
		}
	}
	t.Logf("%d detections in %s", detections, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	opened := reopen(t, dir, Options{Ballast: -1})
	defer func() { _ = opened.Close() }()
	t.Logf("opened in %s", time.Since(began).Round(time.Millisecond))
	began = time.Now()
	counts, err := opened.Counts(t.Context())
	if took := time.Since(began); err != nil || len(counts) != 2 || took > 200*time.Millisecond && soak() {
		t.Errorf("%+v after %s: %v", counts, took, err)
	}
	began = time.Now()
	e, ok := claim(t, opened)
	if took := time.Since(began); !ok || e.Class != Deposit || took > 200*time.Millisecond && soak() {
		t.Errorf("%v %s was given out after %s", ok, e.Class, took)
	}
	var bytes int64
	for _, name := range []string{moneyFile, otherFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
		t.Logf("%s has %d MiB", name, info.Size()>>20)
		if info.Size() > 2<<30 {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
	}
	if peak := peakMemory(); peak > 0 {
		t.Logf("%d MiB of memory at most, %d MiB of files", peak>>20, bytes>>20)
		if peak > 64<<20 && soak() && os.Getenv("OUTBOX_ALONE") != "" {
			t.Errorf("%d bytes of memory", peak)
		}
	}
}

// peakMemory is the most that this process had in memory, 0 where the system does not say.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil || runtime.GOOS != "linux" {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.Fields(after + " 0")[0], 10, 64)
	return kib << 10
}

// BenchmarkOpen is what each short process pays.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for i := range b.N {
		s, err := Open(b.Context(), dir, Options{Ballast: -1})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.Add(b.Context(), deposit(fmt.Sprint("key", i), "o", "")); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
