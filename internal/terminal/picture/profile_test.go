package picture

import "testing"

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	type vars map[string]string
	for name, tt := range map[string]struct {
		env  vars
		want Profile
		sure bool
	}{
		"nothing":         {vars{}, Profile{Protocol: Blocks}, true},
		"dumb":            {vars{"TERM": "dumb", "COLORTERM": "truecolor"}, Profile{Protocol: Blocks}, true},
		"linux console":   {vars{"TERM": "linux"}, Profile{Protocol: Blocks}, true},
		"ssh from xterm":  {vars{"TERM": "xterm-256color"}, Profile{Protocol: Blocks, Colours: Indexed}, false},
		"local vte":       {vars{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Profile{Protocol: Blocks, Colours: Full}, false},
		"ssh from kitty":  {vars{"TERM": "xterm-kitty"}, Profile{Protocol: Kitty, Colours: Full}, true},
		"kitty":           {vars{"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Profile{Protocol: Kitty, Colours: Indexed}, true},
		"ghostty":         {vars{"TERM": "xterm-ghostty"}, Profile{Protocol: Kitty, Colours: Full}, true},
		"iterm":           {vars{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "COLORTERM": "truecolor"}, Profile{Protocol: ITerm, Colours: Full}, true},
		"ssh from iterm":  {vars{"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Profile{Protocol: ITerm, Colours: Indexed}, true},
		"foot":            {vars{"TERM": "foot"}, Profile{Protocol: Sixel, Colours: Full}, true},
		"tmux in kitty":   {vars{"TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, Profile{Protocol: Blocks, Colours: Indexed, Within: Tmux}, true},
		"ssh inside tmux": {vars{"TERM": "tmux-256color"}, Profile{Protocol: Blocks, Colours: Indexed, Within: Tmux}, true},
		"screen":          {vars{"TERM": "screen", "STY": "1.a"}, Profile{Protocol: Blocks, Colours: Indexed, Within: Screen}, true},
	} {
		got, sure := FromEnvironment(func(key string) string { return tt.env[key] })
		if got != tt.want || sure != tt.sure {
			t.Errorf("%s: got %+v (sure %v), want %+v (%v)", name, got, sure, tt.want, tt.sure)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in    string
		want  Answer
		typed string
		done  bool
	}{
		"kitty":         {"\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;20;10t\x1b[?62;c", Answer{Name: "kitty(0.35.2)", CellWidth: 10, CellHeight: 20}, "", true},
		"foot":          {"\x1bP>|foot(1.16)\x1b\\\x1b[6;18;9t\x1b[?62;4;22c", Answer{Name: "foot(1.16)", CellWidth: 9, CellHeight: 18, Sixel: true}, "", true},
		"old xterm":     {"\x1b[?64;1;2;6;9c", Answer{}, "", true},
		"14 is not 4":   {"\x1b[?62;14;40c", Answer{}, "", true},
		"typed between": {"ls\x1b[?1;2cq\x1b[A", Answer{}, "lsq\x1b[A", true},
		"half":          {"\x1bP>|kitty(0", Answer{}, "\x1bP>|kitty(0", false},
		"half of DA1":   {"\x1b[?62;4", Answer{}, "\x1b[?62;4", false},
		"mad size":      {"\x1b[6;99999999;0t\x1b[?1c", Answer{}, "", true},
		"huge number":   {"\x1b[6;999999999999999999999999;5t\x1b[?4c", Answer{Sixel: true}, "", true},
		"nothing":       {"", Answer{}, "", false},
	} {
		got, typed, done := ReadAnswer([]byte(tt.in))
		if got != tt.want || string(typed) != tt.typed || done != tt.done {
			t.Errorf("%s: got %+v, typed %q, done %v", name, got, typed, done)
		}
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	base := Profile{Protocol: Blocks, Colours: Indexed}
	for name, tt := range map[string]struct {
		a    Answer
		want Profile
	}{
		"kitty":     {Answer{Name: "kitty(0.35.2)"}, Profile{Protocol: Kitty, Colours: Full}},
		"Konsole":   {Answer{Name: "Konsole 23.08", Sixel: true}, Profile{Protocol: Kitty, Colours: Full}},
		"iTerm2":    {Answer{Name: "iTerm2 3.5.0", Sixel: true}, Profile{Protocol: ITerm, Colours: Full}},
		"xterm":     {Answer{Name: "XTerm(390)", Sixel: true, CellWidth: 6, CellHeight: 13}, Profile{Protocol: Sixel, Colours: Indexed, CellWidth: 6, CellHeight: 13}},
		"alacritty": {Answer{Name: "alacritty(0.13)"}, Profile{Protocol: Blocks, Colours: Full}},
		"tmux":      {Answer{Name: "tmux 3.4", Sixel: true}, Profile{Protocol: Blocks, Colours: Indexed, Within: Tmux}},
		"silence":   {Answer{}, base},
	} {
		if got := base.With(tt.a); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		p    Profile
		s    Size
		w, h int
		want Area
	}{
		"wide in blocks":         {Profile{Protocol: Blocks}, Size{Columns: 80, Rows: 24}, 1600, 400, Area{80, 10, 80, 20}},
		"tall in blocks":         {Profile{Protocol: Blocks}, Size{Columns: 80, Rows: 24}, 400, 1600, Area{11, 22, 11, 44}},
		"small is not enlarged":  {Profile{Protocol: Blocks}, Size{Columns: 80, Rows: 24}, 10, 7, Area{10, 4, 10, 7}},
		"unknown size":           {Profile{Protocol: Blocks}, Size{}, 800, 600, Area{59, 22, 59, 44}},
		"kitty by the terminal":  {Profile{Protocol: Kitty}, Size{Columns: 100, Rows: 42, Width: 1000, Height: 840}, 1600, 1600, Area{80, 40, 800, 800}},
		"kitty by its answer":    {Profile{Protocol: Kitty, CellWidth: 10, CellHeight: 25}, Size{Columns: 40, Rows: 22}, 1600, 800, Area{40, 8, 400, 200}},
		"small in kitty":         {Profile{Protocol: Kitty}, Size{Columns: 100, Rows: 42}, 30, 30, Area{4, 2, 30, 30}},
		"bands of sixels":        {Profile{Protocol: Sixel}, Size{Columns: 80, Rows: 12}, 1000, 1000, Area{20, 10, 160, 156}},
		"sixels in one row":      {Profile{Protocol: Sixel}, Size{Columns: 80, Rows: 24}, 3, 3, Area{1, 1, 3, 3}},
		"one row is always left": {Profile{Protocol: Blocks}, Size{Columns: 80, Rows: 1}, 100, 100, Area{2, 1, 2, 2}},
		"nonsense from the system": {Profile{Protocol: Kitty}, Size{Columns: 80, Rows: 24, Width: 65535, Height: 3}, 2000, 2000,
			Area{44, 22, 352, 352}},
	} {
		if got := tt.p.Fit(tt.s, tt.w, tt.h, 2); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, p := range []Protocol{Blocks, Kitty, ITerm, Sixel} {
		if got, ok := Parse(p.String()); !ok || got != p {
			t.Errorf("%v reads as %v", p, got)
		}
	}
	if _, ok := Parse("gif"); ok {
		t.Error("gif is no protocol")
	}
}
