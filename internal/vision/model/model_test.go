package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

func TestDefault(t *testing.T) {
	t.Parallel()
	m := Default()
	sum := sha256.Sum256(m.Bytes)
	if got := hex.EncodeToString(sum[:]); got != m.SHA256 {
		t.Errorf("sha256 of the embedded weights: got %s, want %s", got, m.SHA256)
	}
	for _, want := range []string{m.SHA256, m.Name, "CC BY 4.0", "all-plastic-bottle", "can2-vuaad", "0.869 / 0.584"} {
		if !strings.Contains(m.Card, want) {
			t.Errorf("the model card does not say %q", want)
		}
	}
}

func TestLabelsAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	var want []string
	for i, label := range Default().Labels {
		want = append(want, fmt.Sprintf("%d: '%s'", i, label))
	}
	names := onnxtest.Pair{Key: "names", Value: "{" + strings.Join(want, ", ") + "}"}
	if all := onnxtest.Read(t, Default().Bytes).Metadata; !slices.Contains(all, names) {
		t.Errorf("the file says %v, want %v", all, names)
	}
}

// Tests rewrite an export of fixed size; it must be the same detector as the one that ships.
func TestTheFixedExportHasTheSameWeights(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "beverage-nano-320.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	fixed, shipped := weightsOf(onnxtest.Read(t, data)), weightsOf(onnxtest.Read(t, Default().Bytes))
	if len(fixed) < 100 || !maps.EqualFunc(fixed, shipped, bytes.Equal) {
		t.Errorf("%d weights of the fixed export, %d of the shipped file, not all alike: export both from one checkpoint", len(fixed), len(shipped))
	}
}

func weightsOf(m onnxtest.Model) map[string][]byte {
	all := map[string][]byte{}
	for _, c := range m.Graph.Constants {
		if c.Type == onnxtest.Float32 && len(c.Dims) > 0 {
			all[c.Name] = c.Raw
		}
	}
	return all
}
