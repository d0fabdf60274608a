package report

import (
	_ "embed" // the page and its style are part of the program
	"fmt"
	"html/template"
)

//go:embed page.html
var text string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Parse(text))

// shown is an entry as the page has it.
type shown struct {
	Entry
	Number  int
	Picture template.URL
	Time    string
	Rows    []row
	// MoreBoxes and MoreOutcomes count what is not listed.
	MoreBoxes, MoreOutcomes int
}

type row struct{ Label, Confidence, Box, Size string }

// view puts numbers into words and cuts what is too long.
func view(e Entry) shown {
	s := shown{Entry: e}
	s.Image = nil
	if e.Width > 0 {
		s.Time = ms(e.Pre + e.Run + e.Post)
	}
	for i, b := range e.Boxes {
		if i == MaxRows {
			s.MoreBoxes = len(e.Boxes) - MaxRows
			break
		}
		s.Rows = append(s.Rows, row{b.Label, fmt.Sprintf("%.3f", b.Confidence), fmt.Sprintf("%.1f, %.1f, %.1f, %.1f", b.X1, b.Y1, b.X2, b.Y2),
			fmt.Sprintf("%.0f × %.0f", b.X2-b.X1, b.Y2-b.Y1)})
	}
	if len(e.Outcomes) > MaxRows {
		s.Outcomes, s.MoreOutcomes = e.Outcomes[:MaxRows], len(e.Outcomes)-MaxRows
	}
	return s
}
