package sandbox

import (
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// text returns a field as a string, nil when it is null or absent. Numbers are written as PHP writes them.
func (in input) text(name string) *string {
	value, found := in[name]
	if !found || value == nil {
		return nil
	}
	s := phpString(value)
	return &s
}

// str is text with the empty string for null.
func (in input) str(name string) string {
	if s := in.text(name); s != nil {
		return *s
	}
	return ""
}

// integer returns a validated whole number, or otherwise the fallback.
func (in input) integer(name string, otherwise int64) int64 {
	if n, good := asInteger(in[name]); good {
		return n
	}
	return otherwise
}

// boolean returns a validated boolean, or otherwise the fallback.
func (in input) boolean(name string, otherwise bool) bool {
	switch phpString(in[name]) {
	case "1":
		return true
	case "0":
		return false
	}
	if b, isBool := in[name].(bool); isBool {
		return b
	}
	return otherwise
}

func (in input) has(name string) bool {
	_, found := in[name]
	return found
}

// phpString converts as PHP's string cast does; arrays have no such form and give "".
func phpString(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return phpFloat(v)
	}
	return ""
}

// phpFloat writes a float with PHP's 14 significant digits, and with an exponent from 1.0E+15 on.
func phpFloat(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "INF"
	case math.IsInf(v, -1):
		return "-INF"
	}
	short := strconv.FormatFloat(v, 'E', 13, 64)
	mantissa, exponent, _ := strings.Cut(short, "E")
	power, _ := strconv.Atoi(exponent)
	rounded, _ := strconv.ParseFloat(short, 64)
	if power >= -5 && power < 15 {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := "+"
	if power < 0 {
		sign = ""
	}
	return mantissa + "E" + sign + strconv.Itoa(power)
}

// asInteger accepts what PHP's integer filter accepts: 3, 3.0, "3" and true, but not 3.5, "03" or 1e20.
func asInteger(value any) (int64, bool) {
	text := strings.TrimSpace(phpString(value))
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// asNumber accepts numbers and numeric strings.
func asNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		if numericString().MatchString(v) {
			f, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
			return f, true
		}
	}
	return 0, false
}

// maxDecimalText keeps exact only what somebody could have meant. Longer digits and exponents are read through a float,
// because writing out 1e999999999 exactly would take the machine down.
const maxDecimalText = 40

// asDecimal returns a validated number as the exact decimal that reaches the database, and errUncaught for infinity,
// on which the platform's decimal arithmetic throws.
func asDecimal(value any) (decimal.Decimal, error) {
	text := strings.TrimSpace(phpString(value))
	if len(text) <= maxDecimalText && !strings.ContainsAny(text, "eE") {
		if d, err := decimal.NewFromString(text); err == nil {
			return d, nil
		}
	}
	f, _ := asNumber(value)
	if math.IsInf(f, 0) {
		return decimal.Zero, errUncaught
	}
	return decimal.NewFromFloat(f), nil
}
