package toolbox

import (
	"strconv"

	"github.com/myrvm/rvmctl/internal/platform"
)

// Unsaid stands for a figure that the platform's answer did not carry.
const Unsaid = "not said"

// Fixed is a decimal with so many places as text, or Unsaid.
func Fixed(d *platform.Decimal, places int32) string {
	if d == nil {
		return Unsaid
	}
	return d.StringFixed(places)
}

// Number is a whole number as text for a table.
func Number[T ~int | ~int64 | ~uint64](n T) string { return strconv.FormatInt(int64(n), 10) }

// YesNo is a truth as text for a table.
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Or is s, or the substitute when s is empty.
func Or(s, substitute string) string {
	if s == "" {
		return substitute
	}
	return s
}
