package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	server "github.com/myrvm/rvmctl/internal/sandbox"
)

// defaultListen is where serve listens, and where the other verbs look when the profile names no platform.
const defaultListen = "127.0.0.1:8001"

// maxLedger bounds a ledger, in bytes: about a hundred thousand deposits.
const maxLedger = 64 << 20

// control speaks to a running sandbox about itself. No token goes along: whoever is on this machine may ask.
type control struct{ client *platform.Client }

// connect finds the sandbox at the address of the profile. It must be on this machine, since no other one is let in.
func connect(box *toolbox.Box) (*control, error) {
	c, err := box.Config()
	if err != nil {
		return nil, err
	}
	address := c.URL
	if address == "" {
		address = "http://" + defaultListen
	}
	if !loopback(address) {
		return nil, toolbox.Usage("the platform of profile "+c.Profile+" is not on this machine, and a sandbox obeys this machine only",
			"add --url http://"+defaultListen+", or the address that: rvmctl sandbox serve printed")
	}
	client, err := platform.New(platform.Options{URL: address, UserAgent: "rvmctl/" + box.Version.Number, MaxResponse: maxLedger,
		Trace: func(e platform.Exchange) { box.Console.Trace("%s", e) }})
	return &control{client}, err
}

func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// ask makes one call below /sandbox/ and reads its answer.
func (c *control) ask(ctx context.Context, method, path string, body, into any) error {
	call := platform.RawCall{Method: method, Path: "/sandbox/" + path, Anonymous: true}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		call.Body = text
	}
	answer, err := c.client.Raw.Do(ctx, call)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return fmt.Errorf("the sandbox's answer to %s /sandbox/%s cannot be read: %w", method, path, err)
	}
	return nil
}

// checkFaults reads faults before anything is started or sent.
func checkFaults(texts []string) ([]server.Fault, error) {
	faults, err := server.ParseFaults(texts)
	var wrong *server.FaultError
	if errors.As(err, &wrong) {
		return nil, toolbox.Usage(fmt.Sprintf("fault %.60q: %s", wrong.Text, wrong.Reason), "possible: "+wrong.Possible)
	}
	return faults, err
}

// completeFault offers the resources that a fault can name.
func completeFault(_ *cobra.Command, _ []string, typed string) (places []string, _ cobra.ShellCompDirective) {
	for _, place := range server.FaultPlaces() {
		if strings.HasPrefix(place+"=", typed) {
			places = append(places, place+"=")
		}
	}
	return places, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// faultHelp explains faults in the help of two commands.
func faultHelp() string {
	return `A fault is <where>=<what>[x<times>][@<probability>%], such as deposits=503x2 or all=latency=1s-3s@20%.

Where: ` + strings.Join(server.FaultPlaces(), ", ") + `; or METHOD:/path, with * for one part and ** for the rest.

What: a status (204, 400 to 599; 429 and 503 take (retry-after=2)), latency=2s, drop-request (hang up at once),
drop-response (do it, then hang up), 500-after-commit (do it, then say it failed), truncate, double-encode, empty,
html-200 (somebody else's page), redirect-login, race (hold a process or claim until a second one is there).`
}
