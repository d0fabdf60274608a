// Package mask writes masks in the forms that other programs read: polygons and run lengths as COCO has them, and a grey
// PNG. It refuses to know models, commands and the platform; what a mask is says package vision.
//
// Area is the number of set pixels, whatever the form. A mask that is nil has none.
package mask

import (
	"fmt"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxPixels bounds a picture whose mask is read.
const maxPixels = 1 << 28

// FormatError says that a mask that was read contradicts itself.
type FormatError struct {
	// Reason is the fact: "its runs hold 12 pixels, the picture 6".
	Reason string
}

func (e *FormatError) Error() string { return "mask: " + e.Reason }

func wrong(format string, args ...any) error { return &FormatError{fmt.Sprintf(format, args...)} }

// row is one row of the part that m holds; y is in pixels of the picture.
func row(m *vision.Mask, y int) []byte {
	return m.Bits[(y-m.Rect.Min.Y)*m.Rect.Dx():][:m.Rect.Dx()]
}
