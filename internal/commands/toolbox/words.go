package toolbox

import "strconv"

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
