package overlay

import (
	"image/color"
	"math"
)

// palette starts with colours that also people with a colour vision deficiency tell apart (after Okabe and Ito, brighter),
// the ones that a model with few classes uses.
var palette = [...]color.RGBA{
	{0x1e, 0x90, 0xff, 255}, // blue
	{0xff, 0x9f, 0x1c, 255}, // orange
	{0x12, 0xc4, 0x8b, 255}, // green
	{0xf7, 0x4f, 0x9e, 255}, // pink
	{0xff, 0xdd, 0x33, 255}, // yellow
	{0x8b, 0x5c, 0xf6, 255}, // violet
	{0x22, 0xd3, 0xee, 255}, // cyan
	{0xef, 0x44, 0x44, 255}, // red
	{0xa3, 0xe6, 0x35, 255}, // lime
	{0xd4, 0xa3, 0x73, 255}, // tan
	{0x0f, 0x76, 0x6e, 255}, // teal
	{0xe2, 0xe8, 0xf0, 255}, // pale grey
}

// colourOf is the same for the same label id, always.
func colourOf(id int) color.RGBA {
	n := len(palette)
	return palette[(id%n+n)%n]
}

// inkOn is black or white, whichever contrasts more with the ground (WCAG 2.1, relative luminance and contrast ratio).
func inkOn(ground color.RGBA) color.RGBA {
	l := 0.2126*linear(ground.R) + 0.7152*linear(ground.G) + 0.0722*linear(ground.B)
	if (l+0.05)/0.05 >= 1.05/(l+0.05) {
		return color.RGBA{0x0b, 0x10, 0x18, 255}
	}
	return color.RGBA{255, 255, 255, 255}
}

// linear takes the gamma off an sRGB sample.
func linear(sample uint8) float64 {
	v := float64(sample) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
