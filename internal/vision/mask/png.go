package mask

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"

	"github.com/myrvm/rvmctl/internal/vision"
)

// PNG is the mask as a picture of the whole frame, 8-bit grey, 255 where it is set and 0 elsewhere, in standard base64
// with padding and without a "data:" prefix. It is the platform's segmentation_mask.
func PNG(m *vision.Mask) (string, error) {
	frame := image.NewGray(image.Rect(0, 0, m.Width, m.Height))
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		line := frame.Pix[y*frame.Stride+m.Rect.Min.X:]
		for x, bit := range row(m, y) {
			line[x] = -bit
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, frame); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(file.Bytes()), nil
}
