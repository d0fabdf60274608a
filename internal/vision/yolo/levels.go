package yolo

// padLevel is the grey of the border, as Ultralytics paints it.
const padLevel = 114

// levels is the table from an 8-bit level to a model's value, level/255. It is extended on both sides, because a colour
// made from Y'CbCr may lie outside of 0–255 before it is clipped: looking it up is the clipping.
type levels[T sample] [levelCount]T

const (
	levelCount  = 1024
	levelOrigin = 256
)

func newLevels[T sample](convert func(float32) T) *levels[T] {
	t := new(levels[T])
	for i := range t {
		t[i] = convert(float32(min(255, max(0, i-levelOrigin))) / 255)
	}
	return t
}

// of is the value of a level between -256 and 767.
func (t *levels[T]) of(level int) T { return t[(level+levelOrigin)&(levelCount-1)] }
