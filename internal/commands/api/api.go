// Package api makes calls for which rvmctl has no command of its own. It refuses to know what a call means: only how it is put
// together, and what of its answer may be shown.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Options is what api needs.
type Options struct {
	Console *terminal.Console
	// Platform is a signed-in client; Connect with an empty token is one that is not.
	Platform func() (*platform.Client, error)
	Connect  func(token string) (*platform.Client, error)

	Method, Path string
	Fields       []string
	Input        string
	Paginate     bool
	Anonymous    bool
	ShowSecrets  bool
}

// Answer is the result of api.
type Answer struct {
	Status int `json:"http_status" doc:"status of the platform's answer, 200 to 299"`
	Pages  int `json:"pages,omitempty" doc:"how many pages were read, with --paginate"`
	Body   any `json:"body" doc:"the answer as the platform sent it, envelope included, with secrets masked; with --paginate a list of all rows"`
}

// Text is the body: indented for people, one line for programs.
func (a Answer) Text(p *terminal.Page) {
	raw, _ := a.Body.(json.RawMessage)
	if !p.ForPeople() {
		p.Text(string(raw))
		return
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return
	}
	p.Line("%s", harmless(b.String()))
}

// harmless writes the control characters that JSON lets through as JSON writes the others, so that what a person copies from the
// screen is JSON still.
func harmless(doc string) string {
	var b strings.Builder
	for _, r := range doc {
		if r >= 0x7f && r <= 0x9f {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// New makes the command; runF replaces the run in tests.
func New(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console, Platform: box.Platform, Connect: box.Connect}
	if runF == nil {
		runF = run
	}
	cmd := &cobra.Command{
		Use:   "api <method> <path>",
		Short: "Make any call to the platform, signed in",
		Long: `Make a call for which rvmctl has no command, with the sign-in of the profile and the care of every other command.

The path begins with / and may carry a query; the address comes from the profile, and no call leaves it. A --field
NAME=TEXT is a text, whatever it looks like; NAME:=JSON is a number, true, false, null, a list or an object, digit for
digit: --field weight:=0.500. With GET and DELETE fields become the query, otherwise the body. A whole body comes from a
file or standard input with --input, and so does every secret.

The answer is shown as it came, envelope included: indented in a terminal, on one line in a pipe. API keys, PINs,
passwords and tokens in it are masked, in JSON inside texts too; --show-secrets shows them. With --paginate the pages of
a list are read to the end, and the answer is one list with every row once.

Everything but GET counts as a change: it is sent once, and when the answer is lost the outcome is unknown. An answer
that is empty, no JSON, a redirect or says success:false is no success.

Exit status: 0 done, 1 the outcome of a change is unknown, or a list is incomplete, 2 usage, 4 not signed in,
5 platform away, 6 refused, 7 not found or not in this platform build.`,
		Example: `  $ rvmctl api GET /api/v2/auth/me
  $ rvmctl api GET /api/v2/rvms --paginate --field status=active
  $ echo '{"rvm_id": 1, "waste_type": "metal", "weight": 0.250, "quantity": 1}' | rvmctl api POST /api/v2/deposits --input -`,
		Args:              toolbox.Exactly("the method", "the path"),
		ValidArgsFunction: complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Method, opts.Path = args[0], args[1]
			return runF(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&opts.Fields, "field", "f", nil, "`NAME=TEXT` or NAME:=JSON to send; may be given several times")
	f.StringVar(&opts.Input, "input", "", "`FILE` with the JSON to send; - is standard input")
	f.BoolVar(&opts.Paginate, "paginate", false, "read all pages of a list")
	f.BoolVar(&opts.Anonymous, "anonymous", false, "do not send the token")
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	toolbox.SentAtOnce(cmd, "its answer is its result")
	return box.Returns(cmd, Answer{})
}

func complete(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return platform.RawMethods(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func run(ctx context.Context, o *Options) error {
	call, err := o.call()
	if err != nil {
		return err
	}
	if err := call.Validate(); err != nil {
		return err
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	answer, err := o.ask(ctx, client, call)
	if err != nil {
		return err
	}
	body, _ := answer.Body.(json.RawMessage)
	if !o.ShowSecrets {
		if answer.Body, err = client.Raw.Mask(body); err != nil {
			return err
		}
	} else if answer.Body, err = compact(body); err != nil {
		return err
	}
	err = o.Console.Emit(answer)
	if method := strings.ToUpper(o.Method); method != "GET" {
		return toolbox.Unwritten(err, fmt.Sprintf("%s %s was answered with %d", method, o.Path, answer.Status), "rvmctl api GET "+o.Path)
	}
	return err
}

func (o *Options) client() (*platform.Client, error) {
	if o.Anonymous {
		return o.Connect("")
	}
	return o.Platform()
}

func (o *Options) ask(ctx context.Context, c *platform.Client, call platform.RawCall) (Answer, error) {
	if !o.Paginate {
		a, err := c.Raw.Do(ctx, call)
		return Answer{Status: a.Status, Body: a.Body}, err
	}
	all, err := c.Raw.All(ctx, call)
	if err != nil {
		return Answer{}, err
	}
	rows, err := json.Marshal(all.Rows)
	return Answer{Status: all.Status, Pages: all.Pages, Body: json.RawMessage(rows)}, err
}

func compact(body json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, body)
	return b.Bytes(), err
}
