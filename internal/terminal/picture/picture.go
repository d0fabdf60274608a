// Package picture turns a picture into what a terminal shows: it knows which ways of doing that there are, which of them a
// terminal understands, how large a picture may be there, and the bytes. It refuses to know the process: its streams, its
// environment and the settings of its terminal are given.
package picture

import "image/color"

// Protocol is a way of putting a picture on a terminal.
type Protocol int

// The protocols.
const (
	// Blocks draws two pixels in each cell with the character ▀, or with characters of ASCII where there is no colour.
	Blocks Protocol = iota + 1
	// Kitty is the graphics protocol of kitty, which Ghostty and Konsole know too
	// (https://sw.kovidgoyal.net/kitty/graphics-protocol/).
	Kitty
	// ITerm is OSC 1337 File of iTerm2, which WezTerm and mintty know too (https://iterm2.com/documentation-images.html).
	ITerm
	// Sixel is DEC's sixel graphics, of xterm, foot, Windows Terminal and others
	// (https://vt100.net/docs/vt3xx-gp/chapter14.html).
	Sixel
)

var words = map[Protocol]string{Blocks: "blocks", Kitty: "kitty", ITerm: "iterm", Sixel: "sixel"}

// String is the word for a protocol on the command line.
func (p Protocol) String() string { return words[p] }

// Parse reads the word for a protocol.
func Parse(word string) (Protocol, bool) {
	for p, w := range words {
		if w == word {
			return p, true
		}
	}
	return 0, false
}

// Colours is how many colours the text of a terminal may have.
type Colours int

// From none to 24 bits a cell.
const (
	NoColours Colours = iota
	Indexed
	Full
)

// Profile is what is known of a terminal.
type Profile struct {
	Protocol Protocol
	Colours  Colours
	// Within is the program that stands between us and the terminal, and lets pictures through only when they are wrapped.
	Within Multiplexer
	// CellWidth and CellHeight are the pixels of a character cell, 0 where nobody says.
	CellWidth, CellHeight int
}

// Multiplexer is a program that draws several terminals into one.
type Multiplexer int

// Those that matter here.
const (
	NoMultiplexer Multiplexer = iota
	Tmux
	Screen
)

// Tag is text that belongs to a place in the picture. Only Blocks writes tags; elsewhere they are part of the pixels.
type Tag struct {
	// X and Y are the top left corner of what is named, in pixels of the picture.
	X, Y int
	// Text is clean and on one line.
	Text string
	// Ground is the colour behind the text.
	Ground color.RGBA
}
