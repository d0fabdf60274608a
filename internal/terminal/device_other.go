//go:build !linux && !darwin

package terminal

import (
	"golang.org/x/term"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// systemDevice knows the size alone: pictures are half blocks here, unless another way is named.
func systemDevice(_, out int) *Device {
	return &Device{Size: func() (s picture.Size) {
		s.Columns, s.Rows, _ = term.GetSize(out)
		return s
	}}
}
