package platform

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"0", "0"}, {"1.50", "1.5"}, {"0.500", "0.5"}, {"-3", "-3"}, {"+3", "3"}, {".5", "0.5"}, {"5.", "5"},
		{"1e1", "10"}, {"1.5E-2", "0.015"}, {"1.0e+25", "10000000000000000000000000"},
		{"79.0788888888888889", "79.0788888888888889"}, {"21101.0000", "21101"},
		{"", "error"}, {".", "error"}, {"e5", "error"}, {"1e", "error"}, {"1e+", "error"}, {"1e5x", "error"},
		{"1,5", "error"}, {" 1", "error"}, {"1 ", "error"}, {"NaN", "error"}, {"Inf", "error"}, {"0x10", "error"},
		{"1_000", "error"}, {"1.2.3", "error"}, {"--1", "error"}, {"１", "error"},
		{"1e999999", "error"}, {"1e-999999", "error"}, {"1e41", "error"}, {strings.Repeat("9", 65), "error"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			d, err := ParseDecimal(tt.text)
			got := d.String()
			var wrong *DecimalError
			if err != nil {
				got = "error"
				if !errors.As(err, &wrong) || len(err.Error()) > 120 {
					t.Errorf("got %T %v, want a short *DecimalError", err, err)
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDecimalInJSON(t *testing.T) {
	t.Parallel()
	var v struct{ A, B, C Decimal }
	if err := json.Unmarshal([]byte(`{"A":"1.50","B":1.5,"C":null}`), &v); err != nil {
		t.Fatal(err)
	}
	if !v.A.Equal(v.B) || !v.C.IsZero() {
		t.Errorf("got %v %v %v", v.A, v.B, v.C)
	}
	raw, err := json.Marshal(v)
	if want := `{"A":1.5,"B":1.5,"C":0}`; err != nil || string(raw) != want {
		t.Errorf("got %s (%v), want %s", raw, err, want)
	}
	for _, bad := range []string{`true`, `{}`, `[]`, `"x"`, `1e999999`, `"` + strings.Repeat("1", 100) + `"`} {
		if err := new(Decimal).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func TestDecimalRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"3.825": "3.83", "-3.825": "-3.83", "3.8249": "3.82", "5": "5.00"} {
		if got := mustDecimal(t, text).StringFixed(2); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"1.5", "1e40", "-0", ".5e-3", "1e999999", "٣", "1e-40"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDecimal(text)
		if err != nil {
			return
		}
		shown := d.String()
		if len(shown) > 2*maxDecimalText+2 {
			t.Fatalf("%q became %d characters", text, len(shown))
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again Decimal
		if err := again.UnmarshalJSON(raw); len(shown) <= maxDecimalText && (err != nil || !again.Equal(d)) {
			t.Fatalf("%q: %s came back as %s (%v)", text, raw, again, err)
		}
	})
}
