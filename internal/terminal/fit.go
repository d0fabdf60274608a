package terminal

import (
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/lipgloss"
)

// momentForm is how people see a moment; its age follows in brackets.
const momentForm = "2006-01-02 15:04:05"

// narrowest is the width to which the text of a column may be cut, narrowHeader that of a header over numbers.
const narrowest, narrowHeader = 8, 4

// fit makes a table as narrow as the terminal, if that is possible: of moments only the age stays, then the widest texts and
// headers are cut. Numbers and money are never cut. What still does not fit is left to the terminal to break.
func fit(table [][]string, width int) {
	if total(widthsOf(len(table[0]), table)) <= width {
		return
	}
	for _, row := range table {
		for i := range row {
			row[i] = ageAlone(row[i])
		}
	}
	widths := narrowed(table, width)
	for _, row := range table {
		for i := range min(len(row), len(widths)) {
			row[i] = cut(row[i], widths[i])
		}
	}
}

// widthsOf are those of the columns of a table, 0 for those that no row has.
func widthsOf(columns int, rows [][]string) []int {
	widths := make([]int, columns)
	for _, row := range rows {
		for i := range min(len(row), columns) {
			widths[i] = max(widths[i], lipgloss.Width(row[i]))
		}
	}
	return widths
}

func total(widths []int) (sum int) {
	for _, width := range widths {
		sum += width + columnGap
	}
	return sum - columnGap
}

// narrowed are the widths of the columns when the widest give way to the others.
func narrowed(table [][]string, width int) []int {
	widths, least := widthsOf(len(table[0]), table), widthsOf(len(table[0]), table[1:])
	for i := range widths {
		if texts(table[1:], i) {
			widths[i], least[i] = min(widths[i], width), min(least[i], narrowest)
		}
	}
	for total(widths) > width {
		widest := -1
		for i := range widths {
			if widths[i] > max(least[i], narrowHeader) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// texts says whether a column holds words.
func texts(rows [][]string, column int) bool {
	for _, row := range rows {
		if column < len(row) && strings.ContainsFunc(row[column], unicode.IsLetter) {
			return true
		}
	}
	return false
}

func ageAlone(cell string) string {
	if len(cell) <= len(momentForm) {
		return cell
	}
	if _, err := time.Parse(momentForm, cell[:len(momentForm)]); err != nil {
		return cell
	}
	old, found := strings.CutPrefix(cell[len(momentForm):], " (")
	if old, closed := strings.CutSuffix(old, ")"); found && closed {
		return old
	}
	return cell
}

// cut ends a text that is wider than it may be with a sign for what is missing.
func cut(text string, width int) string {
	if lipgloss.Width(text) <= width {
		return text
	}
	var kept strings.Builder
	left := width - 1
	for _, r := range text {
		if left -= lipgloss.Width(string(r)); left < 0 {
			break
		}
		kept.WriteRune(r)
	}
	return strings.TrimRight(kept.String(), " ") + "…"
}
