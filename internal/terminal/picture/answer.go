package picture

import (
	"bytes"
	"slices"
	"strconv"
)

// ReadAnswer finds the answers to Query in what came from a terminal. What is left is what a person typed meanwhile. done says
// that the last answer has come.
func ReadAnswer(b []byte) (a Answer, typed []byte, done bool) {
	for len(b) > 0 {
		body, rest, kind := sequence(b)
		switch kind {
		case 0:
			typed = append(typed, b[0])
			b = b[1:]
			continue
		case '|':
			a.Name = string(body)
		case 't':
			if n := numbers(body); len(n) == 3 && n[0] == 6 && sane(n[1]) && sane(n[2]) {
				a.CellHeight, a.CellWidth = n[1], n[2]
			}
		case 'c':
			a.Sixel, done = slices.Contains(numbers(body), 4), true
		}
		b = rest
	}
	return a, typed, done
}

// sane keeps a terminal that answers nonsense from making pictures of gigabytes.
func sane(pixels int) bool { return pixels >= 2 && pixels <= 200 }

// sequence takes one answer off b: '|' for a name, 't' for a size, 'c' for abilities, and 0 when b does not begin with one that
// is complete.
func sequence(b []byte) (body, rest []byte, kind byte) {
	if name, found := bytes.CutPrefix(b, []byte("\x1bP>|")); found {
		if body, rest, found = bytes.Cut(name, []byte("\x1b\\")); found {
			return body, rest, '|'
		}
		return nil, b, 0
	}
	for kind, head := range map[byte]string{'t': "\x1b[", 'c': "\x1b[?"} {
		digits, found := bytes.CutPrefix(b, []byte(head))
		if !found {
			continue
		}
		end := bytes.IndexFunc(digits, func(r rune) bool { return (r < '0' || r > '9') && r != ';' })
		if end > 0 && digits[end] == kind {
			return digits[:end], digits[end+1:], kind
		}
	}
	return nil, b, 0
}

func numbers(body []byte) []int {
	var all []int
	for _, word := range bytes.Split(body, []byte(";")) {
		n, err := strconv.Atoi(string(word))
		if err != nil {
			n = -1
		}
		all = append(all, n)
	}
	return all
}
