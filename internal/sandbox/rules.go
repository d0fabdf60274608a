package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Markers: they judge nothing and change how the other rules of the field are applied.
var (
	sometimes = rule{name: "sometimes"}
	nullable  = rule{name: "nullable"}
)

func simple(name, suffix string, pass func(value any) bool) rule {
	return rule{
		name: name,
		pass: func(_ *validation, f *field) (bool, error) { return pass(f.value), nil },
		say:  func(f *field) string { return "The " + f.label() + " field " + suffix },
	}
}

func isFilled(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return strings.TrimSpace(v) != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func required() rule {
	r := simple("required", "is required.", isFilled)
	r.implicit = true
	return r
}

// requiredIf asks for the field when another one has a value.
func requiredIf(other, value string) rule {
	return rule{
		name: "required_if", implicit: true,
		pass: func(v *validation, f *field) (bool, error) {
			return phpString(v.input[other]) != value || isFilled(f.value), nil
		},
		say: func(f *field) string {
			return fmt.Sprintf("The %s field is required when %s is %s.", f.label(), other, value)
		},
	}
}

func isString() rule {
	return simple("string", "must be a string.", func(v any) bool { _, is := v.(string); return is })
}

func isInteger() rule {
	return simple("integer", "must be an integer.", func(v any) bool { _, is := asInteger(v); return is })
}

func isNumeric() rule {
	return simple("numeric", "must be a number.", func(v any) bool { _, is := asNumber(v); return is })
}

func isBoolean() rule {
	return simple("boolean", "must be true or false.", func(v any) bool {
		if n, is := v.(int64); is {
			return n == 0 || n == 1
		}
		_, is := v.(bool)
		return is || v == "0" || v == "1"
	})
}

func isArray() rule {
	return simple("array", "must be an array.", func(v any) bool {
		_, list := v.([]any)
		_, object := v.(map[string]any)
		return list || object
	})
}

var emailAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[^\s@"(),:;<>\[\]\\]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
})

func isEmail() rule {
	return simple("email", "must be a valid email address.", func(v any) bool {
		s, is := v.(string)
		return is && emailAddress().MatchString(s)
	})
}

func isIP() rule {
	return simple("ip", "must be a valid IP address.", func(v any) bool {
		s, is := v.(string)
		addr, err := netip.ParseAddr(s)
		return is && err == nil && addr.Zone() == ""
	})
}

func isDate() rule {
	return simple("date", "must be a valid date.", func(v any) bool {
		s, is := v.(string)
		_, good := parseDate(s)
		return is && good
	})
}

// parseDate reads the forms of a date that the platform's clients send; a time without a zone is UTC.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func oneOf(values ...string) rule {
	return rule{
		name: "in",
		pass: func(_ *validation, f *field) (bool, error) { return slices.Contains(values, phpString(f.value)), nil },
		say:  func(f *field) string { return "The selected " + f.label() + " is invalid." },
	}
}

func confirmed() rule {
	return rule{
		name: "confirmed",
		pass: func(v *validation, f *field) (bool, error) {
			return f.value != nil && phpString(f.value) == phpString(v.input[f.name+"_confirmation"]), nil
		},
		say: func(f *field) string { return "The " + f.label() + " field confirmation does not match." },
	}
}

// atLeast is the rule min, atMost the rule max: of numbers their value, of strings their characters, of arrays their
// items, of files their kilobytes.
func atLeast(limit float64) rule {
	return sized("min", "at least", limit, func(size float64) bool { return size >= limit })
}

func atMost(limit float64) rule {
	return sized("max", "not be greater than", limit, func(size float64) bool { return size <= limit })
}

func sized(name, words string, limit float64, fits func(size float64) bool) rule {
	if name == "min" {
		words = "be " + words
	}
	return rule{
		name: name,
		pass: func(_ *validation, f *field) (bool, error) {
			size := sizeOf(f)
			if math.IsInf(size, 0) {
				return false, errUncaught // the platform's decimal arithmetic throws on INF
			}
			return fits(size), nil
		},
		say: func(f *field) string {
			number := strconv.FormatFloat(limit, 'f', -1, 64)
			return "The " + f.label() + " field must " + words + " " + number + unitOf(f) + "."
		},
	}
}

func sizeOf(f *field) float64 {
	if number, is := asNumber(f.value); is && (f.has("numeric") || f.has("integer")) {
		return number
	}
	switch v := f.value.(type) {
	case []any:
		return float64(len(v))
	case map[string]any:
		return float64(len(v))
	case *picture:
		return float64(len(v.data)) / 1024
	}
	return float64(utf8.RuneCountInString(phpString(f.value)))
}

func unitOf(f *field) string {
	_, file := f.value.(*picture)
	switch {
	case f.has("numeric") || f.has("integer"):
		return ""
	case f.has("array"):
		return " items"
	case file:
		return " kilobytes"
	}
	return " characters"
}

// items is the rule size on an array.
func items(n int) rule {
	return rule{
		name: "size",
		pass: func(_ *validation, f *field) (bool, error) { return sizeOf(f) == float64(n), nil },
		say:  func(f *field) string { return fmt.Sprintf("The %s field must contain %d items.", f.label(), n) },
	}
}

// existingRVM looks the value up as the id of a machine.
func existingRVM() rule { return existing("rvms") }

// existingUser looks the value up as the id of a user.
func existingUser() rule { return existing("users") }

// existing looks the value up as an id. Text that is no whole number makes the database throw, unless an integer rule
// stood before it.
func existing(table string) rule {
	return rule{
		name: "exists", lookup: true,
		pass: func(v *validation, f *field) (bool, error) {
			id, whole := asInteger(f.value)
			if !whole {
				return false, errUncaught
			}
			n, err := count(v.tx, "SELECT count(*) FROM "+table+" WHERE id = ?", id)
			return n > 0, err
		},
		say: func(f *field) string { return "The selected " + f.label() + " is invalid." },
	}
}

// unique looks for another row with the value; except is the row being changed, 0 for none.
func unique(table string, except int64) rule {
	return rule{
		name: "unique", lookup: true,
		pass: func(v *validation, f *field) (bool, error) {
			n, err := count(v.tx, "SELECT count(*) FROM "+table+" WHERE "+f.name+" = ? AND id <> ?",
				phpString(f.value), except)
			return n == 0, err
		},
		say: func(f *field) string { return "The " + f.label() + " has already been taken." },
	}
}

// pictureType is the media type by content, never by the name that the sender gave.
func pictureType(value any) string {
	if p, is := value.(*picture); is {
		return http.DetectContentType(p.data)
	}
	return ""
}

func isImage() rule {
	return simple("image", "must be an image.", func(v any) bool {
		return strings.HasPrefix(pictureType(v), "image/")
	})
}

func ofType(names ...string) rule {
	return simple("mimes", "must be a file of type: "+strings.Join(names, ", ")+".", func(v any) bool {
		return slices.Contains(names, strings.TrimPrefix(pictureType(v), "image/"))
	})
}
