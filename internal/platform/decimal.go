package platform

import (
	"encoding/json"
	"strconv"

	"github.com/shopspring/decimal"
)

// Decimal is an exact decimal number for money, weights and percentages. The platform sends them as strings or as
// numbers, depending on where a value was computed; both are read. The zero value is 0.
type Decimal struct{ d decimal.Decimal }

// DecimalError says that a text is not a decimal number within bounds.
type DecimalError struct {
	// Text is the refused input, at most 64 characters of it.
	Text string
}

func (e *DecimalError) Error() string { return strconv.Quote(e.Text) + " is not a decimal number" }

const (
	maxDecimalText = 64
	// maxDecimalExponent keeps a few bytes of input from becoming megabytes of digits.
	maxDecimalExponent = 40
)

// ParseDecimal reads "1.50", "-3", ".5", "1e1": at most 64 characters and an exponent within ±40.
// It returns *DecimalError for anything else, "1,5", "NaN" and blanks included.
func ParseDecimal(text string) (Decimal, error) {
	if !decimalText(text) {
		return Decimal{}, &DecimalError{bound(text, maxDecimalText)}
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return Decimal{}, &DecimalError{bound(text, maxDecimalText)}
	}
	return Decimal{d}, nil
}

// NewDecimal is value × 10^exponent: NewDecimal(15, -1) is 1.5.
func NewDecimal(value int64, exponent int32) Decimal { return Decimal{decimal.New(value, exponent)} }

// decimalText checks the grammar [+-] digits [. digits] [e [+-] digits] and the bounds, so that the big-number parser
// is never handed something huge.
func decimalText(s string) bool {
	if len(s) > maxDecimalText {
		return false
	}
	i, digits := sign(s, 0), 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 || i == len(s) {
		return digits > 0
	}
	if s[i] != 'e' && s[i] != 'E' {
		return false
	}
	n, err := strconv.Atoi(s[i+1:])
	return err == nil && n >= -maxDecimalExponent && n <= maxDecimalExponent
}

func sign(s string, i int) int {
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		return i + 1
	}
	return i
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// String is the shortest exact form, without exponent and without trailing zeros.
func (d Decimal) String() string { return d.d.String() }

// StringFixed is the value with exactly places decimals, rounded half away from zero.
func (d Decimal) StringFixed(places int32) string { return d.d.StringFixed(places) }

// Round rounds half away from zero to places decimals.
func (d Decimal) Round(places int32) Decimal { return Decimal{d.d.Round(places)} }

// Add is d + o.
func (d Decimal) Add(o Decimal) Decimal { return Decimal{d.d.Add(o.d)} }

// Sub is d − o.
func (d Decimal) Sub(o Decimal) Decimal { return Decimal{d.d.Sub(o.d)} }

// Mul is d × o.
func (d Decimal) Mul(o Decimal) Decimal { return Decimal{d.d.Mul(o.d)} }

// Cmp is −1, 0 or +1 as d is smaller than, equal to or greater than o.
func (d Decimal) Cmp(o Decimal) int { return d.d.Cmp(o.d) }

// Equal says whether both are the same number; 1.5 equals 1.50.
func (d Decimal) Equal(o Decimal) bool { return d.d.Equal(o.d) }

// Sign is −1, 0 or +1.
func (d Decimal) Sign() int { return d.d.Sign() }

// IsZero says whether the number is 0.
func (d Decimal) IsZero() bool { return d.d.IsZero() }

// Float64 is the nearest float, for display and statistics, never for money.
func (d Decimal) Float64() float64 { return d.d.InexactFloat64() }

// MarshalJSON encodes a JSON number without exponent, which is what the platform validates as numeric.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.d.String()), nil }

// UnmarshalJSON reads a number, a string that holds one, or null as 0.
func (d *Decimal) UnmarshalJSON(raw []byte) error {
	v, err := parseJSON(raw)
	if err != nil {
		return &DecimalError{bound(string(raw), maxDecimalText)}
	}
	return d.fromWire(v)
}

// MarshalText is String.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDecimal, so that a flag can be of this type.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

func (d *Decimal) fromWire(v any) (err error) {
	switch v := v.(type) {
	case nil:
		*d = Decimal{}
		return nil
	case json.Number:
		*d, err = ParseDecimal(v.String())
	case string:
		*d, err = ParseDecimal(v)
	default:
		err = &DecimalError{kindOf(v)}
	}
	return err
}
