// Package platformtest gives a test a platform to talk to: a sandbox over HTTP on this machine, and somebody signed in to it. It
// refuses to know what is asked of them. Only tests import it.
package platformtest

import (
	"net/http/httptest"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// Open makes a sandbox and the client of its demo operator, which tries every call once. Both end with the test.
func Open(t *testing.T, options sandbox.Options) (*platform.Client, *sandbox.Server) {
	t.Helper()
	box, err := sandbox.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	anonymous, err := platform.New(platform.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	login, err := anonymous.Auth.Login(t.Context(), "operator@myrvm.com", sandbox.DemoPassword)
	if err != nil {
		t.Fatal(err)
	}
	client, err := platform.New(platform.Options{URL: server.URL, Token: login.Token.Reveal(), ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, box
}

// Fail makes the sandbox go wrong in the ways that are written as on the command line, or behave when there are none.
func Fail(t *testing.T, box *sandbox.Server, faults ...string) {
	t.Helper()
	var all []sandbox.Fault
	for _, text := range faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	box.SetFaults(all...)
}
