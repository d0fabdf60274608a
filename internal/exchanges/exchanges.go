// Package exchanges holds what a real MyRVM Platform answered to 300 requests, as fixtures for tests: what a client must
// understand and what a double must say. Only tests import it.
//
// The observations were made on the open-source MyRVM platform (its composer.json declares the MIT licence) running
// unmodified on a loopback address with the demo data that it brings along, so every person, address and place in them is
// invented. They are facts about an interface: no code of the platform is here. Secrets were replaced by placeholders of
// the same shape: tokens are a number, a bar and 48 times x; session tokens count up; <password> stands for a password.
//
// The package refuses to know how a request is sent and what an answer means: that is for the tests of internal/sandbox
// and internal/platform, which are two witnesses and share nothing else.
package exchanges

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed testdata/*.http
var files embed.FS

// Exchange is one request and the real platform's answer to it.
type Exchange struct {
	// Number is the place in the order in which the requests were sent, from 1. Later answers depend on earlier ones.
	Number int
	// Name is unique.
	Name string
	// Area is the file that it stands in: auth, deposits, rvms and so on.
	Area     string
	Request  Request
	Response Response
	// Config says which setting of the server the answer depends on; mostly empty.
	Config string
	// Trimmed is "debug" when the keys of an exception were removed from the body, "html" when only the first 200 bytes of a
	// page are kept, and mostly empty.
	Trimmed string
	// Note is a remark of the observer; mostly empty.
	Note string
}

// Request is what was sent.
type Request struct {
	Method, Path string
	Headers      map[string]string
	// Body is nil when none was sent. It is raw: it may be no JSON and no UTF-8.
	Body []byte
}

// Response is what came back.
type Response struct {
	Status  int
	Headers map[string]string
	// Body is nil when there was none.
	Body []byte
}

// All returns every exchange in the order of sending. It returns a *SyntaxError when a fixture is damaged.
func All() ([]Exchange, error) {
	names, err := fs.Glob(files, "testdata/*.http")
	if err != nil {
		return nil, err
	}
	var all []Exchange
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		found, err := parse(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Exchange) int { return a.Number - b.Number })
	return all, inOrder(all)
}

// inOrder refuses gaps and doubles: a replay that skips a request judges the next answers wrongly.
func inOrder(all []Exchange) error {
	seen := map[string]bool{}
	for i, x := range all {
		if x.Number != i+1 {
			return fmt.Errorf("exchange %d: %s has number %d", i+1, x.Name, x.Number)
		}
		if seen[x.Name] {
			return fmt.Errorf("exchange %d: %s is there twice", x.Number, x.Name)
		}
		seen[x.Name] = true
	}
	return nil
}
