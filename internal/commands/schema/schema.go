// Package schema prints the JSON Schema of what a command writes with --json. It refuses to know any command: what they return
// is known to the toolbox.
package schema

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Options is what schema needs.
type Options struct {
	Console *terminal.Console
	// Documents are what can be described.
	Documents func() []toolbox.Document

	Words []string
}

// Described is the result: one document, or all.
type Described struct {
	Schemas []Entry `json:"schemas" doc:"one for each document that was asked for"`

	// one is set when a document was named: then its schema is the text, too.
	one bool
}

// Entry is one document.
type Entry struct {
	Command string          `json:"command" doc:"the command that writes it, or error for the errors of every command"`
	Summary string          `json:"summary" doc:"what the command does"`
	Schema  json.RawMessage `json:"schema" doc:"the JSON Schema, draft 2020-12"`
}

// Text is the schema itself when one was named, otherwise a table of what there is; in a pipe: command, summary.
func (d Described) Text(p *terminal.Page) {
	if d.one {
		for _, e := range d.Schemas {
			p.Document(e.Schema)
		}
		return
	}
	rows := make([][]string, 0, len(d.Schemas))
	for _, e := range d.Schemas {
		rows = append(rows, []string{e.Command, e.Summary})
	}
	p.Table([]string{"COMMAND", "WHAT IT DOES"}, rows)
}

// New makes the command; runF replaces the run in tests.
func New(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console}
	if runF == nil {
		runF = run
	}
	cmd := &cobra.Command{
		Use:   "schema [COMMAND...]",
		Short: "Print the JSON Schema of what a command writes",
		Long: `Print the JSON Schema (draft 2020-12) of what a command writes with --json, or list the commands.

"rvmctl schema error" is what every command writes to stderr when it fails. A command that works through several items writes
one such document a line. Documents only grow: a program must accept fields that its schema does not name. With --json the
schemas are a field of the result; without a command it holds them all.

Exit status: 0 printed, 2 there is no such command.`,
		Example: `  $ rvmctl schema
  $ rvmctl schema deposit list
  $ rvmctl schema error --jq '.schemas[].schema.properties.error.required'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Words, opts.Documents = args, func() []toolbox.Document { return box.Documents(cmd.Root()) }
			return runF(cmd.Context(), opts)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return next(box.Documents(cmd.Root()), args), cobra.ShellCompDirectiveNoFileComp
		},
	}
	return box.Returns(cmd, Described{})
}

// next are the words that may follow those that are typed.
func next(documents []toolbox.Document, typed []string) (words []string) {
	for _, d := range documents {
		rest := strings.Fields(d.Name)
		if len(rest) <= len(typed) || strings.Join(rest[:len(typed)], " ") != strings.Join(typed, " ") {
			continue
		}
		word := rest[len(typed)]
		if len(rest) == len(typed)+1 {
			word += "\t" + d.Summary
		}
		words = append(words, word)
	}
	return slices.Compact(words)
}

func run(_ context.Context, o *Options) error {
	found := Described{one: len(o.Words) > 0}
	wanted := strings.TrimPrefix(strings.Join(o.Words, " "), "rvmctl ")
	documents := o.Documents()
	for _, d := range documents {
		if found.one && d.Name != wanted {
			continue
		}
		raw, err := json.Marshal(d.Schema())
		if err != nil {
			return fmt.Errorf("cannot encode the schema: %w", err)
		}
		found.Schemas = append(found.Schemas, Entry{Command: d.Name, Summary: d.Summary, Schema: raw})
	}
	if len(found.Schemas) == 0 {
		return unknown(documents, wanted)
	}
	return o.Console.Emit(found)
}

// unknown names what begins like the words that were given.
func unknown(documents []toolbox.Document, wanted string) error {
	var near []string
	for _, d := range documents {
		if strings.HasPrefix(d.Name, wanted+" ") {
			near = append(near, d.Name)
		}
	}
	if len(near) > 0 {
		return toolbox.Usage(fmt.Sprintf("%q is several commands", wanted), "one of: "+strings.Join(near, ", "))
	}
	return toolbox.Usage(fmt.Sprintf("there is no command %q", wanted), "type: rvmctl schema")
}
