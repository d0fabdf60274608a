package platform

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type sample struct {
	ID    int64             `json:"deposit_id" wire:"id"`
	Small int               `json:"small"`
	Name  string            `json:"name"`
	Yes   bool              `json:"yes"`
	Ratio float64           `json:"ratio"`
	User  *int64            `json:"user"`
	At    time.Time         `json:"at"`
	Money Decimal           `json:"money"`
	List  []int             `json:"list"`
	Four  [4]float64        `json:"four"`
	Map   map[string]int    `json:"map"`
	Texts map[string]string `json:"texts"`
	Inner struct {
		X int `json:"x"`
	} `json:"inner"`
	Any     any `json:"any"`
	Ignored int `json:"-"`
	private int
}

func TestDecodeToleratesPHP(t *testing.T) {
	t.Parallel()
	seven := int64(7)
	tests := []struct {
		name, json string
		want       func(*sample)
	}{
		{"nothing", `{}`, func(*sample) {}},
		{"nothing as a list", `[]`, func(*sample) {}},
		{"an integer", `{"deposit_id":7}`, func(s *sample) { s.ID = 7 }},
		{"an integer as a string", `{"deposit_id":" 7 "}`, func(s *sample) { s.ID = 7 }},
		{"an integer with a fraction of zero", `{"small":3.0}`, func(s *sample) { s.Small = 3 }},
		{"an integer with an exponent", `{"small":1e1}`, func(s *sample) { s.Small = 10 }},
		{"the other key", `{"id":7}`, func(s *sample) { s.ID = 7 }},
		{"the other key beside a null", `{"deposit_id":null,"id":7}`, func(s *sample) { s.ID = 7 }},
		{"a number as a string", `{"name":12.50}`, func(s *sample) { s.Name = "12.50" }},
		{"one as true", `{"yes":1}`, func(s *sample) { s.Yes = true }},
		{"a string as true", `{"yes":"1"}`, func(s *sample) { s.Yes = true }},
		{"zero as false", `{"yes":0}`, func(*sample) {}},
		{"an empty string as false", `{"yes":""}`, func(*sample) {}},
		{"a float as a string", `{"ratio":"0.5"}`, func(s *sample) { s.Ratio = 0.5 }},
		{"a pointer", `{"user":"7"}`, func(s *sample) { s.User = &seven }},
		{"a null pointer", `{"user":null}`, func(*sample) {}},
		{"a date", `{"at":"2025-09-26 17:33:04"}`, func(s *sample) { s.At = time.Date(2025, 9, 26, 17, 33, 4, 0, time.UTC) }},
		{"an empty date", `{"at":""}`, func(*sample) {}},
		{"money", `{"money":"1.50"}`, func(s *sample) { s.Money = NewDecimal(15, -1) }},
		{"a list", `{"list":[1,"2"]}`, func(s *sample) { s.List = []int{1, 2} }},
		{"a list with holes", `{"list":{"10":2,"3":1}}`, func(s *sample) { s.List = []int{1, 2} }},
		{"a list in a string", `{"list":"[1,2]"}`, func(s *sample) { s.List = []int{1, 2} }},
		{"an empty list", `{"list":[]}`, func(s *sample) { s.List = []int{} }},
		{"an empty map as a list", `{"map":[]}`, func(s *sample) { s.Map = map[string]int{} }},
		{"a map", `{"map":{"a":"1"}}`, func(s *sample) { s.Map = map[string]int{"a": 1} }},
		{"an object in a string", `{"inner":"{\"x\":1}"}`, func(s *sample) { s.Inner.X = 1 }},
		{"an object as an empty list", `{"inner":[]}`, func(*sample) {}},
		{"an object as an empty list in a string", `{"inner":"[]"}`, func(*sample) {}},
		{"a map as an empty list in a string", `{"map":"[]"}`, func(s *sample) { s.Map = map[string]int{} }},
		{"a date without a zone", `{"at":"2025-09-26T17:33:04.5"}`, func(s *sample) { s.At = time.Date(2025, 9, 26, 17, 33, 4, 5e8, time.UTC) }},
		{"four numbers", `{"four":[1,2,3,4.5]}`, func(s *sample) { s.Four = [4]float64{1, 2, 3, 4.5} }},
		{"anything", `{"any":{"a":null}}`, func(s *sample) { s.Any = map[string]any{"a": nil} }},
		{"unknown keys", `{"other":1,"private":1,"Ignored":1,"-":1}`, func(*sample) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got, want sample
			tt.want(&want)
			v, err := parseJSON([]byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if err := decode(v, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeSaysWhereAShapeIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ json, want string }{
		{`{"deposit_id":"x"}`, "deposit_id: a string where a whole number belongs"},
		{`{"deposit_id":1.5}`, "deposit_id: a number where a whole number belongs"},
		{`{"deposit_id":99999999999999999999}`, "deposit_id: a number where a whole number belongs"},
		{`{"deposit_id":1e999999}`, "deposit_id: a number where a whole number belongs"},
		{`{"deposit_id":{}}`, "deposit_id: an object where a whole number belongs"},
		{`{"name":[]}`, "name: a list where a text belongs"},
		{`{"yes":"perhaps"}`, "yes: a string where true or false belongs"},
		{`{"at":"banana"}`, `at: "banana" is not a date and time`},
		{`{"at":5}`, "at: a number is not a date and time"},
		{`{"list":[1,{}]}`, "list.1: an object where a whole number belongs"},
		{`{"list":{"a":1}}`, "list: an object where a list belongs"},
		{`{"map":[1]}`, "map: a list where an object belongs"},
		{`{"four":[1,2]}`, "four: 2 values where 4 belong"},
		{`{"inner":[1]}`, "inner: a list where an object belongs"},
		{`{"ratio":"x"}`, `ratio: "x" is not a decimal number`},
		{`5`, "a number where an object belongs"},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			t.Parallel()
			v, err := parseJSON([]byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			var s sample
			if err := decode(v, &s); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParseJSONIsBounded(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"deep lists":       strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"deep objects":     strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
		"hordes of values": "[" + strings.Repeat("[],", 300_000) + "1]",
		"trailing bytes":   `{} x`,
		"two values":       `{}{}`,
		"nothing":          ``,
		"half a string":    `"a`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parseJSON([]byte(raw)); err == nil {
				t.Error("accepted")
			}
		})
	}
	quoted, _ := json.Marshal(strings.Repeat(`["{`, 1000))
	for _, raw := range []string{strings.Repeat("[", 64) + strings.Repeat("]", 64), string(quoted), " {} \n"} {
		if _, err := parseJSON([]byte(raw)); err != nil {
			t.Errorf("%.40s: %v", raw, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"deposit_id":"7","four":[1,2,3,4],"list":"[1]","map":{"a":"1"}}`,
		`{"success":true,"data":{"current_page":1,"data":[{"id":1,"detections":"[{\"class\":\"x\",\"bbox\":[1,2,3,4]}]"}]}}`,
		`{"success":true,"data":{"sessions":[],"pagination":{"total":"3"}}}`,
		`{"list":{"1":1,"01":2}}`, `{"inner":"{\"x\":\"[\"}"}`, `[[[[1e40]]]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := parseJSON(raw)
		if err != nil {
			return
		}
		var s sample
		_ = decode(v, &s)
		a, _ := openEnvelope(v)
		_, _ = decodePage[Deposit](a)
		_, _ = decodePage[DetectionResult](a)
		_, _ = decodePage[Engine](a)
		_, _ = decodePage[RVM](a)
		_, _ = decodeMetrics(a)
		var status rvmStatusWire
		if decode(a.data, &status) == nil {
			_ = status.status()
		}
	})
}
