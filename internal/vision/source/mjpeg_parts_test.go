package source

import (
	"bytes"
	"errors"
	"io"
	"log"
	"strings"
	"testing"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestPartsAreFoundBehindAWrongLength(t *testing.T) {
	t.Parallel()
	body := "--x\r\nContent-Length: 3\r\n\r\nlonger than it says\r\n--x\r\nContent-Length: 4\r\n\r\nfour\r\n--x\r\n\r\nto the\nmark\r\n--x--\r\n"
	r, err := newPartReader(strings.NewReader(body), "x", 1<<20, newShelf())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"lon", "four", "to the\nmark"} {
		got, spoilt, err := r.next()
		if err != nil || spoilt != "" || string(got) != want {
			t.Errorf("got %q, %s, %v; want %q", got, spoilt, err, want)
		}
	}
	for range 2 {
		if _, _, err := r.next(); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	}
}

// TestAClaimIsNotAllocated reads a part that says 20 MiB and has 4 bytes.
func TestAClaimIsNotAllocated(t *testing.T) {
	shelf := newShelf()
	r, err := newPartReader(strings.NewReader("--x\r\nContent-Length: 20000000\r\n\r\nfour"), "x", 20<<20, shelf)
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(1, func() {
		if _, _, err := r.next(); err == nil {
			t.Error("there is no such part")
		}
	})
	if allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}

func FuzzParts(f *testing.F) {
	f.Add([]byte("--x\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nfour\r\n--x\r\n\r\nmore\r\n--x--"), "x")
	f.Add([]byte("--x\n\n\n--x\n\n--x\nContent-Length: 0\n\n"), "x")
	f.Add([]byte("--y\r\nContent-Length: 9999\r\n\r\n"), "--y")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		const limit = 1 << 16
		r, err := newPartReader(bytes.NewReader(body), boundary, limit, newShelf())
		if err != nil {
			return
		}
		total := 0
		for {
			data, _, err := r.next()
			if err != nil {
				return
			}
			// A line more than the limit may have been taken before it was noticed.
			if total += len(data); total > len(body) || len(data) > limit+maxLine {
				t.Fatalf("%d bytes, %d together, of %d", len(data), total, len(body))
			}
		}
	})
}

func FuzzContentType(f *testing.F) {
	f.Add("multipart/x-mixed-replace; boundary=--a:b")
	f.Add("image/jpeg")
	f.Fuzz(func(t *testing.T, header string) {
		kind, boundary, err := contentType(header)
		if err == nil && strings.HasPrefix(kind, "multipart/") && boundary == "" {
			t.Errorf("%q: no boundary", header)
		}
	})
}
