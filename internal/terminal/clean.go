package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Clean makes text from outside harmless for a terminal, a log and a table cell: broken UTF-8 becomes U+FFFD, control
// characters, bidirectional overrides and invisible characters become visible escapes. Newlines and tabs become spaces.
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for text of several lines: newlines stay.
func CleanLines(s string) string { return clean(s, true) }

// cleanCells is CleanLines that leaves tabs as they are, for what an operator has put into columns.
func cleanCells(s string) string {
	rows := strings.Split(s, "\n")
	for i, row := range rows {
		cells := strings.Split(row, "\t")
		for j := range cells {
			cells[j] = Clean(cells[j])
		}
		rows[i] = strings.Join(cells, "\t")
	}
	return strings.Join(rows, "\n")
}

func clean(s string, lines bool) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n' && lines:
			b.WriteRune(r)
		case r == '\n' || r == '\t' || r == '\r' && !lines:
			b.WriteByte(' ')
		case dangerous(r):
			escape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain is the fast way out: printable ASCII needs no work.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// dangerous covers C0, DEL, C1, the bidirectional controls of Unicode TR 9 and the zero-width characters.
func dangerous(r rune) bool {
	return r < 0x20 || r >= 0x7f && r <= 0x9f ||
		r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2069 ||
		r == 0x061c || r == 0xfeff || r == 0x2028 || r == 0x2029
}

func escape(b *strings.Builder, r rune) {
	if r < 0x100 {
		fmt.Fprintf(b, `\x%02x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// Shorten cuts text to at most n runes and marks the cut.
func Shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:max(n-1, 0)]) + "…"
}
