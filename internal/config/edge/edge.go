// Package edge reads the config.json of the Python client that ran on machines before rvmctl, and says of each of its keys which
// setting of rvmctl takes its place, with the same meaning and unit, or why none does. It refuses to know files, and it never
// hands out the value of a key that it does not import: such a value may be a secret.
package edge

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/myrvm/rvmctl/internal/config"
)

// The outcomes of a key.
const (
	// Fits says that a setting can take the value.
	Fits = "fits"
	// Skipped says that there is no setting for it, or none that may hold it.
	Skipped = "skipped"
	// Refused says that there is a setting and that it cannot take this value.
	Refused = "refused"
)

// Row is what becomes of one key.
type Row struct {
	// Key is the name in config.json, bounded.
	Key string
	// Outcome is Fits, Skipped or Refused.
	Outcome string
	// Setting is the setting of rvmctl, empty where there is none.
	Setting string
	// Value is the value for the setting, when it fits.
	Value string
	// Reason says why it is skipped or refused, or what to know about a value that fits.
	Reason string
}

// Read gives a row for every key, in the order of the file. Its error is *FormError.
func Read(raw []byte) ([]Row, error) {
	members, err := parse(raw)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(members))
	for _, m := range members {
		rows = append(rows, judge(m))
	}
	return rows, nil
}

func judge(m member) Row {
	row := Row{Key: shorten(m.key), Outcome: Skipped}
	f, known := fates()[m.key]
	switch {
	case !known && secret(m.key):
		row.Reason = "looks like a secret: secrets are not imported"
	case !known:
		row.Reason = "is no key of the old client that rvmctl knows"
	case f.setting == "":
		row.Reason = f.note
		if f.fits != nil && string(m.value) != "null" {
			if want := f.fits(m.value); want != "" {
				row.Reason += "; its value is impossible all the same: it must be " + want
			}
		}
	default:
		return place(row, f, m.value)
	}
	return row
}

// place gives a value to its setting.
func place(row Row, f fate, value json.RawMessage) Row {
	row.Setting = f.setting
	if string(value) == "null" {
		row.Reason = "is null, which says nothing"
		return row
	}
	text, ok := scalar(value)
	if !ok {
		row.Outcome, row.Reason = Refused, "must be a single value"
		return row
	}
	if text == "" && f.also == nil {
		row.Reason = "is empty, which says nothing"
		return row
	}
	k, _ := config.Find(f.setting)
	given := text
	if f.turn != nil {
		given = f.turn(text)
	}
	kept, err := k.Accept(given)
	if err == nil && f.also != nil {
		err = f.also(kept)
	}
	if err != nil {
		row.Outcome = Refused
		row.Reason = fmt.Sprintf("%v, not %s", err, strconv.Quote(shorten(k.Show(text))))
		if f.mend != "" {
			row.Reason += "; " + f.mend
		}
		return row
	}
	row.Outcome, row.Value, row.Reason = Fits, kept, f.note
	return row
}

// scalar is a number, a truth or a text as text.
func scalar(value json.RawMessage) (string, bool) {
	switch value[0] {
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return strings.TrimSpace(text), err == nil
	case '{', '[':
		return "", false
	}
	return string(value), true
}

// secret guesses by the name, for keys that nobody described.
func secret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"token", "password", "secret", "api_key", "apikey", "pin"} {
		if strings.HasSuffix(key, word) {
			return true
		}
	}
	return false
}

func shorten(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return text
}
