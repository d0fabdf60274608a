package platform

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestATripFindsWhatIsLost makes sure that the comparison can fail.
func TestATripFindsWhatIsLost(t *testing.T) {
	t.Parallel()
	type inner struct {
		Weight Decimal `json:"weight"`
	}
	type model struct {
		ID     int64          `json:"id" wire:"number"`
		Name   string         `json:"name"`
		Price  *Decimal       `json:"price"`
		At     time.Time      `json:"at"`
		Key    Secret         `json:"key"`
		On     bool           `json:"on"`
		Rows   []inner        `json:"rows"`
		Labels map[string]int `json:"labels"`
		Any    any            `json:"any"`
	}
	half := mustDecimal(t, "0.50")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	kept := model{7, "x", &half, at, NewSecret("k"), true, []inner{{half}}, map[string]int{"a": 1}, "free"}
	const whole = `"id":"7","name":"x","price":0.5,"at":"2026-01-02T03:04:05.000000Z","key":"k","on":1,"rows":[{"weight":"0.500"}],"labels":{"a":"1"},"any":"free"`
	for _, tt := range []struct {
		name, answer string
		kept         model
		wrong        int
		noted        []string
	}{
		{"the same in other spellings", `{` + whole + `}`, kept, 0, nil},
		{"a number by its other key", `{"number":7}`, model{ID: 7}, 0, nil},
		{"another number", `{"id":8}`, model{ID: 7}, 1, nil},
		{"another text", `{"name":"y"}`, model{Name: "x"}, 1, nil},
		{"a lost price", `{"price":"0.5"}`, model{}, 1, nil},
		{"a cent less", `{"price":"0.51"}`, model{Price: &half}, 1, nil},
		{"another instant", `{"at":"2026-01-02T03:04:06Z"}`, model{At: at}, 1, nil},
		{"a time without its fraction", `{"at":"2026-01-02T03:04:05.5Z"}`, model{At: at}, 1, nil},
		{"another secret", `{"key":"kk"}`, model{Key: NewSecret("k")}, 1, nil},
		{"a truth turned round", `{"on":false}`, model{On: true}, 1, nil},
		{"a lost row", `{"rows":[{"weight":1},{"weight":2}]}`, model{Rows: []inner{{NewDecimal(1, 0)}}}, 1, nil},
		{"a lost label", `{"labels":{"a":1,"b":2}}`, model{Labels: map[string]int{"a": 1}}, 1, nil},
		{"another label", `{"labels":{"b":1}}`, model{Labels: map[string]int{"a": 1}}, 1, nil},
		{"anything else", `{"any":"bound"}`, model{Any: "free"}, 1, nil},
		{"an empty map as PHP writes it", `{"labels":[]}`, model{Labels: map[string]int{}}, 0, nil},
		{"a null that stays one", `{"price":null,"rows":null,"at":null}`, model{}, 0, nil},
		{"a null that becomes 0", `{"id":null}`, model{}, 0, []string{"null model.id"}},
		{"a null that becomes a price", `{"price":null}`, model{Price: &half}, 1, nil},
		{"a key that nothing reads", `{"colour":"red"}`, model{}, 0, []string{"unread model.colour"}},
		{"a null that nothing reads", `{"colour":null}`, model{}, 0, []string{"empty model.colour"}},
		{"a field out of thin air", `{}`, model{ID: 7}, 0, []string{"added model.id"}},
		{"a list for an object", `[1]`, model{}, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := parseJSON([]byte(tt.answer))
			if err != nil {
				t.Fatal(err)
			}
			trip := newTrip()
			trip.answer = "test"
			trip.value("answer", v, reflect.ValueOf(tt.kept))
			if len(trip.wrong) != tt.wrong || !slices.Equal(trip.lines(), tt.noted) && len(trip.lines())+len(tt.noted) > 0 {
				t.Errorf("got %v and %v, want %d mistakes and %v", trip.wrong, trip.lines(), tt.wrong, tt.noted)
			}
		})
	}
}
