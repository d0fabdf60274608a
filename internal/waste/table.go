// Package waste translates what a model says into what the platform pays for: label to waste type, with the typical weight of
// one item for machines without a scale. It is the one such table. It refuses to know the wire, the camera and the money.
package waste

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Types are the waste types that the platform pays for, exactly as it spells them.
func Types() []string { return []string{"plastic", "glass", "metal", "paper", "mixed"} }

// Row says what one label is worth knowing as.
type Row struct {
	// Type is one of Types.
	Type string
	// Weight is the typical weight of one empty item in kilograms; it is assumed where no scale says better.
	Weight decimal.Decimal
}

// Table maps labels to rows. Labels are compared without regard to case, and space, hyphen and underscore are the same.
type Table struct {
	// Source names where the table came from, for people: "built in", or a file.
	Source string

	// rows has a row without a type for a label that a site has switched off.
	rows map[string]Row
}

// Default is the table inside rvmctl. The weights are those of common empty containers: a 0.6 l PET bottle, a 0.33 l
// aluminium can, a 0.33 l glass bottle.
func Default() Table {
	row := func(kind, kg string) Row { return Row{Type: kind, Weight: decimal.RequireFromString(kg)} }
	bottle, can, glass, paper := row("plastic", "0.02"), row("metal", "0.015"), row("glass", "0.2"), row("paper", "0.03")
	return Table{Source: "built in", rows: map[string]Row{
		"bottle": bottle, "pet": bottle, "plastic bottle": bottle, "cup": row("plastic", "0.01"),
		"can": can, "tin": row("metal", "0.05"), "aluminum": can, "aluminium": can, "aluminum can": can, "aluminium can": can,
		"glass": glass, "jar": glass, "wine glass": glass, "glass bottle": glass,
		"paper": row("paper", "0.01"), "carton": paper, "cardboard": paper, "book": row("paper", "0.3"),
	}}
}

// Lookup finds the row of a label. A label without a row is no item: a hand or a face must never become money.
func (t Table) Lookup(label string) (Row, bool) {
	r, ok := t.rows[fold(label)]
	return r, ok && r.Type != ""
}

// Labels are the folded labels of the table's items, sorted.
func (t Table) Labels() []string {
	items := maps.Clone(t.rows)
	maps.DeleteFunc(items, func(_ string, r Row) bool { return r.Type == "" })
	return slices.Sorted(maps.Keys(items))
}

// with returns a copy with other rows on top.
func (t Table) with(source string, rows map[string]Row) Table {
	merged := maps.Clone(t.rows)
	maps.Copy(merged, rows)
	return Table{Source: source, rows: merged}
}

// fold makes labels of different spelling equal.
func fold(label string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(label), func(r rune) bool {
		return r == ' ' || r == '_' || r == '-'
	}), " ")
}

// Error says that a site's table cannot be used.
type Error struct {
	// File is the table; Label the row, or empty when the whole file is wrong; Reason what is wrong.
	File, Label, Reason string
}

func (e *Error) Error() string {
	if e.Label == "" {
		return fmt.Sprintf("waste table %s %s", e.File, e.Reason)
	}
	return fmt.Sprintf("waste table %s: label %q %s", e.File, e.Label, e.Reason)
}
