package terminal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type spot struct {
	City string `json:"city" doc:"where it is"`
}

type base struct {
	ID   int64  `json:"id" doc:"number"`
	Kind string `json:"kind" doc:"hidden by a field of its own"`
}

type letter string

// MarshalText makes it text whatever it is.
func (l letter) MarshalText() ([]byte, error) { return []byte(l), nil }

type everything struct {
	base
	Kind    letter              `json:"kind" doc:"a word"`
	At      time.Time           `json:"at,omitzero" doc:"when"`
	Price   *float64            `json:"price" doc:"rupiah"`
	Maybe   *spot               `json:"maybe,omitempty" doc:"left out"`
	Places  []spot              `json:"places" doc:"some"`
	Grid    [][]spot            `json:"grid" doc:"rows of them"`
	Box     [4]float32          `json:"box" doc:"x1,y1,x2,y2"`
	Words   map[string][]string `json:"words" doc:"for each field"`
	Foreign json.RawMessage     `json:"foreign" doc:"as it came"`
	Any     any                 `json:"any" doc:"whatever"`
	Above   *everything         `json:"above,omitempty" doc:"another one"`
	Hidden  int                 `json:"-"`
	unseen  int
}

func (everything) Text(*Page) {}

func TestATypeIsListedAsJSONShowsIt(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range DocumentOf(everything{unseen: 1}).Paths() {
		got = append(got, p.Path+" | "+p.Kind+" | "+p.Doc)
	}
	want := []string{
		"schema_version | number | version of the fields; within one they are only added",
		"endpoint | text, may be absent | address of the platform that answered last, where two are set",
		"id | number | number",
		"kind | text | a word",
		"at | time, may be absent | when",
		"price | number or null | rupiah",
		"maybe | object, may be absent | left out",
		"maybe.city | text | where it is",
		"places | list of object | some",
		"places[].city | text | where it is",
		"grid | list of list of object | rows of them",
		"grid[][].city | text | where it is",
		"box | list of number | x1,y1,x2,y2",
		"words | object | for each field",
		"foreign | anything | as it came",
		"any | anything | whatever",
		"above | anything, may be absent | another one",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestASchemaSaysWhatMayBeMissingAndWhatMayBeNull(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(SchemaOf(DocumentOf(everything{}), "a title", "a sentence"))
	if err != nil {
		t.Fatal(err)
	}
	got := string(raw)
	for _, want := range []string{
		`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"a title","description":"a sentence","type":"object","properties":{"schema_version":`,
		`"schema_version":{"description":"version of the fields; within one they are only added","type":"integer","const":1}`,
		`"at":{"description":"when","type":"string","format":"date-time"}`,
		`"price":{"description":"rupiah","type":["number","null"]}`,
		`"maybe":{"description":"left out","type":"object",`,
		`"box":{"description":"x1,y1,x2,y2","type":"array","items":{"type":"number"},"minItems":4,"maxItems":4}`,
		`"words":{"description":"for each field","type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}}`,
		`"foreign":{"description":"as it came"}`,
		`"required":["schema_version","id","kind","price","places","grid","box","words","foreign","any"]`,
		`"additionalProperties":true}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s\nin %s", want, got)
		}
	}
}

func TestFieldsAreSelectedByTheirPaths(t *testing.T) {
	t.Parallel()
	const doc = `{"schema_version":1,"id":7,"kind":"a","price":null,"places":[{"city":"x","n":1},{"city":"y"}],"grid":[[{"city":"z"}],[]],` +
		`"words":{"a":["b"],"c":["d"]},"foreign":{"p":[{"q":1,"r":2}]},"any":"text"}`
	for _, test := range []struct{ name, fields, want string }{
		{"one", "id", `{"schema_version":1,"id":7}`},
		{"in the document's order", "price, kind,id", `{"schema_version":1,"id":7,"kind":"a","price":null}`},
		{"through a list", "places.city", `{"schema_version":1,"places":[{"city":"x"},{"city":"y"}]}`},
		{"with brackets", "places[].city", `{"schema_version":1,"places":[{"city":"x"},{"city":"y"}]}`},
		{"through lists of lists", "grid.city", `{"schema_version":1,"grid":[[{"city":"z"}],[]]}`},
		{"the whole is more than a part", "places.city,places", `{"schema_version":1,"places":[{"city":"x","n":1},{"city":"y"}]}`},
		{"in either order", "places,places.city", `{"schema_version":1,"places":[{"city":"x","n":1},{"city":"y"}]}`},
		{"below a map, unchecked", "words.c", `{"schema_version":1,"words":{"c":["d"]}}`},
		{"below foreign JSON, unchecked", "foreign.p.q,foreign.x.y", `{"schema_version":1,"foreign":{"p":[{"q":1}]}}`},
		{"below foreign JSON that is no object", "any.thing", `{"schema_version":1,"any":"text"}`},
		{"what is absent stays absent", "at", `{"schema_version":1}`},
		{"the version alone", "schema_version", `{"schema_version":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := DocumentOf(everything{}).Select(test.fields)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Pick([]byte(doc))
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestAWrongFieldIsAnsweredWithSimilarOnes(t *testing.T) {
	t.Parallel()
	for asked, first := range map[string]string{
		"kin": "kind", "forei": "foreign", "city": "maybe.city", "place.city": "places.city", "ID": "id", "kind[]": "kind", "": "schema_version",
		"id.x": "", "places.town": "", "at.year": "", "id..x": "", "places.": "", "[]": "", strings.Repeat("a.", 200) + "a": "",
	} {
		_, err := DocumentOf(everything{}).Select(asked)
		var unknown *FieldError
		if !errors.As(err, &unknown) || unknown.Field != asked {
			t.Errorf("%.20q: got %v", asked, err)
			continue
		}
		if first != "" && unknown.Known[0] != first || len(unknown.Known) != 17 {
			t.Errorf("%.20q: the nearest are %v, want %s first", asked, unknown.Known, first)
		}
	}
}

func FuzzSelect(f *testing.F) {
	f.Add("id,places[].city", []byte(`{"id":1,"places":[{"city":"a"}]}`))
	f.Add("foreign.a.b", []byte(`{"foreign":{"a":[{"b":1}]}}`))
	f.Fuzz(func(t *testing.T, fields string, doc []byte) {
		of := DocumentOf(everything{})
		s, err := of.Select(fields)
		if err != nil || !json.Valid(doc) {
			return
		}
		_ = s.Of(of)
		picked, err := s.Pick([]byte(strings.TrimSpace(string(doc))))
		if err == nil && !json.Valid(picked) {
			t.Fatalf("%q of %q is %q", fields, doc, picked)
		}
	})
}

func TestDistanceCountsWrongLetters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"total", "total", 0}, {"total", "totl", 1}, {"status", "stauts", 2}, {"a", "abc", 2}, {"id", "a_long_name", similar}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) is %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
