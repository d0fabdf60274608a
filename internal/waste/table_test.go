package waste

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLookupFoldsSpelling(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"bottle": "plastic", "Plastic_Bottle": "plastic", "can": "metal", "ALUMINIUM-CAN": "metal", "wine glass": "glass",
		"book": "paper", "person": "", "": "",
	} {
		row, ok := Default().Lookup(label)
		if ok != (want != "") || row.Type != want {
			t.Errorf("%q: got %q %t, want %q", label, row.Type, ok, want)
		}
	}
}

func TestBuiltInRowsArePossible(t *testing.T) {
	t.Parallel()
	table := Default()
	for _, label := range table.Labels() {
		row, _ := table.Lookup(label)
		if !slices.Contains(Types(), row.Type) || row.Weight.LessThan(minWeight) || row.Weight.GreaterThan(maxWeight) {
			t.Errorf("%s: %s of %s kg cannot be a deposit", label, row.Type, row.Weight)
		}
	}
}

func TestReadLaysTheSiteOverTheBuiltInTable(t *testing.T) {
	t.Parallel()
	table, err := Read("site.yaml", strings.NewReader("labels:\n  Bottle: {waste_type: glass, weight: 0.35}\n  keg: {waste_type: metal, weight: 1.25}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{"bottle": "glass 0.35", "keg": "metal 1.25", "can": "metal 0.015"} {
		row, _ := table.Lookup(label)
		if got := row.Type + " " + row.Weight.String(); got != want {
			t.Errorf("%s: got %s, want %s", label, got, want)
		}
	}
	if table.Source != "site.yaml" {
		t.Errorf("got source %q", table.Source)
	}
}

func TestASiteSwitchesALabelOff(t *testing.T) {
	t.Parallel()
	table, err := Read("site.yaml", strings.NewReader("labels: {Book: {waste_type: none}}"))
	if err != nil {
		t.Fatal(err)
	}
	if row, ok := table.Lookup("book"); ok || slices.Contains(table.Labels(), "book") {
		t.Errorf("a book is still %+v", row)
	}
	if _, ok := table.Lookup("can"); !ok {
		t.Error("the other labels are gone too")
	}
}

func TestReadRefusesInWords(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"an unknown waste type":       "labels: {keg: {waste_type: bottle, weight: 1}}",
		"a label that is there twice": "labels: {Tin_Can: {waste_type: metal, weight: 1}, tin can: {waste_type: glass, weight: 1}}",
		"a missing weight":            "labels: {keg: {waste_type: metal}}",
		"a weight of nothing":         "labels: {keg: {waste_type: metal, weight: 0}}",
		"a weight beyond a person":    "labels: {keg: {waste_type: metal, weight: 100.001}}",
		"a number of great length":    "labels: {keg: {waste_type: metal, weight: 1e999999999}}",
		"an unknown key":              "labels: {keg: {waste_type: metal, weight: 1, colour: red}}",
		"no mapping":                  "- a\n- b\n",
		"a whole encyclopedia":        strings.Repeat("#", maxFile+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Read("site.yaml", strings.NewReader(text))
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "site.yaml") {
				t.Errorf("got %v, want a refusal that names the file", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("labels: {keg: {waste_type: metal, weight: 1}}")
	f.Add("labels: &a {x: *a}")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := Read("f", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, label := range table.Labels() {
			row, _ := table.Lookup(label)
			if !slices.Contains(Types(), row.Type) || row.Weight.LessThan(minWeight) || row.Weight.GreaterThan(maxWeight) {
				t.Fatalf("accepted %q as %+v", label, row)
			}
		}
	})
}

func TestReadSaysWhereAFileIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"labels: {can: {waste_type: metal, weight: 1, wieght: 2}}": "line 1: field wieght not found",
		"label: {}": "line 1: field label not found",
		"[]":        "line 1: cannot unmarshal !!seq",
	} {
		if _, err := Read("f", strings.NewReader(text)); err == nil || err.Error() != "waste table f is not a table of labels: "+want {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
