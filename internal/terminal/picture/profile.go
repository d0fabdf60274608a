package picture

import (
	"slices"
	"strings"
)

// FromEnvironment judges the terminal by its environment. It is sure when asking the terminal would tell nothing better: that is
// never so over SSH from a modern terminal, since only TERM comes along.
func FromEnvironment(env func(string) string) (p Profile, sure bool) {
	term := env("TERM")
	p = Profile{Protocol: Blocks, Colours: coloursOf(term, env("COLORTERM"))}
	switch {
	case env("TMUX") != "" || strings.HasPrefix(term, "tmux"):
		p.Within = Tmux
		return p, true
	case env("STY") != "" || strings.HasPrefix(term, "screen"):
		p.Within = Screen
		return p, true
	case env("KITTY_WINDOW_ID") != "", isOne(term, "xterm-kitty", "xterm-ghostty"), env("TERM_PROGRAM") == "ghostty":
		p.Protocol = Kitty
	case isOne(env("TERM_PROGRAM"), "iTerm.app", "WezTerm", "mintty"), env("LC_TERMINAL") == "iTerm2":
		p.Protocol = ITerm
	case strings.HasPrefix(term, "foot"), strings.HasPrefix(term, "mlterm"), strings.HasPrefix(term, "contour"):
		p.Protocol = Sixel
	}
	return p, p.Protocol != Blocks || p.Colours == NoColours
}

func isOne(word string, words ...string) bool { return slices.Contains(words, word) }

// coloursOf follows what terminals promise: COLORTERM is not sent over SSH, so the names of terminals with 24 bits count too.
func coloursOf(term, colorterm string) Colours {
	has := func(part string) bool { return strings.Contains(term, part) }
	switch {
	case term == "" || term == "dumb":
		return NoColours
	case isOne(colorterm, "truecolor", "24bit"), has("direct"), has("truecolor"), has("kitty"), has("ghostty"), has("alacritty"),
		has("wezterm"), has("foot"), has("contour"), has("iterm"):
		return Full
	case has("256color"), has("xterm"), has("rxvt"), has("tmux"), has("screen"), has("mlterm"), has("konsole"):
		return Indexed
	}
	return NoColours
}

// Query asks a terminal for its name (XTVERSION), the size of a cell (XTWINOPS 16) and its abilities (DA1). Every terminal
// answers the last, and in this order; one that does not know the others ignores them in silence. The query of kitty's own
// protocol is not used: terminals that do not know it print it.
const Query = "\x1b[>q\x1b[16t\x1b[c"

// Answer is what a terminal has answered to Query.
type Answer struct {
	// Name is its program and version, such as "kitty(0.35.2)"; empty where it does not tell.
	Name string
	// CellWidth and CellHeight are pixels, 0 where it does not tell.
	CellWidth, CellHeight int
	// Sixel says that it draws sixels.
	Sixel bool
}

// With is the profile after the terminal has answered.
func (p Profile) With(a Answer) Profile {
	p.CellWidth, p.CellHeight = a.CellWidth, a.CellHeight
	name := strings.ToLower(a.Name)
	starts := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(name, w) })
	}
	switch {
	case starts("tmux", "screen"):
		p.Within = Tmux
		return p
	case starts("kitty", "ghostty", "konsole"):
		p.Protocol = Kitty
	case starts("iterm2", "wezterm", "mintty"):
		p.Protocol = ITerm
	case a.Sixel:
		p.Protocol = Sixel
	}
	if name != "" && !starts("xterm") {
		p.Colours = Full
	}
	return p
}
