package waste

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"go.yaml.in/yaml/v3"
)

// Bounds of a site's table.
const (
	maxFile   = 1 << 20
	maxLabels = 10_000
)

// The platform's limits for the weight of one deposit, in kilograms.
var (
	minWeight = decimal.RequireFromString("0.001")
	maxWeight = decimal.RequireFromString("100")
)

// siteRow is one row as a site writes it. The weight is text so that no digit is lost on the way.
type siteRow struct {
	Type   string    `yaml:"waste_type"`
	Weight yaml.Node `yaml:"weight"`
}

// Read lays a site's rows over the built-in table. The file is YAML:
//
//	labels:
//	  bottle: {waste_type: plastic, weight: 0.025}
//	  keg:    {waste_type: metal, weight: 1.2}
//
// name is only used in messages. Its errors are *Error.
func Read(name string, r io.Reader) (Table, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Table{}, &Error{File: name, Reason: "cannot be read: " + err.Error()}
	}
	if len(raw) > maxFile {
		return Table{}, &Error{File: name, Reason: "is larger than 1 MiB"}
	}
	var site struct {
		Labels map[string]siteRow `yaml:"labels"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&site); err != nil && !errors.Is(err, io.EOF) {
		line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: "), "\n")
		return Table{}, &Error{File: name, Reason: "is not a table of labels: " + line}
	}
	if len(site.Labels) > maxLabels {
		return Table{}, &Error{File: name, Reason: "has more than 10000 labels"}
	}
	rows := make(map[string]Row, len(site.Labels))
	for label, s := range site.Labels {
		row, reason := s.row()
		if reason != "" {
			return Table{}, &Error{File: name, Label: label, Reason: reason}
		}
		rows[fold(label)] = row
	}
	return Default().with(name, rows), nil
}

func (s siteRow) row() (Row, string) {
	if !slices.Contains(Types(), s.Type) {
		return Row{}, "needs a waste_type out of " + strings.Join(Types(), ", ")
	}
	// A long number is refused before it is parsed: an exponent could name one with a billion digits.
	if len(s.Weight.Value) > 20 || strings.ContainsAny(s.Weight.Value, "eE") {
		return Row{}, "needs a weight in kilograms such as 0.025"
	}
	kg, err := decimal.NewFromString(s.Weight.Value)
	if err != nil || kg.LessThan(minWeight) || kg.GreaterThan(maxWeight) {
		return Row{}, "needs a weight from 0.001 to 100 kg"
	}
	return Row{Type: s.Type, Weight: kg}, ""
}
