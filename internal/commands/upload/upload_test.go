package upload

import "testing"

func TestParseMeta(t *testing.T) {
	t.Parallel()
	got, err := parseMeta([]string{"camera=front", "note=a=b", "empty="})
	if err != nil || got["camera"] != "front" || got["note"] != "a=b" || got["empty"] != "" || len(got) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, pair := range []string{"camera", "=front", ""} {
		if _, err := parseMeta([]string{pair}); err == nil {
			t.Errorf("%q was accepted", pair)
		}
	}
}

func TestSizeIsInIECUnits(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 16859: "16 KiB", 10 << 20: "10 MiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
