package waste

import (
	"bytes"
	"errors"
	"io"
	"maps"
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

// noItem is the waste type by which a site says that a label is nothing to be paid for.
const noItem = "none"

// Read lays a site's rows over the built-in table. The file is YAML:
//
//	labels:
//	  bottle: {waste_type: plastic, weight: 0.025}
//	  keg:    {waste_type: metal, weight: 1.2}
//	  book:   {waste_type: none}
//
// A label of type none is no item, whatever the built-in table says.
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
		return Table{}, &Error{File: name, Reason: "is not a table of labels: " + firstFault(err)}
	}
	if len(site.Labels) > maxLabels {
		return Table{}, &Error{File: name, Reason: "has more than 10000 labels"}
	}
	rows := make(map[string]Row, len(site.Labels))
	for _, label := range slices.Sorted(maps.Keys(site.Labels)) {
		row, reason := site.Labels[label].row()
		if _, twice := rows[fold(label)]; twice {
			// Which of the two would be paid is nothing to leave to chance.
			reason = "is there twice: case, spaces, hyphens and underscores make no difference"
		}
		if reason != "" {
			return Table{}, &Error{File: name, Label: label, Reason: reason}
		}
		rows[fold(label)] = row
	}
	return Default().with(name, rows), nil
}

// firstFault is the line of a YAML error that says where and what, without the names of our types.
func firstFault(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line, _, _ = strings.Cut(line, " in type ")
	line, _, _ = strings.Cut(line, " into ")
	return line
}

func (s siteRow) row() (Row, string) {
	if s.Type == noItem {
		return Row{}, ""
	}
	if !slices.Contains(Types(), s.Type) {
		return Row{}, "needs a waste_type out of " + strings.Join(Types(), ", ") + ", or " + noItem
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
