package model

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func TestDefault(t *testing.T) {
	t.Parallel()
	m := Default()
	sum := sha256.Sum256(m.Bytes)
	if got := hex.EncodeToString(sum[:]); got != m.SHA256 {
		t.Errorf("sha256 of the embedded weights: got %s, want %s", got, m.SHA256)
	}
	for _, want := range []string{m.SHA256, m.Name, "CC BY 4.0", "all-plastic-bottle", "can2-vuaad", "0.735 / 0.428"} {
		if !strings.Contains(m.Card, want) {
			t.Errorf("the model card does not say %q", want)
		}
	}
}
