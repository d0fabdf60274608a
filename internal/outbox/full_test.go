package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func detection(key string, size int) New {
	return New{Class: Detection, Kind: "detection", Key: key, Profile: "p", Target: "http://a", Payload: []byte(strings.Repeat("d", size))}
}

func TestQuotas(t *testing.T) {
	s := reopen(t, t.TempDir(), Options{Ballast: -1, MaxBytes: 1 << 20, MaxDepositBytes: 1 << 20, MaxPictureBytes: 2500})
	defer func() { _ = s.Close() }()
	ctx := t.Context()
	for i := range 1000 {
		if _, _, err := s.Add(ctx, detection(fmt.Sprint("d", i), 4000)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(ctx, "d999"); err != nil {
		t.Fatal("the newest detection is gone")
	}
	lost, err := s.Dropped(ctx)
	if err != nil || len(lost) != 1 || lost[0].Entries < 700 || lost[0].Last.IsZero() {
		t.Fatalf("%+v %v", lost, err)
	}
	var full *FullError
	n := 0
	for ; n < 1000; n++ {
		d := deposit(fmt.Sprint(n), fmt.Sprint(n), "")
		d.Payload = []byte(strings.Repeat("d", 4000))
		if _, _, err := s.Add(ctx, d); err != nil {
			if !errors.As(err, &full) || full.Class != Deposit {
				t.Fatal(err)
			}
			break
		}
	}
	if n < 100 || n == 1000 {
		t.Fatalf("%d deposits went in", n)
	}
	for i := range n {
		e, ok := claim(t, s)
		if !ok {
			t.Fatalf("%d of %d were given out", i, n)
		}
		if err := s.Deliver(ctx, e, e.Key, []byte(strings.Repeat("r", 100))); err != nil {
			t.Fatalf("no room to settle: %v", err)
		}
	}
	picture := func(i int, capture string) error {
		sum, size, err := s.Spool(ctx, strings.NewReader(fmt.Sprintf("%01000d", i)), 1000)
		if err != nil {
			return err
		}
		p := New{Class: Picture, Kind: "picture", Key: fmt.Sprint("p", i), Profile: "p", Target: "http://a", Capture: capture, Blob: sum, BlobSize: size}
		_, _, err = s.Add(ctx, p)
		return err
	}
	if _, err := s.Prune(ctx); err != nil {
		t.Fatal(err)
	}
	money, err := Open(ctx, s.Dir(), Options{Ballast: -1, MaxPictureBytes: 2500})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = money.Close() }()
	d := deposit("with-capture", "", "")
	d.Capture = "c"
	add(t, money, d)
	for i, capture := range []string{"c", "x", "y"} {
		if err := picture(i, capture); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(ctx, "p0"); err != nil {
		t.Fatal("the picture of an open deposit was dropped")
	}
	var missing *NotFoundError
	if e, err := s.Get(ctx, "p1"); !errors.As(err, &missing) {
		t.Fatalf("%+v %v", e, err)
	}
	if files, _ := os.ReadDir(s.Dir() + "/" + picturesDir); len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
}

func init() {
	children["fill"] = fillUp
}

// fillUp puts deposits in until there is no room, and settles what it has claimed before.
func fillUp(ctx context.Context, dir string) error {
	unlimited, err := limitFiles()
	if err != nil {
		return err
	}
	defer unlimited()
	ballast := int64(6 << 20)
	if os.Getenv("OUTBOX_LIMIT") != "" {
		ballast = 1 << 20
	}
	s, err := Open(ctx, dir, Options{Floor: -1, Ballast: ballast, Warn: func(text string) { fmt.Println("warning", text) }})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, _, err := s.Add(ctx, deposit("first", "first", "")); err != nil {
		return err
	}
	fmt.Println("added first")
	e, ok, err := s.Claim(ctx, Want{Profile: "p"})
	if err != nil || !ok {
		return errors.Join(err, errors.New("nothing to claim"))
	}
	for i := 0; ; i++ {
		key := fmt.Sprint("key", i)
		d := deposit(key, "o", "")
		d.Payload = []byte(strings.Repeat("d", 3000))
		_, _, err := s.Add(ctx, d)
		var full *FullError
		if errors.As(err, &full) {
			break
		}
		if err != nil {
			return err
		}
		fmt.Println("added", key)
	}
	fmt.Println("full")
	if err := s.Deliver(ctx, e, "1", []byte(strings.Repeat("r", 3000))); err != nil {
		fmt.Println("unsettled", err)
	} else {
		fmt.Println("settled")
	}
	return nil
}

// afterFull sees that what a child was told holds once there is room again.
func afterFull(t *testing.T, dir string, out []byte) {
	t.Helper()
	s := reopen(t, dir, Options{Floor: -1, Ballast: -1})
	defer func() { _ = s.Close() }()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, text := range strings.Split(string(out), "\n") {
		if key, ok := strings.CutPrefix(text, "added "); ok {
			n++
			if _, err := s.Get(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 10 || !strings.Contains(string(out), "full\n") {
		t.Fatalf("%d went in:\n%.500s", n, out)
	}
	all, err := s.List(t.Context(), Query{Class: Deposit})
	if err != nil || len(all) != n {
		t.Fatalf("%d of %d: %v", len(all), n, err)
	}
	add(t, s, deposit("again", "again", ""))
	t.Logf("%d deposits went in before it was full", n)
}

func TestFilesThatMayNotGrow(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, os.Args[0], "fill", dir, "OUTBOX_LIMIT=1500000").Output()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	afterFull(t, dir, out)
}

// TestFullDisk fills a small file system of its own. Only the ballast lets it settle then.
func TestFullDisk(t *testing.T) {
	dir, back := t.TempDir(), t.TempDir()
	script := `mount -t tmpfs -o size=16m tmpfs "$0" && "$1" && rm -f "$0/ballast" && cp -a "$0/." "$2/"`
	cmd := exec.CommandContext(t.Context(), "unshare", "-Urm", "sh", "-c", script, dir, os.Args[0], back)
	if exec.CommandContext(t.Context(), "unshare", "-Urm", "sh", "-c", `mount -t tmpfs tmpfs "$0"`, dir).Run() != nil {
		t.Skip("this system lets nobody mount a file system of their own, so a full disk was not tried")
	}
	cmd.Env = append(os.Environ(), childVar+"=fill", dirVar+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	if !strings.Contains(string(out), "\nsettled\n") || !strings.Contains(string(out), "set aside is being used") {
		t.Fatalf("what was sent could not be settled: %s", out[max(0, len(out)-600):])
	}
	afterFull(t, back, out)
}
