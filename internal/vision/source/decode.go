package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/sync/semaphore"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Decoder decodes pictures within Limits. It may be used by many goroutines: decodes run side by side only as long as
// their estimated memory fits into Limits.MaxMemory together, the others wait.
type Decoder struct {
	limits Limits
	budget *semaphore.Weighted
}

// NewDecoder makes a Decoder; zero fields of lim take their defaults.
func NewDecoder(lim Limits) *Decoder {
	lim = lim.orDefault()
	return &Decoder{limits: lim, budget: semaphore.NewWeighted(lim.MaxMemory)}
}

// Decode decodes one picture with a budget of its own. Whoever decodes many should keep one Decoder.
func Decode(ctx context.Context, name string, data []byte, lim Limits) (*vision.Frame, error) {
	return NewDecoder(lim).Decode(ctx, name, data)
}

// Decode turns the content of a JPEG or PNG file into a Frame called name, the right way up. The content decides what it
// is, never the name. Sizes and memory are checked from the header before anything is decoded.
//
// A JPEG in Y'CbCr that needs no turning keeps its planes; everything else becomes packed RGB: grey is repeated, alpha is
// dropped (not composited), 16-bit samples lose their low byte, CMYK is converted. Only JPEG carries an orientation here.
//
// Errors are *ImageError, or ctx.Err() when the caller gave up. data must not change until Decode has returned and, when
// it returned early, the abandoned decode sees that at its next read.
func (d *Decoder) Decode(ctx context.Context, name string, data []byte) (*vision.Frame, error) {
	head, err := readHeader(name, data, d.limits)
	if err != nil {
		return nil, err
	}
	if err := d.budget.Acquire(ctx, head.memory); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, d.limits.Timeout, errDecodeTimeout)
	done := make(chan decoded, 1)
	go func() {
		// The share of memory is given back by the decode itself: an abandoned one still holds what it allocated.
		defer d.budget.Release(head.memory)
		done <- decodeAll(limited, name, data, head)
	}()
	defer cancel()
	select {
	case got := <-done:
		return got.frame, d.explain(ctx, name, got.err)
	case <-limited.Done():
		return nil, d.explain(ctx, name, context.Cause(limited))
	}
}

var errDecodeTimeout = errors.New("decode timeout")

type decoded struct {
	frame *vision.Frame
	err   error
}

// decodeAll runs in a goroutine of its own, where a panic of a decoder would end the whole program.
func decodeAll(ctx context.Context, name string, data []byte, head header) (out decoded) {
	defer func() {
		if p := recover(); p != nil {
			out = decoded{err: fmt.Errorf("decoder failed: %v", p)}
		}
	}()
	decode := png.Decode
	if head.format == formatJPEG {
		decode = jpeg.Decode
	}
	img, err := decode(&patientReader{ctx, bytes.NewReader(data)})
	if err != nil {
		return decoded{err: err}
	}
	frame, err := toFrame(name, img, head.orientation)
	return decoded{frame, err}
}

// toFrame keeps the planes where it can; everything else is packed and turned.
func toFrame(name string, img image.Image, o orientation) (*vision.Frame, error) {
	size := img.Bounds().Size()
	if planes, ok := img.(*image.YCbCr); ok && o == upright {
		return &vision.Frame{Name: name, Width: size.X, Height: size.Y, YCbCr: planes}, nil
	}
	rgb, err := packRGB(img, o)
	if err != nil {
		return nil, err
	}
	if o.swapsSides() {
		size.X, size.Y = size.Y, size.X
	}
	return &vision.Frame{Name: name, Width: size.X, Height: size.Y, RGB: rgb}, nil
}

// patientReader ends an abandoned decode at its next read.
type patientReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *patientReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}

// explain turns a decoder's error into a fact about the picture.
func (d *Decoder) explain(ctx context.Context, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errDecodeTimeout):
		return &ImageError{name, fmt.Sprintf("not decoded within %v", d.limits.Timeout), KindTimeout, nil}
	}
	return damaged(name, err)
}

// damaged tells truncated, unsupported and otherwise unreadable pictures apart.
func damaged(name string, err error) *ImageError {
	var badJPEG jpeg.UnsupportedError
	var badPNG png.UnsupportedError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, png.FormatError("not enough pixel data")),
		// What image/jpeg says when the data ends within a scan.
		errors.Is(err, jpeg.FormatError("short Huffman data")):
		return &ImageError{name, "truncated: the file ends before the picture does", KindCorrupt, err}
	case errors.As(err, &badJPEG):
		return &ImageError{name, "JPEG of an unsupported kind: " + string(badJPEG), KindUnsupported, err}
	case errors.As(err, &badPNG):
		return &ImageError{name, "PNG of an unsupported kind: " + string(badPNG), KindUnsupported, err}
	}
	return &ImageError{name, "damaged picture: " + err.Error(), KindCorrupt, err}
}
