package yolo

// padLevel is the grey of the border, as Ultralytics paints it.
const padLevel = 114

// levels is the table from half an 8-bit level to a model's value, level/255. A sum that is cut to half levels and
// looked up here is rounded to the nearest level, halves up, without an addition of its own.
type levels[T sample] [2 * 256]T

func newLevels[T sample](convert func(float32) T) *levels[T] {
	t := new(levels[T])
	for i := range t {
		t[i] = convert(float32(min((i+1)/2, 255)) / 255)
	}
	return t
}

// of is the value of a sum of four samples as bilinear makes it.
func (t *levels[T]) of(sum uint64) T { return t[sum>>(32+2*weightBits-1)&(2*256-1)] }
