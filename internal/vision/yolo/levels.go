package yolo

// padLevel is the grey of the border, as Ultralytics paints it.
const padLevel = 114

// levels is the table from an 8-bit level to a model's value, level/255.
type levels[T sample] [256]T

func newLevels[T sample](convert func(float32) T) *levels[T] {
	t := new(levels[T])
	for i := range t {
		t[i] = convert(float32(i) / 255)
	}
	return t
}
