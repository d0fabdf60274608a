package overlay

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxLabel is how many runes of a label are drawn.
const maxLabel = 32

// labelText is the label as it may be drawn: what is invisible or turns the direction of text is written as an escape,
// and only so much of it. A label without text gets the number of its class.
func labelText(d vision.Detection) string {
	var b strings.Builder
	n := 0
	for _, r := range d.Label {
		if n == maxLabel {
			b.WriteRune('…')
			break
		}
		b.WriteString(visible(r))
		n++
	}
	text := strings.TrimSpace(b.String())
	if text == "" {
		return fmt.Sprintf("class %d", d.LabelID)
	}
	return text
}

// visible escapes control characters and format characters, to which the bidirectional ones belong; every kind of space
// becomes a plain one.
func visible(r rune) string {
	switch {
	case r == ' ', unicode.Is(unicode.Zs, r):
		return " "
	case unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		if r <= 0xff {
			return fmt.Sprintf(`\x%02x`, r)
		}
		return fmt.Sprintf(`\u%04x`, r)
	case !unicode.IsPrint(r):
		return "\ufffd"
	}
	return string(r)
}
