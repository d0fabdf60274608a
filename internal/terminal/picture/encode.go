package picture

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/iterm2"
	"github.com/charmbracelet/x/ansi/kitty"
	"github.com/mattn/go-sixel"
)

// id names the one picture that is redrawn in place, of all that a terminal with kitty's protocol may hold.
const id = 7001

// maxScreenString is what GNU Screen lets through in one piece, in bytes.
const maxScreenString = 768

// jpegQuality of what is sent with iTerm2's protocol.
const jpegQuality = 85

// Encode gives the bytes that draw img at the cursor. img has the pixels of the area. Blocks writes its rows with a newline
// between them and leaves the cursor behind the last; where the others leave it differs from terminal to terminal.
func (p Profile) Encode(img *image.RGBA, a Area, tags []Tag) ([]byte, error) {
	return p.encode(img, a, tags, kitty.Options{})
}

// EncodeAgain is Encode for one of many pictures at the same place, each of which takes the place of the one before.
func (p Profile) EncodeAgain(img *image.RGBA, a Area, tags []Tag) ([]byte, error) {
	return p.encode(img, a, tags, kitty.Options{ID: id, PlacementID: 1})
}

// Forget gives the bytes that make a terminal drop what EncodeAgain left with it; none where nothing is left.
func (p Profile) Forget() []byte {
	if p.Protocol != Kitty {
		return nil
	}
	return p.wrapped(ansi.KittyGraphics(nil, "a=d", "d=I", fmt.Sprintf("i=%d", id), "q=2"))
}

func (p Profile) encode(img *image.RGBA, a Area, tags []Tag, place kitty.Options) ([]byte, error) {
	switch p.Protocol {
	case Kitty:
		return p.kitty(img, a, place)
	case ITerm:
		return p.iterm(img, a)
	case Sixel:
		var b bytes.Buffer
		err := sixel.NewEncoder(&b).Encode(img)
		// tmux draws sixels by itself and wants them as they are.
		if p.Within == Screen {
			return p.wrapped(b.String()), err
		}
		return b.Bytes(), err
	}
	return blocks(img, p.Colours, tags), nil
}

// kitty sends a PNG in pieces. The terminal is told not to answer and not to move the cursor.
func (p Profile) kitty(img *image.RGBA, a Area, o kitty.Options) ([]byte, error) {
	o.Action, o.Transmission, o.Format, o.Quite, o.Chunk = kitty.TransmitAndPut, kitty.Direct, kitty.PNG, 2, true
	o.Columns, o.Rows, o.DoNotMoveCursor = a.Columns, a.Rows, true
	var b bytes.Buffer
	if err := ansi.WriteKittyGraphics(&b, img, &o); err != nil {
		return nil, err
	}
	if p.Within == NoMultiplexer {
		return b.Bytes(), nil
	}
	var wrapped []byte
	for _, piece := range bytes.SplitAfter(b.Bytes(), []byte("\x1b\\")) {
		wrapped = append(wrapped, p.wrapped(string(piece))...)
	}
	return wrapped, nil
}

func (p Profile) iterm(img *image.RGBA, a Area) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	content := make([]byte, base64.StdEncoding.EncodedLen(b.Len()))
	base64.StdEncoding.Encode(content, b.Bytes())
	return p.wrapped(ansi.ITerm2(iterm2.File{Inline: true, Size: int64(b.Len()), Width: iterm2.Cells(a.Columns),
		Height: iterm2.Cells(a.Rows), Content: content})), nil
}

// wrapped hands a sequence through the program that stands between, which its settings must allow.
func (p Profile) wrapped(sequence string) []byte {
	switch {
	case sequence == "":
		return nil
	case p.Within == Tmux:
		sequence = ansi.TmuxPassthrough(sequence)
	case p.Within == Screen:
		sequence = ansi.ScreenPassthrough(sequence, maxScreenString)
	}
	return []byte(sequence)
}
